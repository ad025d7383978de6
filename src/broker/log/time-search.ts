import {
  batchBaseOffset,
  batchBaseTimestamp,
  batchLastOffset,
  batchLeaderEpoch,
  batchMaxTimestamp,
  batchRecordCount,
  isLogAppendTime,
  walkRecords,
} from '../../protocol/record-batch.ts';
import { hasDeleteHorizon, inflateBatch } from './batch-codec.ts';
import type { Segment } from './segment.ts';

/** An offset found by time, as ListOffsets answers it. */
export type TimedOffset = { readonly offset: number; readonly timestampMs: number; readonly leaderEpoch: number };

/** The first record at or after `timestampMs` in ascending segments, with an offset of at least `fromOffset`; null when there is none. */
export const findFirstAtOrAfter = (
  segments: readonly Segment[],
  timestampMs: number,
  fromOffset: number,
): TimedOffset | null => {
  for (const segment of segments) {
    const found = segment.nextOffset > fromOffset ? findAtOrAfter(segment, timestampMs, fromOffset) : null;
    if (found !== null) return found;
  }
  return null;
};

/** The first record with the largest time stamp of all segments, from `fromOffset` on; null when no batch has a time stamp. */
export const findNewest = (segments: readonly Segment[], fromOffset: number): TimedOffset | null => {
  let newest: Segment | null = null;
  let newestMs = -1;
  for (const segment of segments) {
    const timestampMs = segment.latest()?.timestampMs ?? -1;
    if (timestampMs > newestMs) {
      newest = segment;
      newestMs = timestampMs;
    }
  }
  if (newest === null) return null;
  // The newest record of the first segment may lie before `fromOffset`; then the others decide.
  return findAtOrAfter(newest, newestMs, fromOffset) ?? newestOf(segments, fromOffset);
};

/** Like `findNewest()`, record by record in the segment that holds `fromOffset`. */
const newestOf = (segments: readonly Segment[], fromOffset: number): TimedOffset | null => {
  let newest: TimedOffset | null = null;
  for (const segment of segments) {
    if (segment.nextOffset <= fromOffset) continue;
    segment.search(segment.positionFor(fromOffset), (bytes, at) => {
      const timestampMs = batchMaxTimestamp(bytes, at);
      if (timestampMs > (newest?.timestampMs ?? -1) && batchLastOffset(bytes, at) >= fromOffset)
        newest = newestRecordAt(bytes, at, fromOffset, newest);
      return true;
    });
  }
  return newest;
};

/**
 * The segment's first record at or after `timestampMs` with an offset of at least `fromOffset`: through the time index, then
 * the batches, then the records. Null when there is none.
 */
const findAtOrAfter = (segment: Segment, timestampMs: number, fromOffset: number): TimedOffset | null => {
  const latest = segment.latest();
  if (latest === null || latest.timestampMs < timestampMs) return null;
  let found: TimedOffset | null = null;
  segment.search(segment.positionForTime(timestampMs), (bytes, at) => {
    if (batchLastOffset(bytes, at) < fromOffset || batchMaxTimestamp(bytes, at) < timestampMs) return true;
    found = firstRecordAt(bytes, at, timestampMs, fromOffset);
    return found === null;
  });
  return found;
};

/** The newer one of `best` and the newest record of a batch. */
const newestRecordAt = (
  bytes: Buffer,
  at: number,
  fromOffset: number,
  best: TimedOffset | null,
): TimedOffset | null => {
  const batch = inflateBatch(bytes, at);
  let newest = best;
  if (batch === null) return firstRecordAt(bytes, at, batchMaxTimestamp(bytes, at), fromOffset) ?? best;
  const leaderEpoch = batchLeaderEpoch(bytes, at);
  walkRecords(batch.bytes, batch.at, fromOffset, (offset, timestampMs) => {
    if (timestampMs > (newest?.timestampMs ?? -1)) newest = { offset, timestampMs, leaderEpoch };
    return true;
  });
  return newest;
};

/**
 * The first record of a batch that fits. Of a compressed batch that cannot be opened the base offset is given, which is never
 * behind the record that was asked for, with a time from the batch's header that is not before the one asked for.
 */
const firstRecordAt = (bytes: Buffer, at: number, timestampMs: number, fromOffset: number): TimedOffset | null => {
  const leaderEpoch = batchLeaderEpoch(bytes, at);
  const baseOffset = Math.max(batchBaseOffset(bytes, at), fromOffset);
  const maxTimestampMs = batchMaxTimestamp(bytes, at);
  if (batchRecordCount(bytes, at) === 0) return null;
  if (isLogAppendTime(bytes, at)) return { offset: baseOffset, timestampMs: maxTimestampMs, leaderEpoch };
  const batch = inflateBatch(bytes, at);
  if (batch === null) {
    const firstMs = batchBaseTimestamp(bytes, at);
    const isFirst = firstMs >= timestampMs && !hasDeleteHorizon(bytes, at);
    return { offset: baseOffset, timestampMs: isFirst ? firstMs : maxTimestampMs, leaderEpoch };
  }
  let found: TimedOffset | null = null;
  walkRecords(batch.bytes, batch.at, fromOffset, (offset, recordTimestampMs) => {
    if (recordTimestampMs < timestampMs) return true;
    found = { offset, timestampMs: recordTimestampMs, leaderEpoch };
    return false;
  });
  return found;
};
