import {
  batchBaseOffset,
  batchBaseTimestamp,
  batchCodec,
  batchLastOffset,
  batchLeaderEpoch,
  batchMaxTimestamp,
  isLogAppendTime,
  walkRecords,
} from '../../protocol/record-batch.ts';
import type { Segment } from './segment.ts';

/** An offset found by time, as ListOffsets answers it. */
export type TimedOffset = { readonly offset: number; readonly timestampMs: number; readonly leaderEpoch: number };

/**
 * The segment's first record at or after `timestampMs` with an offset of at least `fromOffset`: through the time index, then
 * the batches, then the records. Null when there is none.
 */
export const findAtOrAfter = (segment: Segment, timestampMs: number, fromOffset: number): TimedOffset | null => {
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

/** The first record of the batch that carries the segment's largest time stamp; null when no batch has a time stamp. */
export const findLatest = (segment: Segment, fromOffset: number): TimedOffset | null => {
  const latest = segment.latest();
  if (latest === null) return null;
  return findAtOrAfter(segment, latest.timestampMs, fromOffset);
};

/**
 * The first record of a batch that fits. A compressed batch is not opened: its base offset is given, which is never behind
 * the record that was asked for, with the best time that the header tells.
 */
const firstRecordAt = (bytes: Buffer, at: number, timestampMs: number, fromOffset: number): TimedOffset | null => {
  const leaderEpoch = batchLeaderEpoch(bytes, at);
  const baseOffset = Math.max(batchBaseOffset(bytes, at), fromOffset);
  if (isLogAppendTime(bytes, at)) return { offset: baseOffset, timestampMs: batchMaxTimestamp(bytes, at), leaderEpoch };
  if (batchCodec(bytes, at) !== 0)
    return { offset: baseOffset, timestampMs: Math.max(batchBaseTimestamp(bytes, at), timestampMs), leaderEpoch };
  let found: TimedOffset | null = null;
  walkRecords(bytes, at, fromOffset, (offset, recordTimestampMs) => {
    if (recordTimestampMs < timestampMs) return true;
    found = { offset, timestampMs: recordTimestampMs, leaderEpoch };
    return false;
  });
  return found;
};
