/** Sending as fast as possible. */
import { nextTurn, settlesBeforeOrder, withResolvers } from './control.ts';
import { longestTurnUs, type SendState, type Stretch, sendWhenReady } from './send-state.ts';

/**
 * Records that share one reading of the clock. A reading costs as much as a third of all else that
 * is done for a record; three appends take less than the microsecond that histograms resolve, and the time is that of the
 * first, so that no latency is understated.
 */
const recordsPerReading = 4;
/** Most records, and about most bytes, between two looks at the backlog. */
const mostRecordsPerLook = 32;
const bytesPerLook = 64 * 1024;
/**
 * The backlog that an unthrottled producer keeps, in batches a partition, so that half of it is more than the batches that are not
 * full yet and wait for more, and at least in bytes: enough to keep the sockets busy. At 64 KiB
 * batches a megabyte gave a tenth more records a second than a quarter of it, and more than a megabyte gave nothing.
 */
const backlogBatches = 4;
const leastBacklogBytes = 1024 * 1024;
/** A driver may count a batch out of its backlog only after it has settled it: then nothing wakes the sender in time. */
const longestBacklogWaitMs = 5;
const defaultBatchBytes = 16_384;

/** How far ahead of its sockets a sender goes, and how often it looks. */
export type Lookahead = { readonly backlogLimit: number; readonly recordsPerLook: number };

const batchBytes = (properties: Readonly<Record<string, string>>): number => {
  const bytes = Number(properties['batch.size'] ?? defaultBatchBytes);
  return Number.isFinite(bytes) ? bytes : defaultBatchBytes;
};

/** The lookahead for a client with these properties and records of about this size. */
export const lookaheadOf = (
  properties: Readonly<Record<string, string>>,
  partitionCount: number,
  valueBytes: number,
): Lookahead => ({
  backlogLimit: Math.max(leastBacklogBytes, backlogBatches * batchBytes(properties) * partitionCount),
  recordsPerLook: Math.max(1, Math.min(mostRecordsPerLook, Math.floor(bytesPerLook / Math.max(1, valueBytes)))),
});

/**
 * Sends records up to an index or a time, until the turn is over, the backlog is at its limit, or there is no room.
 * @returns when the record at `nextIndex` was offered and found no room, microseconds; 0 when there was room
 */
const sendTurn = (state: SendState, lookahead: Lookahead, untilIndex: number, untilUs: number): number => {
  const { driver, payloads, keyOf, nowUs, wallOffsetUs, step } = state;
  const { backlogLimit, recordsPerLook } = lookahead;
  let index = state.nextIndex;
  let sentAtUs = nowUs();
  const endUs = Math.min(untilUs, sentAtUs + longestTurnUs);
  while (index < untilIndex && sentAtUs < endUs && driver.backlogBytes < backlogLimit) {
    const lookIndex = Math.min(untilIndex, index + recordsPerLook * step);
    let timestampMs = 0;
    for (let count = 0; index < lookIndex; count++) {
      if (count % recordsPerReading === 0) {
        sentAtUs = nowUs();
        timestampMs = Math.floor((sentAtUs + wallOffsetUs) * 1e-3);
      }
      if (!driver.send(-1, timestampMs, keyOf(index), payloads(index), sentAtUs, 0, index)) {
        state.nextIndex = index;
        return sentAtUs;
      }
      index += step;
    }
  }
  state.nextIndex = index;
  return 0;
};

/**
 * Waits until half of the backlog is gone, or for an order. Filling up in large steps costs less than topping up after every batch:
 * at 16 KiB batches a few hundredths of a microsecond a record.
 */
const waitForBacklog = async (state: SendState, backlogLimit: number): Promise<void> => {
  const { driver, control } = state;
  while (driver.backlogBytes > backlogLimit / 2 && !control.isStopped) {
    const { promise, resolve } = withResolvers<void>();
    state.wake = () => {
      if (driver.backlogBytes <= backlogLimit / 2) resolve();
    };
    await settlesBeforeOrder(control, promise, longestBacklogWaitMs);
    state.wake = null;
  }
};

/**
 * Sends a stretch as fast as possible, but never further ahead of the sockets than the backlog limit: more would only wait in
 * `buffer.memory` and be counted as latency.
 */
export const sendUnpaced = async (state: SendState, lookahead: Lookahead, stretch: Stretch): Promise<void> => {
  const { driver, control, nowUs } = state;
  const { untilIndex, untilUs } = stretch;
  if (state.nextIndex < untilIndex) state.onSend?.(nowUs());
  while (state.nextIndex < untilIndex && !control.isStopped) {
    const refusedAtUs = sendTurn(state, lookahead, untilIndex, untilUs);
    if (refusedAtUs > 0) await sendWhenReady(state, refusedAtUs, 0);
    else if (nowUs() >= untilUs) return;
    else if (state.nextIndex < untilIndex) await nextTurn();
    if (driver.backlogBytes >= lookahead.backlogLimit && !control.isStopped)
      await waitForBacklog(state, lookahead.backlogLimit);
  }
};
