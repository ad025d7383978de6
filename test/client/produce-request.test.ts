import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ProduceBatch } from '../../src/client/produce-batch.ts';
import { headroomBytes, ProduceRequestWriter, readProduceResponse } from '../../src/client/produce-request.ts';
import { ByteReader } from '../../src/protocol/byte-reader.ts';
import { ByteWriter } from '../../src/protocol/byte-writer.ts';
import { encodeResponse } from '../../src/protocol/codec.ts';
import { encodeRequestFrame } from '../../src/protocol/headers.ts';
import { produce } from '../../src/protocol/messages/produce.ts';
import { checkBatch, checkRecords } from '../../src/protocol/record-batch.ts';

const batchOf = (clientId: string, topic: string, partition: number, values: readonly Uint8Array[]): ProduceBatch => {
  const batch = new ProduceBatch(headroomBytes(clientId, topic), 100_000);
  batch.begin(partition, 0);
  for (const value of values) batch.append(1_700_000_000_000, null, value, 0, 0, 0);
  batch.finish();
  return batch;
};

const versions = [3, 4, 5, 6, 7, 8, 9, 10, 11];

describe('a produce request written around its batches', () => {
  it.each(versions)('is byte for byte what the schema writes, version %i', (version) => {
    const values = fc.array(fc.uint8Array({ maxLength: 400 }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(
        fc.string({ maxLength: 40 }),
        fc.string({ unit: 'grapheme', minLength: 1, maxLength: 100 }),
        fc.array(values, { minLength: 1, maxLength: 140 }),
        fc.constantFrom(0, 1, -1),
        (clientId, topic, valuesByPartition, acks) => {
          const batches = valuesByPartition.map((list, index) => batchOf(clientId, topic, index * 3, list));
          const writer = new ProduceRequestWriter({ version, clientId, acks, timeoutMs: 30_000, topic });
          const pieces = writer.write(77, batches);
          const expected = encodeRequestFrame(produce, version, 77, clientId, {
            transactionalId: null,
            acks,
            timeoutMs: 30_000,
            topicData: [
              {
                name: topic,
                partitionData: batches.map((batch) => ({
                  index: batch.partition,
                  records: batch.bytes.subarray(batch.start, batch.end),
                })),
              },
            ],
          });
          expect(Buffer.concat(pieces).equals(expected)).toBe(true);
        },
      ),
      { numRuns: 30 },
    );
  });

  it('can be written again for a retry, in other company', () => {
    const [first, second] = [batchOf('c', 't', 0, [Buffer.from('a')]), batchOf('c', 't', 1, [Buffer.from('b')])];
    const writer = new ProduceRequestWriter({ version: 11, clientId: 'c', acks: 1, timeoutMs: 1, topic: 't' });
    const before = Buffer.concat(writer.write(1, [second]));
    writer.write(2, [first, second]);
    expect(Buffer.concat(writer.write(1, [second])).equals(before)).toBe(true);
  });
});

describe('a produce response', () => {
  it.each(versions)('is read as the schema reads it, version %i', (version) => {
    const partition = (index: number, errorCode: number) => ({
      index,
      errorCode,
      baseOffset: 5,
      logAppendTimeMs: -1,
      ...(version >= 5 ? { logStartOffset: 0 } : {}),
      ...(version >= 8
        ? { recordErrors: [{ batchIndex: 0, batchIndexErrorMessage: 'bad' }], errorMessage: 'refused' }
        : {}),
    });
    const writer = new ByteWriter();
    encodeResponse(
      produce,
      version,
      { responses: [{ name: 't', partitionResponses: [partition(0, 0), partition(9, 2)] }], throttleTimeMs: 1 },
      writer,
    );
    const bytes = writer.written();
    const errorMessage = version >= 8 ? 'refused' : null;
    expect(readProduceResponse(bytes, 0, bytes.length, version)).toEqual([
      { partition: 0, errorCode: 0, baseOffset: 5, logAppendTimeMs: -1, errorMessage },
      { partition: 9, errorCode: 2, baseOffset: 5, logAppendTimeMs: -1, errorMessage },
    ]);
    expect(new ByteReader(bytes).remaining).toBe(bytes.length);
  });
});

describe('a batch that is being filled', () => {
  it('is one that a broker accepts, whatever its records', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.tuple(
            fc.option(fc.uint8Array(), { nil: null }),
            fc.uint8Array({ maxLength: 200 }),
            fc.integer({ min: 0, max: 2e12 }),
          ),
          { minLength: 1 },
        ),
        (records) => {
          const batch = new ProduceBatch(100, 100_000);
          batch.begin(0, 0);
          for (const [key, value, timestampMs] of records)
            expect(batch.append(timestampMs, key, value, 0, 0, 0)).toBe(true);
          batch.finish();
          expect(checkBatch(batch.bytes, batch.start, batch.end)).toBeNull();
          expect(checkRecords(batch.bytes, batch.start, batch.end, { isKeyRequired: false })).toBeNull();
        },
      ),
    );
  });

  it('takes records up to its size and no further, and keeps the times of each', () => {
    const batch = new ProduceBatch(100, 16_384);
    batch.begin(0, 0);
    let count = 0;
    while (batch.append(1, null, Buffer.alloc(3), count, count + 0.5, count * 2)) count++;
    expect(batch.sizeBytes).toBeLessThanOrEqual(16_384);
    expect(batch.sizeBytes).toBeGreaterThan(16_300);
    expect(batch.recordCount).toBe(count);
    expect([batch.sentAtUs[count - 1], batch.dueAtUs[count - 1], batch.tags[count - 1]]).toEqual([
      count - 1,
      count - 0.5,
      count * 2 - 2,
    ]);
  });
});
