import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fetch } from '../../src/protocol/messages/fetch.ts';
import { listOffsets } from '../../src/protocol/messages/list-offsets.ts';
import { encodeRecordBatch, setMaxTimestamp } from '../../src/protocol/record-batch.ts';
import { batchOf, brokerForTest, fetchRequest, makeTopic, produceTo, temporaryDirectory, Wire } from './wire.ts';

const EARLIEST = -2;

const firstOffset = async (wire: Wire, name: string): Promise<number | undefined> => {
  const partitions = [{ partitionIndex: 0, timestamp: EARLIEST }];
  const { topics } = await wire.ask(listOffsets, 7, { replicaId: -1, topics: [{ name, partitions }] });
  return topics[0]?.partitions[0]?.offset;
};

describe('a running broker', () => {
  it('deletes segments that are older than retention.ms', async () => {
    const { broker } = await brokerForTest({ 'log.retention.check.interval.ms': '10' });
    const wire = await Wire.open(broker);
    await makeTopic(wire, 't', { config: { 'segment.bytes': '1048576', 'retention.ms': '1000' } });
    await produceTo(wire, 't', batchOf('long', 'ago'));
    await expect.poll(() => firstOffset(wire, 't')).toBe(2);
    await produceTo(wire, 't', encodeRecordBatch([{ timestampMs: Date.now(), key: null, value: Buffer.from('now') }]));
    expect(await firstOffset(wire, 't')).toBe(2);
  });

  it('compacts topics with cleanup.policy=compact', async () => {
    const { broker, dataDir } = await brokerForTest({ 'log.cleaner.backoff.ms': '10' });
    const wire = await Wire.open(broker);
    await makeTopic(wire, 't', {
      config: { 'cleanup.policy': 'compact', 'segment.bytes': '1048576', 'min.cleanable.dirty.ratio': '0.01' },
    });
    const value = Buffer.alloc(400_000, 'v');
    for (let count = 0; count < 8; count++)
      await produceTo(wire, 't', encodeRecordBatch([{ timestampMs: Date.now(), key: Buffer.from('k'), value }]));
    await expect.poll(() => readCleaned(dataDir)).toMatch(/^t 0 [4-7]$/m);
    const { responses } = await wire.ask(fetch, 4, fetchRequest({ name: 't' }, 0));
    expect(responses[0]?.partitions[0]?.errorCode).toBe(0);
  });

  it('finds records by their own times where a producer wrote another into the header of its batch', async () => {
    const { broker } = await brokerForTest();
    const wire = await Wire.open(broker);
    await makeTopic(wire, 't');
    const batch = batchOf('one', 'two');
    setMaxTimestamp(batch, 0, 5);
    expect(await produceTo(wire, 't', batch)).toMatchObject({ errorCode: 0 });
    const partitions = [{ partitionIndex: 0, timestamp: 1001 }];
    const { topics } = await wire.ask(listOffsets, 7, { replicaId: -1, topics: [{ name: 't', partitions }] });
    expect(topics[0]?.partitions[0]).toMatchObject({ offset: 1, timestamp: 1001 });
  });

  it('says which file it cut where after a crash', async () => {
    const dataDir = temporaryDirectory();
    const first = await brokerForTest({}, dataDir);
    const wire = await Wire.open(first.broker);
    await makeTopic(wire, 't');
    await produceTo(wire, 't', batchOf('one'));
    await first.broker.close();
    const path = join(dataDir, 't-0', '00000000000000000000.log');
    const whole = readFileSync(path);
    writeFileSync(path, Buffer.concat([whole, Buffer.alloc(20, 1)]));
    const { lines } = await brokerForTest({}, dataDir);
    expect(lines).toEqual([`${path} held no whole record batch at byte ${whole.length}: removed 20 bytes`]);
  });
});

const readCleaned = (dataDir: string): string => {
  try {
    return readFileSync(join(dataDir, 'cleaner-offset-checkpoint'), 'utf8');
  } catch {
    return '';
  }
};
