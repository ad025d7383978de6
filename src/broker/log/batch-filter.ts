import {
  BATCH_OVERHEAD_BYTES,
  batchBaseTimestamp,
  batchMaxTimestamp,
  isLogAppendTime,
  LOG_OVERHEAD_BYTES,
  sealBatch,
  walkRecords,
} from '../../protocol/record-batch.ts';
import { VarintCursor, varlongSize, writeVarint, writeVarlong } from '../../protocol/varint.ts';
import { hasDeleteHorizon, setDeleteHorizon } from './batch-codec.ts';

/** What a cleaning keeps. */
export type FilterRules = {
  /** Whether the record at this offset with the key at [keyStart, keyEnd) stays; `isTombstone` without a value. */
  readonly keeps: (bytes: Buffer, keyStart: number, keyEnd: number, offset: number, isTombstone: boolean) => boolean;
  /** The time now, milliseconds. */
  readonly nowMs: number;
  /** `delete.retention.ms`: how long tombstones stay from now on in a batch that was never cleaned before. */
  readonly deleteRetentionMs: number;
};

/** What is left of a batch: all of it, nothing, or other bytes with the same offsets. */
export type Filtered = 'same' | 'empty' | Buffer;

/**
 * Takes records out of an uncompressed batch (Kafka's `MemoryRecords.filterTo`). Offsets, sequence numbers and the last offset
 * stay as they were. The first cleaning that leaves a tombstone in a batch gives the batch its delete horizon: the base time
 * stamp becomes the time from which tombstones may go (KIP-534).
 */
export const filterBatch = (bytes: Buffer, at: number, rules: FilterRules): Filtered => {
  const starts: number[] = [];
  const ends: number[] = [];
  const isBefore = hasDeleteHorizon(bytes, at) && rules.nowMs < batchBaseTimestamp(bytes, at);
  const mayKeepTombstones = !hasDeleteHorizon(bytes, at) || isBefore;
  let hasTombstone = false;
  let maxTimestampMs = -1;
  let count = 0;
  let recordStart = at + BATCH_OVERHEAD_BYTES;
  walkRecords(bytes, at, 0, (offset, timestampMs, keyStart, keyEnd, valueStart, _valueEnd, _headersAt, recordEnd) => {
    const isTombstone = valueStart < 0;
    // A record without a key has no place in a compacted log; one may stand there from before it was compacted.
    const isKept =
      keyStart >= 0 &&
      !(isTombstone && !mayKeepTombstones) &&
      rules.keeps(bytes, keyStart, keyEnd, offset, isTombstone);
    if (isKept) {
      if (ends.at(-1) === recordStart) ends[ends.length - 1] = recordEnd;
      else {
        starts.push(recordStart);
        ends.push(recordEnd);
      }
      count++;
      hasTombstone ||= isTombstone;
      maxTimestampMs = Math.max(maxTimestampMs, timestampMs);
    }
    recordStart = recordEnd;
    return true;
  });
  if (count === 0) return 'empty';
  const isHorizonNew = hasTombstone && !hasDeleteHorizon(bytes, at);
  const isAllKept = starts.length === 1 && starts[0] === at + BATCH_OVERHEAD_BYTES && ends[0] === recordStart;
  if (isAllKept && !isHorizonNew) return 'same';
  const header = Buffer.from(bytes.subarray(at, at + BATCH_OVERHEAD_BYTES));
  const kept = starts.map((start, index) => bytes.subarray(start, ends[index]));
  let records: Buffer = Buffer.concat(kept);
  if (isHorizonNew) {
    const horizonMs = rules.nowMs + rules.deleteRetentionMs;
    const shiftMs = batchBaseTimestamp(bytes, at) - horizonMs;
    records = shiftTimestamps(records, count, shiftMs, isLogAppendTime(bytes, at));
    setDeleteHorizon(header, 0, horizonMs);
  }
  const batch = Buffer.concat([header, records]);
  batch.writeInt32BE(batch.length - LOG_OVERHEAD_BYTES, 8);
  if (!isLogAppendTime(bytes, at)) batch.writeBigInt64BE(BigInt(maxTimestampMs), 35);
  batch.writeInt32BE(count, 57);
  sealBatch(batch, 0, batch.length);
  return batch;
};

/** What stays of a producer's last batch when all its records go: the header, so that its sequence numbers are known still. */
export const emptyBatch = (bytes: Buffer, at: number): Buffer => {
  const batch = Buffer.from(bytes.subarray(at, at + BATCH_OVERHEAD_BYTES));
  batch.writeInt32BE(BATCH_OVERHEAD_BYTES - LOG_OVERHEAD_BYTES, 8);
  // No codec, no delete horizon; time stamp type, transaction and control stay.
  batch.writeInt16BE(batch.readInt16BE(21) & 0x38, 21);
  batch.writeBigInt64BE(BigInt(batchMaxTimestamp(bytes, at)), 27);
  batch.writeInt32BE(0, 57);
  sealBatch(batch, 0, batch.length);
  return batch;
};

/** The same records with `shiftMs` added to each time stamp delta; deltas that nobody reads become 0. */
const shiftTimestamps = (records: Buffer, count: number, shiftMs: number, isUnread: boolean): Buffer => {
  const shifted = Buffer.allocUnsafe(records.length + count * 14);
  const cursor = new VarintCursor(records, 0, records.length);
  let to = 0;
  for (let index = 0; index < count; index++) {
    const length = cursor.varint();
    const recordEnd = cursor.at + length;
    const attributes = records[cursor.at++] ?? 0;
    const delta = isUnread ? 0 : cursor.varlong() + shiftMs;
    if (isUnread) cursor.varlong();
    to = writeVarint(shifted, to, 1 + varlongSize(delta) + recordEnd - cursor.at);
    shifted[to++] = attributes;
    to = writeVarlong(shifted, to, delta);
    to += records.copy(shifted, to, cursor.at, recordEnd);
    cursor.at = recordEnd;
  }
  return shifted.subarray(0, to);
};
