import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { startBroker } from '../../src/broker/broker.ts';
import { Consumer } from '../../src/client/consumer.ts';
import { Producer } from '../../src/client/producer.ts';
import { parseConsumerProperties } from '../../src/client/properties/consumer-properties.ts';
import { parseProducerProperties } from '../../src/client/properties/producer-properties.ts';
import type { fetch } from '../../src/protocol/messages/fetch.ts';
import { encodeRecordBatch, placeBatch } from '../../src/protocol/record-batch.ts';
import type { ResponseInput } from '../../src/protocol/schema.ts';
import { type Script, type ScriptedBroker, startScriptedBroker } from './scripted-broker.ts';

type Got = { partition: number; offset: number; value: string };

const consume = async (
  bootstrapServers: string,
  wanted: number,
  properties: Record<string, string> = {},
): Promise<Got[]> => {
  const got: Got[] = [];
  const consumer = await Consumer.open({
    topic: 't',
    config: parseConsumerProperties({
      'bootstrap.servers': bootstrapServers,
      'auto.offset.reset': 'earliest',
      'retry.backoff.ms': '5',
      ...properties,
    }),
    partitions: null,
    onRecord: (bytes, partition, offset, _timestampMs, _keyStart, _keyEnd, valueStart, valueEnd) => {
      if (got.length === wanted) return false;
      got.push({ partition, offset, value: bytes.toString('latin1', valueStart, valueEnd) });
      if (got.length === wanted) consumer.stop();
      return true;
    },
  });
  try {
    await consumer.run();
  } finally {
    consumer.close();
  }
  return got;
};

describe('a consumer of the embedded broker', () => {
  it('gets every record of every partition once, in order, and no more than it wants', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'spillway-test-'));
    const config = { 'num.partitions': '3', 'log.segment.bytes': String(1024 * 1024) };
    const broker = await startBroker({
      host: '127.0.0.1',
      port: 0,
      dataDir: directory,
      advertised: null,
      config,
      log: () => undefined,
    });
    const bootstrapServers = `127.0.0.1:${broker.port}`;
    const producer = await Producer.open({
      topic: 't',
      config: parseProducerProperties({ 'bootstrap.servers': bootstrapServers, 'batch.size': '12000' }),
      nowUs: () => performance.now() * 1000,
      onSettled: () => undefined,
    });
    for (let index = 0; index < 30_000; index++)
      while (!producer.send(index % 3, 1, null, Buffer.from(String(index).padStart(300, '0')), 0, 0, 0))
        await producer.ready();
    await producer.flush();
    producer.close();

    // Small fetches, so that many answers begin in the middle of a segment.
    const got = await consume(bootstrapServers, 30_000, { 'max.partition.fetch.bytes': '40000' });
    for (const partition of [0, 1, 2]) {
      const records = got.filter((record) => record.partition === partition);
      expect(records.map(({ offset }) => offset)).toEqual(records.map((_, index) => index));
      expect(records.map(({ value }) => Number(value))).toEqual(records.map((_, index) => index * 3 + partition));
    }
    expect((await consume(bootstrapServers, 12_345)).length).toBe(12_345);
    await broker.close();
    rmSync(directory, { recursive: true, force: true });
  });
});

describe('a consumer', () => {
  let broker: ScriptedBroker;
  const start = async (script: Script): Promise<string> => {
    broker = await startScriptedBroker(script);
    return broker.bootstrapServers;
  };
  afterEach(() => broker.close());

  const batch = (baseOffset: number, values: readonly string[]): Buffer => {
    const bytes = encodeRecordBatch(values.map((value) => ({ timestampMs: 1, key: null, value: Buffer.from(value) })));
    placeBatch(bytes, 0, baseOffset, 0);
    return bytes;
  };
  const answer = (records: Buffer, errorCode = 0): ResponseInput<typeof fetch> => ({
    responses: [
      {
        topicId: 'AAAAAAAAAAAAAAAAAAAAAQ',
        partitions: [{ partitionIndex: 0, errorCode, highWatermark: 0, abortedTransactions: null, records }],
      },
    ],
  });
  /** Answers as a log with three batches of two records does, a whole batch at a time. */
  const log = (offset: number): ResponseInput<typeof fetch> => {
    const base = Math.floor(offset / 2) * 2;
    return answer(batch(base, [`r${base}`, `r${base + 1}`]));
  };
  const fetchOffset = (request: { topics: { partitions: { fetchOffset: number }[] }[] }): number =>
    request.topics[0]?.partitions[0]?.fetchOffset ?? -1;

  it('leaves out records before the offset it asked for, and a batch that was cut off', async () => {
    const servers = await start({
      listOffsets: () => ({ topics: [{ name: 't', partitions: [{ partitionIndex: 0, errorCode: 0, offset: 1 }] }] }),
      fetch: (request) => {
        const base = Math.floor(fetchOffset(request) / 2) * 2;
        const next = batch(base + 2, ['cut', 'off']);
        return answer(Buffer.concat([batch(base, [`r${base}`, `r${base + 1}`]), next.subarray(0, next.length - 1)]));
      },
    });
    expect((await consume(servers, 4)).map(({ value }) => value)).toEqual(['r1', 'r2', 'r3', 'r4']);
  });

  it('refuses a batch with a wrong CRC, unless check.crcs is off', async () => {
    const damaged = batch(0, ['abc', 'def']);
    damaged[damaged.length - 2] = 0x78;
    const servers = await start({ fetch: () => answer(damaged) });
    await expect(consume(servers, 2)).rejects.toThrow('CRC-32C');
    expect((await consume(servers, 2, { 'check.crcs': 'false' })).length).toBe(2);
  });

  it('goes on where it was after the connection was lost', async () => {
    const servers = await start({ fetch: (request, count) => (count % 2 === 1 ? 'drop' : log(fetchOffset(request))) });
    expect((await consume(servers, 6)).map(({ value }) => value)).toEqual(['r0', 'r1', 'r2', 'r3', 'r4', 'r5']);
  });

  it('goes on where it was after a retriable error', async () => {
    const notLeader = 6;
    const servers = await start({
      fetch: (request, count) => (count === 1 ? answer(Buffer.alloc(0), notLeader) : log(fetchOffset(request))),
    });
    expect((await consume(servers, 4)).map(({ value }) => value)).toEqual(['r0', 'r1', 'r2', 'r3']);
  });

  it('begins anew where auto.offset.reset says when its offset is out of range', async () => {
    const outOfRange = 1;
    let start_ = 0;
    const servers = await start({
      listOffsets: () => ({
        topics: [{ name: 't', partitions: [{ partitionIndex: 0, errorCode: 0, offset: start_ }] }],
      }),
      fetch: (request) => {
        if (fetchOffset(request) >= 100) return log(fetchOffset(request));
        start_ = 100;
        return answer(Buffer.alloc(0), outOfRange);
      },
    });
    expect((await consume(servers, 2)).map(({ offset }) => offset)).toEqual([100, 101]);
  });

  it('fails with the name of an error that trying again cannot mend', async () => {
    const notAuthorized = 29;
    const servers = await start({ fetch: () => answer(Buffer.alloc(0), notAuthorized) });
    await expect(consume(servers, 2)).rejects.toThrow('TOPIC_AUTHORIZATION_FAILED');
  });
});
