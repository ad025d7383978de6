import { describe, expect, it } from 'vitest';
import { batchRecords, openBatch, recodeBatch } from '../../../src/protocol/compressed-batch.ts';
import { codecNames } from '../../../src/protocol/compression/codec.ts';
import { ErrorCode } from '../../../src/protocol/errors.ts';
import { fetch } from '../../../src/protocol/messages/fetch.ts';
import {
  batchCodec,
  batchMaxTimestamp,
  encodeRecordBatch,
  isLogAppendTime,
  isWholeBatch,
  sealBatch,
} from '../../../src/protocol/record-batch.ts';
import { brokerForTest, fetchRequest, makeTopic, produceTo, Wire } from '../wire.ts';

const NOW = Date.now();
const wireTo = async () => Wire.open((await brokerForTest()).broker);

const plain = encodeRecordBatch(
  Array.from({ length: 50 }, (_, index) => ({
    timestampMs: NOW + index,
    key: Buffer.from(`key-${index}`),
    value: Buffer.from(`value number ${index}`),
  })),
);
const keyless = encodeRecordBatch(
  Array.from({ length: 20 }, () => ({ timestampMs: NOW, key: null, value: Buffer.from('without a key') })),
);

const storedIn = async (wire: Wire, name: string): Promise<Buffer> => {
  const { responses } = await wire.ask(fetch, 12, fetchRequest({ name }, 0));
  return responses[0]?.partitions[0]?.records ?? Buffer.alloc(0);
};

/** A batch that says it is compressed, and is not. */
const lying = (batch: Buffer, codec: number): Buffer => {
  const copy = Buffer.from(batch);
  copy.writeInt16BE(codec, 21);
  sealBatch(copy, 0, copy.length);
  return copy;
};

describe('a topic with compression.type', () => {
  it.each(['uncompressed', 'gzip', 'snappy', 'lz4', 'zstd'])('%s keeps batches of every codec in it', async (kept) => {
    const wire = await wireTo();
    for (const [codec, sent] of codecNames.entries()) {
      const name = `${kept}-from-${sent}`;
      await makeTopic(wire, name, { config: { 'compression.type': kept } });
      const answer = await produceTo(wire, name, recodeBatch(plain, 0, codec));
      expect(answer.errorCode).toBe(0);
      const stored = await storedIn(wire, name);
      expect(codecNames[batchCodec(stored, 0)]).toBe(kept === 'uncompressed' ? 'none' : kept);
      expect(isWholeBatch(stored, 0, stored.length)).toBe(true);
      const open = openBatch(stored, 0);
      expect(batchRecords(open.bytes, open.at).equals(batchRecords(plain, 0))).toBe(true);
      expect(batchMaxTimestamp(stored, 0)).toBe(NOW + 49);
    }
  });

  it('producer keeps batches as they came', async () => {
    const wire = await wireTo();
    await makeTopic(wire, 't');
    const batch = recodeBatch(plain, 0, 3);
    await produceTo(wire, 't', batch);
    expect(batchRecords(await storedIn(wire, 't'), 0).equals(batchRecords(batch, 0))).toBe(true);
  });

  it('stamps what it writes anew with its own clock when asked', async () => {
    const wire = await wireTo();
    await makeTopic(wire, 't', { config: { 'compression.type': 'lz4', 'message.timestamp.type': 'LogAppendTime' } });
    expect((await produceTo(wire, 't', plain)).errorCode).toBe(0);
    const stored = await storedIn(wire, 't');
    expect([isLogAppendTime(stored, 0), batchCodec(stored, 0)]).toEqual([true, 3]);
    expect(isWholeBatch(stored, 0, stored.length)).toBe(true);
  });

  it('refuses what it cannot open, and what is too large when opened', async () => {
    const wire = await wireTo();
    await makeTopic(wire, 't', { config: { 'compression.type': 'uncompressed', 'max.message.bytes': '1000' } });
    const small = encodeRecordBatch([{ timestampMs: NOW, key: null, value: Buffer.from('v') }]);
    for (const codec of [1, 2, 3, 4]) {
      const answer = await produceTo(wire, 't', lying(small, codec));
      expect(answer.errorCode).toBe(ErrorCode.CORRUPT_MESSAGE);
      expect(answer.errorMessage).toContain(`the ${codecNames[codec]} data cannot be read`);
    }
    const answer = await produceTo(wire, 't', recodeBatch(plain, 0, 4));
    expect(answer.errorCode).toBe(ErrorCode.MESSAGE_TOO_LARGE);
    expect((await produceTo(wire, 't', small)).baseOffset).toBe(0);
  });
});

describe('a compacted topic', () => {
  it('looks for keys in compressed batches too', async () => {
    const wire = await wireTo();
    await makeTopic(wire, 't', { config: { 'cleanup.policy': 'compact' } });
    for (const codec of [1, 2, 3, 4]) {
      expect((await produceTo(wire, 't', recodeBatch(keyless, 0, codec))).errorCode).toBe(ErrorCode.INVALID_RECORD);
      expect((await produceTo(wire, 't', lying(plain, codec))).errorCode).toBe(ErrorCode.CORRUPT_MESSAGE);
      expect((await produceTo(wire, 't', recodeBatch(plain, 0, codec))).errorCode).toBe(0);
    }
  });
});
