/**
 * A number of records that several threads take from, so that together they take exactly as many. Parts are reserved in chunks;
 * what a thread reserved and did not use goes back when it idles.
 */

/** Records that nobody has reserved. */
const available = 0;
/** Records that nobody has consumed: those available, and those reserved and not yet settled. */
const unconsumed = 1;
const bytesNeeded = 16;
/** Bound of the wait for another thread's unused part; a thread gives back within one turn of its event loop. */
const longestWaitMs = 5000;
const waitStepMs = 1;

/** Shared memory of a quota of `recordCount` records. */
export const createQuota = (recordCount: number): SharedArrayBuffer => {
  const shared = new SharedArrayBuffer(bytesNeeded);
  new BigInt64Array(shared).fill(BigInt(recordCount));
  return shared;
};

/** One thread's hold on a quota. */
export type QuotaHolder = {
  /**
   * Takes up to `limit` records after the last part was used up. 0 when every record of the quota has been consumed; while
   * others hold the last ones and may give them back, it waits and blocks the thread for a moment.
   */
  reserve(limit: number): number;
  /** Ends the reserved part: `unused` of it go back. */
  settle(unused: number): void;
  /** Every record of the quota has been consumed and settled, by whomever. */
  isUsedUp(): boolean;
};

/** A thread's hold on the quota in `shared`. */
export const holdQuota = (shared: SharedArrayBuffer): QuotaHolder => {
  const counters = new BigInt64Array(shared);
  let held = 0;
  const settle = (unused: number): void => {
    if (held === 0) return;
    const consumed = held - unused;
    held = 0;
    if (unused > 0) Atomics.add(counters, available, BigInt(unused));
    if (consumed > 0) Atomics.sub(counters, unconsumed, BigInt(consumed));
    Atomics.notify(counters, unconsumed);
  };
  const tryReserve = (limit: bigint): bigint => {
    for (;;) {
      const left = Atomics.load(counters, available);
      if (left <= 0n) return 0n;
      const part = left < limit ? left : limit;
      if (Atomics.compareExchange(counters, available, left, left - part) === left) return part;
    }
  };
  return {
    reserve(limit) {
      settle(0);
      const deadlineMs = performance.now() + longestWaitMs;
      for (;;) {
        held = Number(tryReserve(BigInt(limit)));
        if (held > 0) return held;
        const left = Atomics.load(counters, unconsumed);
        if (left === 0n || performance.now() > deadlineMs) return 0;
        Atomics.wait(counters, unconsumed, left, waitStepMs);
      }
    },
    settle,
    isUsedUp: () => Atomics.load(counters, unconsumed) === 0n,
  };
};
