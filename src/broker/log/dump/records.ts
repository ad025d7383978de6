import {
  BATCH_OVERHEAD_BYTES,
  batchBaseOffset,
  batchBaseSequence,
  batchBaseTimestamp,
  batchCodec,
  batchMaxTimestamp,
  batchRecordCount,
  isLogAppendTime,
  RecordBatchError,
} from '../../../protocol/record-batch.ts';
import { VarintCursor } from '../../../protocol/varint.ts';
import type { StoredBatch } from './batch-file.ts';
import { decompress } from './decompress.ts';

/** A record as it is dumped; key and value are parts of what was read. */
export type StoredRecord = {
  readonly offset: number;
  /** Milliseconds since the epoch. */
  readonly timestampMs: number;
  /** Its sequence number, or -1. */
  readonly sequence: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headerKeys: readonly string[];
};

const MAX_SEQUENCE = 0x7fff_ffff;
const NO_SEQUENCE = -1;
/** The shortest record: attributes, two deltas, no key, no value, no headers. */
const SMALLEST_RECORD_BYTES = 6;

/** The sequence number `increment` after another: behind the largest comes 0 (`DefaultRecordBatch.incrementSequence`). */
export const sequenceAfter = (sequence: number, increment: number): number => {
  if (sequence === NO_SEQUENCE) return NO_SEQUENCE;
  return sequence > MAX_SEQUENCE - increment ? increment - (MAX_SEQUENCE - sequence) - 1 : sequence + increment;
};

/** The sequence number `decrement` before another: before 0 comes the largest. */
export const sequenceBefore = (sequence: number, decrement: number): number =>
  sequence < decrement ? MAX_SEQUENCE - (decrement - sequence) + 1 : sequence - decrement;

/**
 * The records of a batch in order, decompressed when need be.
 * @throws RecordBatchError where the records cannot be decompressed or do not fit their batch.
 */
export function* recordsOf({ bytes, at, sizeBytes }: StoredBatch): Generator<StoredRecord> {
  const records = decompress(batchCodec(bytes, at), bytes.subarray(at + BATCH_OVERHEAD_BYTES, at + sizeBytes));
  const baseOffset = batchBaseOffset(bytes, at);
  const baseTimestampMs = batchBaseTimestamp(bytes, at);
  const baseSequence = batchBaseSequence(bytes, at);
  const appendTimeMs = isLogAppendTime(bytes, at) ? batchMaxTimestamp(bytes, at) : null;
  const count = batchRecordCount(bytes, at);
  const cursor = new VarintCursor(records, 0, records.length);
  for (let index = 0; index < count; index++) {
    const length = cursor.varint();
    const end = cursor.at + length;
    if (cursor.isBroken || length < SMALLEST_RECORD_BYTES || end > records.length)
      throw new RecordBatchError(`record ${index} does not fit its batch`);
    cursor.at++;
    const timestampMs = baseTimestampMs + cursor.varlong();
    const offsetDelta = cursor.varint();
    const key = field(records, cursor, end);
    const value = field(records, cursor, end);
    const headerKeys = readHeaderKeys(records, cursor, end);
    if (cursor.isBroken || cursor.at !== end) throw new RecordBatchError(`record ${index} is broken`);
    yield {
      offset: baseOffset + offsetDelta,
      timestampMs: appendTimeMs ?? timestampMs,
      sequence: sequenceAfter(baseSequence, offsetDelta),
      key,
      value,
      headerKeys,
    };
  }
  if (cursor.at !== records.length)
    throw new RecordBatchError(`${records.length - cursor.at} bytes are left over behind the last record`);
}

/** A length and as many bytes, null for a negative length; what does not fit breaks the cursor. */
const field = (records: Buffer, cursor: VarintCursor, end: number): Buffer | null => {
  const length = cursor.varint();
  if (length < 0) return null;
  const start = cursor.at;
  if (length > end - start) {
    cursor.isBroken = true;
    return null;
  }
  cursor.at = start + length;
  return records.subarray(start, cursor.at);
};

const readHeaderKeys = (records: Buffer, cursor: VarintCursor, end: number): readonly string[] => {
  const count = cursor.varint();
  if (count < 0 || count > end - cursor.at) cursor.isBroken = true;
  const keys: string[] = [];
  for (let index = 0; index < count && !cursor.isBroken; index++) {
    const key = field(records, cursor, end);
    if (key === null) cursor.isBroken = true;
    keys.push(key?.toString('utf8') ?? '');
    field(records, cursor, end);
  }
  return keys;
};
