/** Records that several threads have taken of those that a rate lets them have: each is taken once, by whoever is first. */

/** Shared memory of what was taken, none so far. */
export const createRateShare = (): SharedArrayBuffer => new SharedArrayBuffer(BigInt64Array.BYTES_PER_ELEMENT);

/** One thread's hold on what was taken. */
export type RateShare = {
  /** Takes up to `limit` records when so many are `due` by now, taken ones included; 0 when none is left of them. */
  take(limit: number, due: number): number;
  /** Gives back what was taken and not used. */
  giveBack(unused: number): void;
};

/** A thread's hold on the taken records in `shared`. */
export const holdRateShare = (shared: SharedArrayBuffer): RateShare => {
  const taken = new BigInt64Array(shared);
  return {
    take(limit, due) {
      for (;;) {
        const before = Atomics.load(taken, 0);
        const part = Math.min(limit, due - Number(before));
        if (part <= 0) return 0;
        if (Atomics.compareExchange(taken, 0, before, before + BigInt(part)) === before) return part;
      }
    },
    giveBack(unused) {
      if (unused > 0) Atomics.sub(taken, 0, BigInt(unused));
    },
  };
};
