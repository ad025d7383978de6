import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type RunningBroker, startBroker } from '../../src/broker/broker.ts';
import { openAdmin } from '../../src/client/admin.ts';
import { Producer } from '../../src/client/producer.ts';
import { parseProducerProperties } from '../../src/client/properties/producer-properties.ts';
import { batchRecordCount } from '../../src/protocol/record-batch.ts';
import { metadataOf, produced, type Script, type ScriptedBroker, startScriptedBroker } from './scripted-broker.ts';

type Settled = { count: number; error: string | null; tags: number[] };

const nowUs = (): number => performance.now() * 1000;
const value = Buffer.alloc(100, 'v');

const open = async (
  bootstrapServers: string,
  properties: Record<string, string> = {},
  topic = 't',
): Promise<{ producer: Producer; settled: Settled[] }> => {
  const settled: Settled[] = [];
  const producer = await Producer.open({
    topic,
    config: parseProducerProperties({ 'bootstrap.servers': bootstrapServers, 'client.id': 'test', ...properties }),
    nowUs,
    onSettled: (batch, error) =>
      settled.push({
        count: batch.recordCount,
        error: error?.name ?? null,
        tags: [...batch.tags.subarray(0, batch.recordCount)],
      }),
  });
  return { producer, settled };
};

const send = (producer: Producer, tag = 0, partition = -1, bytes: Uint8Array = value): boolean =>
  producer.send(partition, 1_700_000_000_000, null, bytes, nowUs(), 0, tag);

const total = (settled: readonly Settled[], error: string | null = null): number =>
  settled.filter((batch) => batch.error === error).reduce((sum, { count }) => sum + count, 0);

describe('a producer and the embedded broker', () => {
  let directory: string;
  let broker: RunningBroker;
  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'spillway-test-'));
    broker = await startBroker({
      host: '127.0.0.1',
      port: 0,
      dataDir: directory,
      advertised: null,
      config: { 'num.partitions': '3' },
      log: () => undefined,
    });
  });
  afterEach(async () => {
    await broker.close();
    rmSync(directory, { recursive: true, force: true });
  });

  it('says which topic another one collides with', async () => {
    const { producer } = await open(`127.0.0.1:${broker.port}`, {}, 'a.b');
    producer.close();
    await expect(open(`127.0.0.1:${broker.port}`, {}, 'a_b')).rejects.toThrow(
      'topic a_b cannot be created beside topic a.b',
    );
    const admin = openAdmin({ bootstrapServers: `127.0.0.1:${broker.port}`, properties: {} });
    await expect(admin.createTopic('a_b', 1, 1, {})).rejects.toThrow(/'a_b' collides with existing topics: a\.b/);
    admin.close();
  });

  it.each(['0', '1', 'all'])('deliver every record once, acks=%s', async (acks) => {
    const bootstrap = `127.0.0.1:${broker.port}`;
    const { producer, settled } = await open(bootstrap, { acks, 'batch.size': '4096', 'linger.ms': '0' });
    for (let tag = 0; tag < 20_000; tag++) while (!send(producer, tag)) await producer.ready();
    await producer.flush();
    // acks=0 says nothing about the broker: a request that is answered comes after them on the same connection.
    const admin = openAdmin({ bootstrapServers: bootstrap, properties: {} });
    const endOffsets = async (): Promise<number> =>
      [...(await admin.endOffsets('t')).values()].reduce((a, b) => a + b, 0);
    await expect.poll(endOffsets, { timeout: 5000 }).toBe(20_000);
    producer.close();
    admin.close();
    expect(total(settled)).toBe(20_000);
    expect(new Set(settled.flatMap(({ tags }) => tags)).size).toBe(20_000);
  });

  it('keep the records of the chosen partition together', async () => {
    const bootstrap = `127.0.0.1:${broker.port}`;
    const { producer } = await open(bootstrap, { 'linger.ms': '0' });
    for (let tag = 0; tag < 30; tag++) send(producer, tag, tag % 2);
    await producer.flush();
    const admin = openAdmin({ bootstrapServers: bootstrap, properties: {} });
    expect([...(await admin.endOffsets('t'))].sort()).toEqual([
      [0, 15],
      [1, 15],
      [2, 0],
    ]);
    admin.close();
    producer.close();
  });
});

describe('a producer', () => {
  const brokers: ScriptedBroker[] = [];
  const start = async (script: Script): Promise<ScriptedBroker> => {
    const broker = await startScriptedBroker(script);
    brokers.push(broker);
    return broker;
  };
  afterEach(async () => {
    await Promise.all(brokers.splice(0).map((broker) => broker.close()));
  });

  it('keeps a batch for linger.ms, unless it is full or flushed', async () => {
    const sizes: number[] = [];
    const broker = await start({
      produce: ({ topicData }) => {
        for (const { records } of topicData.flatMap((topic) => topic.partitionData))
          if (records !== null) sizes.push(batchRecordCount(records, 0));
        return produced(0);
      },
    });
    const { producer, settled } = await open(broker.bootstrapServers, { 'linger.ms': '60000', 'batch.size': '1200' });
    for (let tag = 0; tag < 15; tag++) send(producer, tag);
    await expect.poll(() => total(settled)).toBe(10);
    expect(sizes).toEqual([10]);
    await producer.flush();
    expect(sizes).toEqual([10, 5]);
    producer.close();
  });

  it('sends what lingered when its time is over', async () => {
    const broker = await start({});
    const { producer, settled } = await open(broker.bootstrapServers, { 'linger.ms': '20' });
    send(producer);
    await expect.poll(() => total(settled)).toBe(1);
    producer.close();
  });

  it('has at most max.in.flight.requests.per.connection requests out', async () => {
    let seen = 0;
    const broker = await start({
      produce: () => {
        seen++;
        return 'silence';
      },
    });
    const { producer } = await open(broker.bootstrapServers, {
      'linger.ms': '0',
      'batch.size': '200',
      'max.in.flight.requests.per.connection': '2',
      // An idempotent producer has one out until the broker knows it.
      'enable.idempotence': 'false',
    });
    for (let tag = 0; tag < 20; tag++) send(producer, tag);
    await expect.poll(() => seen).toBe(2);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(seen).toBe(2);
    producer.close();
  });

  it('says no when buffer.memory is full and goes on when there is room', async () => {
    let answer = (): void => undefined;
    const gate = new Promise<void>((resolve) => {
      answer = resolve;
    });
    let isOpen = false;
    void gate.then(() => {
      isOpen = true;
    });
    const broker = await start({ produce: () => (isOpen ? produced(0) : 'drop') });
    const { producer, settled } = await open(broker.bootstrapServers, {
      'batch.size': '1024',
      'buffer.memory': '4096',
      'max.block.ms': '10000',
      'retry.backoff.ms': '10',
    });
    let sent = 0;
    while (send(producer, sent)) sent++;
    expect(sent).toBeGreaterThan(20);
    expect(sent).toBeLessThan(45);
    answer();
    await producer.ready();
    expect(send(producer, sent)).toBe(true);
    await producer.flush();
    expect(total(settled)).toBe(sent + 1);
    producer.close();
  });

  it('gives up waiting for room after max.block.ms', async () => {
    const broker = await start({ produce: () => 'silence' });
    const { producer } = await open(broker.bootstrapServers, {
      'batch.size': '1024',
      'buffer.memory': '2048',
      'max.block.ms': '50',
    });
    while (send(producer));
    await expect(producer.ready()).rejects.toThrow('max.block.ms=50');
    producer.close();
  });

  it('refuses a record over max.request.size before it is appended', async () => {
    const broker = await start({});
    const { producer, settled } = await open(broker.bootstrapServers, { 'max.request.size': '1000' });
    expect(() => send(producer, 0, -1, Buffer.alloc(1001))).toThrow('max.request.size=1000');
    send(producer, 1);
    await producer.flush();
    expect(settled.flatMap(({ tags }) => tags)).toEqual([1]);
    producer.close();
  });

  it('sends a record that is larger than batch.size in a batch of its own', async () => {
    const broker = await start({});
    const { producer, settled } = await open(broker.bootstrapServers, { 'batch.size': '500' });
    for (let tag = 0; tag < 3; tag++) send(producer, tag, -1, Buffer.alloc(2000));
    await producer.flush();
    expect(settled.map(({ count }) => count)).toEqual([1, 1, 1]);
    producer.close();
  });

  it('sends a batch again after a retriable error, and fails it after another one', async () => {
    const [notEnoughReplicas, tooLarge] = [19, 10];
    const broker = await start({
      produce: (_request, count) => produced(count === 0 ? notEnoughReplicas : count === 1 ? 0 : tooLarge),
    });
    const { producer, settled } = await open(broker.bootstrapServers, { 'retry.backoff.ms': '5', 'linger.ms': '0' });
    send(producer, 1);
    await producer.flush();
    send(producer, 2);
    await producer.flush();
    expect(settled.map(({ error, tags }) => [error, tags])).toEqual([
      [null, [1]],
      ['MESSAGE_TOO_LARGE', [2]],
    ]);
    producer.close();
  });

  it('stops after as many retries as it may make', async () => {
    const broker = await start({ produce: () => produced(19) });
    const { producer, settled } = await open(broker.bootstrapServers, { 'retry.backoff.ms': '1', retries: '2' });
    send(producer);
    await producer.flush();
    expect(settled.map(({ error }) => error)).toEqual(['NOT_ENOUGH_REPLICAS']);
    expect(producer.metrics()['producer-metrics:record-retry-total:{client-id=test}']).toBe(2);
    producer.close();
  });

  it('counts what went through its sockets, those that were lost included', async () => {
    const broker = await start({ produce: (_request, count) => (count === 1 ? 'drop' : produced(0)) });
    const { producer } = await open(broker.bootstrapServers, { 'retry.backoff.ms': '1', 'linger.ms': '0' });
    for (let tag = 0; tag < 3; tag++) {
      send(producer, tag, 0, Buffer.alloc(1000));
      await producer.flush();
    }
    const metric = (name: string) => producer.metrics()[`producer-metrics:${name}:{client-id=test}`] ?? 0;
    const sent = metric('outgoing-byte-total');
    expect(sent).toBeGreaterThan(4 * 1000);
    expect(metric('incoming-byte-total')).toBeGreaterThan(100);
    producer.close();
    expect(metric('outgoing-byte-total')).toBe(sent);
  });

  it('keeps the order of batches over a lost connection with one request in flight', async () => {
    const seen: number[] = [];
    const broker = await start({
      produce: ({ topicData }, count) => {
        if (count % 3 === 1) return 'drop';
        const records = topicData[0]?.partitionData[0]?.records;
        if (records) seen.push(records.length);
        return produced(0);
      },
    });
    const { producer, settled } = await open(broker.bootstrapServers, {
      'batch.size': '300',
      'retry.backoff.ms': '1',
      'max.in.flight.requests.per.connection': '1',
    });
    for (let tag = 0; tag < 9; tag++) send(producer, tag, 0, Buffer.alloc(150 + tag));
    await producer.flush();
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
    expect(settled.flatMap(({ tags }) => tags)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
    const retries = Object.entries(producer.metrics()).find(([name]) => name.includes('record-retry-total'))?.[1];
    expect(producer.recordsRetried).toBeGreaterThan(0);
    expect(producer.recordsRetried).toBe(retries);
    expect(producer.reconnects).toBeGreaterThan(0);
    producer.close();
  });

  it('follows the leader to another broker', async () => {
    const notLeader = 6;
    const second = await start({});
    let leader = 1;
    const first: ScriptedBroker = await start({
      metadata: () => metadataOf([first.port, second.port], leader),
      produce: () => {
        leader = 2;
        return produced(notLeader);
      },
    });
    const { producer, settled } = await open(first.bootstrapServers, { 'retry.backoff.ms': '5' });
    send(producer);
    await producer.flush();
    expect(settled.map(({ error }) => error)).toEqual([null]);
    producer.close();
  });

  it('closes a connection that does not answer within request.timeout.ms and tries again', async () => {
    const broker = await start({ produce: (_request, count) => (count === 0 ? 'silence' : produced(0)) });
    const { producer, settled } = await open(broker.bootstrapServers, {
      'request.timeout.ms': '100',
      'retry.backoff.ms': '5',
    });
    send(producer);
    await producer.flush();
    expect(settled.map(({ error }) => error)).toEqual([null]);
    producer.close();
  });

  it('fails records after delivery.timeout.ms', async () => {
    const broker = await start({ produce: () => 'silence' });
    const { producer, settled } = await open(broker.bootstrapServers, {
      'linger.ms': '0',
      'request.timeout.ms': '100',
      'delivery.timeout.ms': '150',
      'retry.backoff.ms': '5',
    });
    send(producer);
    await producer.flush();
    expect(settled.map(({ error }) => error === null)).toEqual([false]);
    producer.close();
  });

  it('says of records whose time is over what the broker said last, and tells each kind of error once', async () => {
    const storageError = 56;
    const broker = await start({ produce: () => produced(storageError) });
    const told: string[] = [];
    const errors: string[] = [];
    const producer = await Producer.open({
      topic: 't',
      config: parseProducerProperties({
        'bootstrap.servers': broker.bootstrapServers,
        'linger.ms': '0',
        'request.timeout.ms': '100',
        'delivery.timeout.ms': '150',
        'retry.backoff.ms': '10',
        'batch.size': '300',
      }),
      nowUs,
      onSettled: (_batch, error) => errors.push(`${error?.name}: ${error?.message}`),
      onRetry: (error) => told.push(error.name),
    });
    for (let tag = 0; tag < 10; tag++) send(producer, tag);
    await producer.flush();
    producer.close();
    expect(told).toEqual(['KAFKA_STORAGE_ERROR']);
    expect(errors.length).toBeGreaterThan(1);
    for (const error of errors)
      expect(error).toMatch(
        /^DELIVERY_TIMED_OUT: not acknowledged within delivery\.timeout\.ms=150; last error: partition 0 of t refused a batch: KAFKA_STORAGE_ERROR \(56\): /,
      );
  });

  it('waits twice as long before each retry, up to retry.backoff.max.ms, and before asking for metadata too', async () => {
    const atMs: { produce: number[]; metadata: number[] } = { produce: [], metadata: [] };
    const broker: ScriptedBroker = await start({
      metadata: () => {
        atMs.metadata.push(performance.now());
        return metadataOf([broker.port]);
      },
      produce: (_request, count) => {
        atMs.produce.push(performance.now());
        return produced(count < 5 ? 19 : 0);
      },
    });
    const { producer, settled } = await open(broker.bootstrapServers, {
      'linger.ms': '0',
      'retry.backoff.ms': '20',
      'retry.backoff.max.ms': '80',
    });
    send(producer);
    await producer.flush();
    producer.close();
    expect(settled.map(({ error }) => error)).toEqual([null]);
    const gaps = (times: readonly number[]): number[] =>
      times.slice(1).map((time, index) => time - (times[index] ?? 0));
    // A fifth less is the jitter; Node's timers may be a millisecond early.
    const least = (ms: number): number => 0.8 * ms - 1;
    const produceGaps = gaps(atMs.produce);
    expect(produceGaps).toHaveLength(5);
    for (const [index, ms] of [20, 40, 80, 80, 80].entries())
      expect(produceGaps[index]).toBeGreaterThanOrEqual(least(ms));
    const metadataGaps = gaps(atMs.metadata.slice(1));
    for (const [index, ms] of [40, 80, 80].entries())
      expect(metadataGaps[index] ?? Number.POSITIVE_INFINITY).toBeGreaterThanOrEqual(least(ms));
    expect(atMs.metadata.length).toBeGreaterThan(2);
  });

  it('fails for good when the cluster is gone, with every record accounted for', async () => {
    const broker = await start({ produce: () => 'silence' });
    const { producer, settled } = await open(broker.bootstrapServers, { 'batch.size': '300' });
    for (let tag = 0; tag < 50; tag++) send(producer, tag);
    await broker.close();
    await producer.flush();
    expect(total(settled, 'UNREACHABLE')).toBe(50);
    expect(() => send(producer)).toThrow('no broker of');
    producer.close();
  });

  it('loses no record when the broker answers another request than the oldest', async () => {
    const broker = await start({ produce: () => 'skip' });
    const { producer, settled } = await open(broker.bootstrapServers, {
      'metadata.max.age.ms': '1000',
      'linger.ms': '0',
    });
    send(producer);
    // The periodic metadata request is answered while the produce request before it is not.
    await expect.poll(() => settled.map(({ error }) => error), { timeout: 10_000 }).toEqual(['PROTOCOL_ERROR']);
    await producer.flush();
    producer.close();
  });

  it('settles what is left when it is closed', async () => {
    const broker = await start({ produce: () => 'silence' });
    const { producer, settled } = await open(broker.bootstrapServers, { 'batch.size': '300' });
    for (let tag = 0; tag < 50; tag++) send(producer, tag);
    producer.close();
    expect(total(settled, 'CLOSED')).toBe(50);
  });

  it('settles what is left when it is closed also when nothing is acknowledged', async () => {
    const broker = await start({ produce: () => 'silence' });
    const { producer, settled } = await open(broker.bootstrapServers, { acks: '0', 'batch.size': '300' });
    for (let tag = 0; tag < 50; tag++) send(producer, tag);
    void producer.flush();
    producer.close();
    expect(settled.reduce((sum, { count }) => sum + count, 0)).toBe(50);
  });
});

describe('opening a producer', () => {
  it('fails within a few seconds when the connection is refused', async () => {
    const startedMs = performance.now();
    await expect(open('127.0.0.1:1')).rejects.toThrow('connection refused');
    expect(performance.now() - startedMs).toBeLessThan(5000);
  });

  it('fails at once when the topic is refused for good', async () => {
    const invalidTopic = 17;
    const broker = await startScriptedBroker({
      metadata: () => ({ ...metadataOf([1]), topics: [{ errorCode: invalidTopic, name: 't', partitions: [] }] }),
    });
    await expect(open(broker.bootstrapServers)).rejects.toThrow('INVALID_TOPIC_EXCEPTION');
    await broker.close();
  });
});
