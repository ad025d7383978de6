import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type RunningBroker, startBroker } from '../../src/broker/broker.ts';
import type { CompressionTotals } from '../../src/client/batch-compression.ts';
import { Consumer } from '../../src/client/consumer.ts';
import { Producer } from '../../src/client/producer.ts';
import { parseConsumerProperties } from '../../src/client/properties/consumer-properties.ts';
import { parseProducerProperties } from '../../src/client/properties/producer-properties.ts';

let folder: string;
let broker: RunningBroker;
let bootstrap: Record<string, string>;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'spillway-compression-'));
  broker = await startBroker({ host: '127.0.0.1', port: 0, dataDir: folder, config: {} });
  bootstrap = { 'bootstrap.servers': `127.0.0.1:${broker.port}` };
});

afterEach(async () => {
  await broker.close();
  rmSync(folder, { recursive: true, force: true });
});

const send = async (
  values: readonly Buffer[],
  properties: Record<string, string>,
): Promise<{ totals: CompressionTotals; settled: number; errors: (string | null)[] }> => {
  let settled = 0;
  const errors: (string | null)[] = [];
  const producer = await Producer.open({
    topic: 't',
    config: parseProducerProperties({ ...bootstrap, ...properties }),
    nowUs: () => performance.now() * 1000,
    onSettled: (batch, error) => {
      settled += batch.recordCount;
      if (error !== null) errors.push(error.name);
    },
  });
  for (const [index, value] of values.entries())
    while (!producer.send(-1, 1_700_000_000_000 + index, null, value, 0, 0, index)) await producer.ready();
  await producer.flush();
  const totals = producer.compression();
  expect(producer.backlogBytes).toBe(0);
  producer.close();
  return { totals, settled, errors };
};

const readAll = async (count: number): Promise<string[]> => {
  const read: string[] = [];
  const consumer = await Consumer.open({
    topic: 't',
    config: parseConsumerProperties({ ...bootstrap, 'auto.offset.reset': 'earliest' }),
    partitions: null,
    onRecord: (bytes, _partition, offset, timestampMs, _keyStart, _keyEnd, valueStart, valueEnd) => {
      expect(timestampMs).toBe(1_700_000_000_000 + offset);
      read.push(bytes.toString('latin1', valueStart, valueEnd));
      return read.length < count;
    },
  });
  await consumer.run();
  consumer.close();
  return read;
};

describe('the native client', () => {
  it.each([
    ['gzip', '1'],
    ['snappy', null],
    ['lz4', null],
    ['zstd', '7'],
  ])('sends and reads records under %s', async (codec, level) => {
    const values = Array.from({ length: 3000 }, (_, index) => Buffer.from(`{"record":${index},"name":"somebody"}`));
    const { totals, settled, errors } = await send(values, {
      'compression.type': codec,
      ...(level === null ? {} : { [`compression.${codec}.level`]: level }),
    });
    expect([settled, errors]).toEqual([3000, []]);
    expect(totals).toMatchObject({ codec, level: level === null ? (codec === 'lz4' ? 9 : null) : Number(level) });
    expect(totals.implementation).not.toBeNull();
    expect(totals.bytesBefore).toBeGreaterThan(100_000);
    expect(totals.bytesAfter).toBeLessThan(totals.bytesBefore / 2);
    expect(await readAll(3000)).toEqual(values.map(String));
  });

  it('sends what a codec makes no smaller without it', async () => {
    const values = Array.from({ length: 40 }, () => randomBytes(900));
    const { totals, settled, errors } = await send(values, {
      'compression.type': 'lz4',
      'batch.size': '1000',
      'max.request.size': '1000',
    });
    expect([settled, errors]).toEqual([40, []]);
    expect(totals).toMatchObject({ batchesLeft: 40, bytesAfter: totals.bytesBefore });
    expect(await readAll(40)).toEqual(values.map((value) => value.toString('latin1')));
  });
});
