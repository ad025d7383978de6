import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  BATCH_OVERHEAD_BYTES,
  batchAttributes,
  batchBaseOffset,
  batchBaseSequence,
  batchBaseTimestamp,
  batchCrc,
  batchLastOffset,
  batchLeaderEpoch,
  batchMaxTimestamp,
  batchProducerEpoch,
  batchProducerId,
  batchRecordCount,
  batchSizeBytes,
  checkBatch,
  checkRecords,
  encodeRecordBatch,
  finishBatch,
  isControl,
  isLogAppendTime,
  isTransactional,
  isWholeBatch,
  maxRecordSizeBytes,
  type PlainRecord,
  placeBatch,
  recordSizeBytes,
  sealBatch,
  setLogAppendTime,
  setMaxTimestamp,
  walkRecords,
  writeRecord,
} from '../../src/protocol/record-batch.ts';

type GoldenRecord = {
  offset: number;
  timestamp: number;
  key: string | null;
  value: string | null;
  headers: [string, string | null][];
};
type GoldenBatch = {
  name: string;
  hex: string;
  baseOffset: number;
  lastOffset: number;
  sizeInBytes: number;
  partitionLeaderEpoch: number;
  crc: number;
  attributes: number;
  timestampType: string;
  isTransactional: boolean;
  isControlBatch: boolean;
  baseTimestamp: number;
  maxTimestamp: number;
  producerId: number;
  producerEpoch: number;
  baseSequence: number;
  recordCount: number | null;
  records: GoldenRecord[];
};

const golden: GoldenBatch[] = JSON.parse(
  readFileSync(new URL('../fixtures/golden/record-batches.json', import.meta.url), 'utf8'),
).cases;

type Walked = { offset: number; timestampMs: number; key: string | null; value: string | null };

const walk = (bytes: Buffer, fromOffset = 0): Walked[] => {
  const walked: Walked[] = [];
  const text = (start: number, end: number): string | null => (start < 0 ? null : bytes.toString('base64', start, end));
  walkRecords(bytes, 0, fromOffset, (offset, timestampMs, keyStart, keyEnd, valueStart, valueEnd) => {
    walked.push({ offset, timestampMs, key: text(keyStart, keyEnd), value: text(valueStart, valueEnd) });
    return true;
  });
  return walked;
};

const nullableBytes = fc.option(fc.uint8Array({ maxLength: 300 }), { nil: null });
const anyRecords: fc.Arbitrary<PlainRecord[]> = fc.array(
  fc.record({ timestampMs: fc.integer({ min: 0, max: 4_000_000_000_000 }), key: nullableBytes, value: nullableBytes }),
  { minLength: 1, maxLength: 40 },
);
const base64 = (bytes: Uint8Array | null): string | null =>
  bytes === null ? null : Buffer.from(bytes).toString('base64');

describe('a record batch', () => {
  it.each(
    golden.map((batch) => [batch.name, batch] as const),
  )('made by Kafka is read as Kafka reads it: %s', (_name, batch) => {
    const bytes = Buffer.from(batch.hex, 'hex');
    expect(batchSizeBytes(bytes, 0)).toBe(batch.sizeInBytes);
    expect(isWholeBatch(bytes, 0, bytes.length)).toBe(true);
    expect({
      baseOffset: batchBaseOffset(bytes, 0),
      lastOffset: batchLastOffset(bytes, 0),
      leaderEpoch: batchLeaderEpoch(bytes, 0),
      crc: batchCrc(bytes, 0),
      attributes: batchAttributes(bytes, 0),
      isTransactional: isTransactional(bytes, 0),
      isControl: isControl(bytes, 0),
      isLogAppendTime: isLogAppendTime(bytes, 0),
      maxTimestamp: batchMaxTimestamp(bytes, 0),
      producerId: batchProducerId(bytes, 0),
      producerEpoch: batchProducerEpoch(bytes, 0),
      baseSequence: batchBaseSequence(bytes, 0),
      recordCount: batchRecordCount(bytes, 0),
    }).toEqual({
      baseOffset: batch.baseOffset,
      lastOffset: batch.lastOffset,
      leaderEpoch: batch.partitionLeaderEpoch,
      crc: batch.crc,
      attributes: batch.attributes,
      isTransactional: batch.isTransactional,
      isControl: batch.isControlBatch,
      isLogAppendTime: batch.timestampType === 'LogAppendTime',
      maxTimestamp: batch.maxTimestamp,
      producerId: batch.producerId,
      producerEpoch: batch.producerEpoch,
      baseSequence: batch.baseSequence,
      recordCount: batch.records.length,
    });
    expect(walk(bytes)).toEqual(
      batch.records.map(({ offset, timestamp, key, value }) => ({ offset, timestampMs: timestamp, key, value })),
    );
  });

  const plain = golden.filter(
    (batch) =>
      batch.attributes === 0 &&
      batch.records.length > 0 &&
      batch.lastOffset - batch.baseOffset + 1 === batch.records.length,
  );
  it.each(
    plain.map((batch) => [batch.name, batch] as const),
  )('of the same records has the very bytes that Kafka writes: %s', (_name, batch) => {
    const decode = (text: string | null): Buffer | null => (text === null ? null : Buffer.from(text, 'base64'));
    const bytes = encodeRecordBatch(
      batch.records.map(({ timestamp, key, value, headers }) => ({
        timestampMs: timestamp,
        key: decode(key),
        value: decode(value),
        headers: headers.map(([name, content]) => [name, decode(content)] as const),
      })),
      { producerId: batch.producerId, producerEpoch: batch.producerEpoch, baseSequence: batch.baseSequence },
    );
    placeBatch(bytes, 0, batch.baseOffset, batch.partitionLeaderEpoch);
    expect(bytes.toString('hex')).toBe(batch.hex);
  });

  it('gives back the records that were put in', () => {
    fc.assert(
      fc.property(anyRecords, fc.integer({ min: 0, max: 2 ** 50 }), (records, baseOffset) => {
        const bytes = encodeRecordBatch(records);
        placeBatch(bytes, 0, baseOffset, 7);
        expect(checkBatch(bytes, 0, bytes.length)).toBeNull();
        expect(checkRecords(bytes, 0, bytes.length, { isKeyRequired: false })).toBeNull();
        expect(walk(bytes)).toEqual(
          records.map(({ timestampMs, key, value }, index) => ({
            offset: baseOffset + index,
            timestampMs,
            key: base64(key),
            value: base64(value),
          })),
        );
      }),
    );
  });

  it('is the same when its records are written one by one into a buffer', () => {
    fc.assert(
      fc.property(anyRecords, (records) => {
        const first = records[0]?.timestampMs ?? 0;
        const room = records.reduce(
          (sum, { key, value }) => sum + maxRecordSizeBytes(key?.length ?? -1, value?.length ?? -1),
          0,
        );
        const bytes = Buffer.alloc(10 + BATCH_OVERHEAD_BYTES + room);
        let end = 10 + BATCH_OVERHEAD_BYTES;
        records.forEach(({ timestampMs, key, value }, index) => {
          const next = writeRecord(bytes, end, index, timestampMs - first, key, value);
          expect(next - end).toBe(recordSizeBytes(index, timestampMs - first, key?.length ?? -1, value?.length ?? -1));
          end = next;
        });
        const maxTimestampMs = Math.max(...records.map(({ timestampMs }) => timestampMs));
        finishBatch(bytes, 10, end, { baseTimestampMs: first, maxTimestampMs, recordCount: records.length });
        expect(bytes.subarray(10, end).equals(encodeRecordBatch(records))).toBe(true);
      }),
    );
  });

  it('starts at the offset that was asked for, in its middle too', () => {
    const bytes = encodeRecordBatch([1, 2, 3].map((n) => ({ timestampMs: n, key: null, value: Buffer.from([n]) })));
    placeBatch(bytes, 0, 100, 0);
    expect(walk(bytes, 102).map(({ offset }) => offset)).toEqual([102]);
  });

  it('takes the time of the append, with a new CRC', () => {
    const bytes = encodeRecordBatch([1, 2].map((n) => ({ timestampMs: n, key: null, value: Buffer.from([n]) })));
    setLogAppendTime(bytes, 0, 1_700_000_000_000);
    expect(checkBatch(bytes, 0, bytes.length)).toBeNull();
    expect(walk(bytes).map(({ timestampMs }) => timestampMs)).toEqual([1_700_000_000_000, 1_700_000_000_000]);
    expect(batchBaseTimestamp(bytes, 0)).toBe(1);
  });

  it('is refused after any single byte behind the leader epoch was changed', () => {
    const bytes = encodeRecordBatch([{ timestampMs: 5, key: Buffer.from('k'), value: Buffer.from('value') }]);
    for (let at = 16; at < bytes.length; at++) {
      const damaged = Buffer.from(bytes);
      damaged[at] = (damaged[at] ?? 0) ^ 0x41;
      expect(checkBatch(damaged, 0, damaged.length), `byte ${at}`).not.toBeNull();
    }
  });

  it('is refused when bytes are missing or left over', () => {
    const bytes = encodeRecordBatch([{ timestampMs: 5, key: null, value: Buffer.from('value') }]);
    for (let end = 0; end < bytes.length; end++) expect(checkBatch(bytes, 0, end)?.error).toBe('CORRUPT_MESSAGE');
    expect(checkBatch(Buffer.concat([bytes, bytes]), 0, 2 * bytes.length)?.error).toBe('INVALID_RECORD');
  });

  it('with records that do not add up is refused, whatever its CRC says, without ever throwing', () => {
    const bytes = encodeRecordBatch(
      [1, 2, 3].map((n) => ({
        timestampMs: n,
        key: Buffer.from('key'),
        value: Buffer.from([n]),
        headers: [['h', null]],
      })),
    );
    const rules = { isKeyRequired: false };
    fc.assert(
      fc.property(
        fc.integer({ min: BATCH_OVERHEAD_BYTES, max: bytes.length - 1 }),
        fc.integer({ min: 0, max: 255 }),
        (at, byte) => {
          const damaged = Buffer.from(bytes);
          damaged[at] = byte;
          const fault = checkRecords(damaged, 0, damaged.length, rules);
          expect(fault === null || fault.error === 'INVALID_RECORD').toBe(true);
          for (let end = BATCH_OVERHEAD_BYTES; end < bytes.length; end++)
            expect(checkRecords(damaged, 0, end, rules)?.error).toBe('INVALID_RECORD');
        },
      ),
    );
    const shifted = Buffer.from(bytes);
    shifted[BATCH_OVERHEAD_BYTES + 3] = 2;
    expect(checkRecords(shifted, 0, shifted.length, rules)?.message).toContain('offset delta');
  });

  it('tells the largest time of its records, whatever its header says', () => {
    const times = fc.array(fc.integer({ min: -100, max: 100_000 }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(times, fc.boolean(), (offsets, hasHeaders) => {
        const records = offsets.map((offset) => ({
          timestampMs: 1_700_000_000_000 + offset,
          key: null,
          value: Buffer.from('v'),
          headers: hasHeaders ? [['h', null] as const] : [],
        }));
        const bytes = encodeRecordBatch(records);
        const seen = { maxTimestampMs: -1 };
        const latest = Math.max(...records.map(({ timestampMs }) => timestampMs));
        setMaxTimestamp(bytes, 0, 5);
        expect(checkRecords(bytes, 0, bytes.length, { isKeyRequired: false }, seen)).toBeNull();
        expect(seen.maxTimestampMs).toBe(latest);
        setMaxTimestamp(bytes, 0, latest);
        expect(bytes.equals(encodeRecordBatch(records))).toBe(true);
      }),
    );
  });

  it('with times that cannot be milliseconds is refused', () => {
    const nanoseconds = 1.7e18;
    const batch = encodeRecordBatch([{ timestampMs: 1000, key: null, value: Buffer.of(1) }]);
    for (const at of [27, 35]) {
      const bytes = Buffer.from(batch);
      bytes.writeBigInt64BE(BigInt(nanoseconds), at);
      sealBatch(bytes, 0, bytes.length);
      expect(checkBatch(bytes, 0, bytes.length)?.error).toBe('INVALID_TIMESTAMP');
    }
  });

  it('needs a key for each record where the topic is compacted', () => {
    const bytes = encodeRecordBatch([{ timestampMs: 1, key: null, value: Buffer.from('v') }]);
    expect(checkRecords(bytes, 0, bytes.length, { isKeyRequired: true })?.error).toBe('INVALID_RECORD');
  });
});
