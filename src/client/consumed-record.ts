import { batchLeaderEpoch, batchMaxTimestamp, isLogAppendTime } from '../protocol/record-batch.ts';
import { VarintCursor } from '../protocol/varint.ts';
import type { RecordListener } from './record-delivery.ts';

/** A header of a record. */
export type RecordHeader = { readonly key: Buffer; readonly value: Buffer | null };

/** A record as an object, for places where speed does not matter. Its bytes are copies. */
export type ConsumedRecord = {
  readonly partition: number;
  readonly offset: number;
  readonly timestampMs: number;
  /** Who set the time, as Kafka names it. */
  readonly timestampType: 'CreateTime' | 'LogAppendTime' | 'NoTimestampType';
  /** Leader epoch at the append; -1 when it is not known. */
  readonly leaderEpoch: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: readonly RecordHeader[];
};

/** Makes an object of what a RecordListener is told. */
export const readRecord = (...record: Parameters<RecordListener>): ConsumedRecord => {
  const [bytes, partition, offset, timestampMs, keyStart, keyEnd, valueStart, valueEnd, headersAt, end, batchAt] =
    record;
  const copy = (start: number, stop: number): Buffer | null =>
    start < 0 ? null : Buffer.from(bytes.subarray(start, stop));
  const createdType = timestampMs < 0 ? 'NoTimestampType' : 'CreateTime';
  return {
    partition,
    offset,
    timestampMs,
    timestampType:
      isLogAppendTime(bytes, batchAt) && batchMaxTimestamp(bytes, batchAt) >= 0 ? 'LogAppendTime' : createdType,
    leaderEpoch: batchLeaderEpoch(bytes, batchAt),
    key: copy(keyStart, keyEnd),
    value: copy(valueStart, valueEnd),
    headers: readHeaders(bytes, headersAt, end),
  };
};

const readHeaders = (bytes: Buffer, headersAt: number, end: number): readonly RecordHeader[] => {
  const cursor = new VarintCursor(bytes, headersAt, end);
  const take = (length: number): Buffer => {
    const start = cursor.at;
    cursor.at += length;
    return Buffer.from(bytes.subarray(start, Math.min(cursor.at, end)));
  };
  const headers: RecordHeader[] = [];
  for (let left = cursor.varint(); left > 0 && cursor.at < end && !cursor.isBroken; left--) {
    const key = take(Math.max(cursor.varint(), 0));
    const valueLength = cursor.varint();
    headers.push({ key, value: valueLength < 0 ? null : take(valueLength) });
  }
  return headers;
};
