/** What each of the producer's properties does, as a broker sees it. */
import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import { startBroker } from '../../src/broker/embedded/start-broker.ts';
import { Producer } from '../../src/client/producer.ts';
import { parseProducerProperties } from '../../src/client/properties/producer-properties.ts';
import type { produce } from '../../src/protocol/messages/produce.ts';
import { batchAttributes, batchProducerId, batchRecordCount } from '../../src/protocol/record-batch.ts';
import type { RequestOf } from '../../src/protocol/schema.ts';
import { metadataOf, produced, type Script, type ScriptedBroker, startScriptedBroker } from './scripted-broker.ts';

const nowUs = (): number => performance.now() * 1000;
const brokers: ScriptedBroker[] = [];
afterEach(async () => {
  await Promise.all(brokers.splice(0).map((broker) => broker.close()));
});

/** Metadata of topic `t` with so many partitions, all led by node 1. */
const partitioned = (port: number, count: number): ReturnType<typeof metadataOf> => {
  const metadata = metadataOf([port]);
  const [topic] = metadata.topics;
  const [first] = topic?.partitions ?? [];
  if (topic === undefined || first === undefined) throw new Error('metadata without a partition');
  const partitions = Array.from({ length: count }, (_, partitionIndex) => ({ ...first, partitionIndex }));
  return { ...metadata, topics: [{ ...topic, partitions }] };
};

/** A producer at a broker that answers as `script` says, and the requests that it got. */
const open = async (properties: Record<string, string>, script: Script = {}, partitions = 1) => {
  const requests: RequestOf<typeof produce>[] = [];
  /** The partition of each record that was settled. */
  const settled: number[] = [];
  const broker: ScriptedBroker = await startScriptedBroker({
    metadata: () => partitioned(broker.port, partitions),
    ...script,
    produce: (request, count) => {
      requests.push(request);
      const indexes = request.topicData.flatMap(({ partitionData }) => partitionData.map(({ index }) => index));
      const partitionResponses = indexes.map((index) => ({ index, errorCode: 0, baseOffset: 0 }));
      return script.produce?.(request, count) ?? { responses: [{ name: 't', partitionResponses }] };
    },
  });
  brokers.push(broker);
  const producer = await Producer.open({
    topic: 't',
    config: parseProducerProperties({ 'bootstrap.servers': broker.bootstrapServers, 'linger.ms': '0', ...properties }),
    nowUs,
    onSettled: ({ partition, recordCount }) => settled.push(...Array.from({ length: recordCount }, () => partition)),
    seed: 7,
  });
  onTestFinished(() => producer.close());
  const send = (count: number, sizeBytes = 100, partition = -1, key: string | null = null): void => {
    const keyBytes = key === null ? null : Buffer.from(key);
    for (let tag = 0; tag < count; tag++)
      producer.send(partition, 1_700_000_000_000, keyBytes, Buffer.alloc(sizeBytes), nowUs(), 0, tag);
  };
  const batches = () =>
    requests.flatMap(({ topicData }) =>
      topicData.flatMap(({ partitionData }) =>
        partitionData.map(({ index, records }) => ({ index, records: records ?? Buffer.alloc(0) })),
      ),
    );
  return { producer, requests, settled, send, batches };
};

describe('a request carries', () => {
  it.each([
    ['0', 0],
    ['1', 1],
    ['all', -1],
    ['-1', -1],
  ] as const)('acks=%s as it is', async (acks, wire) => {
    const { producer, requests, send } = await open({ acks });
    send(1);
    await producer.flush();
    await expect.poll(() => requests.map((request) => request.acks)).toEqual([wire]);
  });

  it('request.timeout.ms as the time that the broker may wait for replicas', async () => {
    const { producer, requests, send } = await open({ 'request.timeout.ms': '1234' });
    send(1);
    await producer.flush();
    expect(requests[0]?.timeoutMs).toBe(1234);
  });

  it('client.id, by which a broker knows the client', async () => {
    const broker = await startBroker();
    onTestFinished(() => broker.close());
    const fault = await broker.faults.fail({ api: 'Produce', clientId: 'mine' }, { error: 'MESSAGE_TOO_LARGE' });
    for (const [clientId, hits] of [
      ['other', 0],
      ['mine', 1],
    ] as const) {
      const producer = await Producer.open({
        topic: 't',
        config: parseProducerProperties({ 'bootstrap.servers': broker.bootstrapServers, 'client.id': clientId }),
        nowUs,
        onSettled: () => undefined,
      });
      producer.send(0, Date.now(), null, Buffer.from('v'), nowUs(), 0, 0);
      await producer.flush();
      producer.close();
      expect(await fault.hits()).toBe(hits);
    }
  });

  it('a producer id unless enable.idempotence is off or given up', async () => {
    for (const [properties, isIdempotent] of [
      [{}, true],
      [{ acks: '1' }, false],
      [{ retries: '0' }, false],
      [{ 'enable.idempotence': 'false' }, false],
    ] as const) {
      const { producer, batches, send } = await open(properties);
      send(1);
      await producer.flush();
      expect(batches().map(({ records }) => batchProducerId(records, 0) >= 0)).toEqual([isIdempotent]);
    }
  });

  it.each([
    ['gzip', 1],
    ['snappy', 2],
    ['lz4', 3],
    ['zstd', 4],
  ] as const)('batches in %s', async (codec, bits) => {
    const { producer, batches, send } = await open({ 'compression.type': codec });
    send(50);
    await producer.flush();
    for (const { records } of batches()) expect(batchAttributes(records, 0) & 7).toBe(bits);
  });

  it.each([
    ['gzip', 'compression.gzip.level', '1', '9'],
    ['lz4', 'compression.lz4.level', '9', '12'],
    ['zstd', 'compression.zstd.level', '-50', '19'],
    ['zstd', 'compression.zstd.level', '1', '22'],
  ] as const)('more effort of %s at a higher %s', async (codec, name, low, high) => {
    const sizeAt = async (level: string): Promise<number> => {
      const properties = { 'compression.type': codec, [name]: level, 'batch.size': '60000' };
      const { producer, batches } = await open({ ...properties, 'linger.ms': '60000' });
      const words = Array.from({ length: 5000 }, (_, index) => `word${(index * index) % 613}`).join(' ');
      producer.send(0, 1_700_000_000_000, null, Buffer.from(words), nowUs(), 0, 0);
      await producer.flush();
      return batches()[0]?.records.length ?? 0;
    };
    expect(await sizeAt(high)).toBeLessThan(await sizeAt(low));
  });
});

describe('how much goes out together is said by', () => {
  it('batch.size, for a partition', async () => {
    const { producer, batches, send } = await open({ 'batch.size': '1200', 'linger.ms': '60000' });
    send(25);
    await producer.flush();
    expect(batches().map(({ records }) => batchRecordCount(records, 0))).toEqual([10, 10, 5]);
  });

  it('linger.ms, of a batch that does not fill', async () => {
    const { batches, send } = await open({ 'linger.ms': '30' });
    const startedMs = performance.now();
    send(3);
    await expect.poll(() => batches().length).toBe(1);
    expect(performance.now() - startedMs).toBeGreaterThan(28);
    expect(batches().map(({ records }) => batchRecordCount(records, 0))).toEqual([3]);
  });

  it('max.request.size, for all partitions of a broker', async () => {
    const { producer, requests, send } = await open(
      { 'max.request.size': '3000', 'batch.size': '1200', 'linger.ms': '60000' },
      {},
      6,
    );
    for (let partition = 0; partition < 6; partition++) send(10, 100, partition);
    await producer.flush();
    const sizes = requests.map(({ topicData }) => topicData[0]?.partitionData.length);
    expect(sizes).toEqual([2, 2, 2]);
  });
});

describe('the partition of a record is chosen', () => {
  const indexesOf = async (properties: Record<string, string>, key: string | null): Promise<number[]> => {
    const { producer, batches, send } = await open({ 'batch.size': '200', ...properties }, {}, 4);
    for (let count = 0; count < 24; count++) {
      send(1, 150, -1, key);
      await producer.flush();
    }
    return batches().map(({ index }) => index);
  };

  it('by its key, or in turn by RoundRobinPartitioner', async () => {
    expect(new Set(await indexesOf({}, 'k')).size).toBe(1);
    const turns = await indexesOf({ 'partitioner.class': 'RoundRobinPartitioner' }, 'k');
    expect(turns).toEqual(turns.map((_, index) => ((turns[0] ?? 0) + index) % 4));
  });

  it('without its key when partitioner.ignore.keys says so', async () => {
    expect(new Set(await indexesOf({ 'partitioner.ignore.keys': 'true' }, 'k')).size).toBe(4);
  });

  it.each([
    ['rather where queues are short, adaptively', 'true', 0, 5],
    ['without regard to queues otherwise', 'false', 10, 40],
  ] as const)('%s', async (_, isAdaptive, least, most) => {
    const { producer, settled, send } = await open(
      { 'batch.size': '200', 'linger.ms': '60000', 'partitioner.adaptive.partitioning.enable': isAdaptive },
      { produce: () => 'silence' },
      4,
    );
    send(40, 150, 0);
    send(100, 150);
    producer.close();
    const inFirst = settled.filter((partition) => partition === 0).length - 40;
    expect(inFirst).toBeGreaterThanOrEqual(least);
    expect(inFirst).toBeLessThanOrEqual(most);
  });

  it('among brokers that take requests, by partitioner.availability.timeout.ms', async () => {
    const other = await startScriptedBroker({ metadata: () => twoNodes() });
    const stuck = await startScriptedBroker({ metadata: () => twoNodes(), produce: () => 'silence' });
    brokers.push(other, stuck);
    const twoNodes = (): ReturnType<typeof metadataOf> => {
      const metadata = partitioned(stuck.port, 2);
      const [topic] = metadata.topics;
      const partitions = (topic?.partitions ?? []).map((each) => ({ ...each, leaderId: each.partitionIndex + 1 }));
      return { ...metadataOf([stuck.port, other.port]), topics: [{ errorCode: 0, name: 't', partitions }] };
    };
    const chosen: number[] = [];
    const producer = await Producer.open({
      topic: 't',
      config: parseProducerProperties({
        'bootstrap.servers': stuck.bootstrapServers,
        'batch.size': '200',
        'linger.ms': '0',
        'max.in.flight.requests.per.connection': '1',
        'partitioner.availability.timeout.ms': '20',
      }),
      nowUs,
      onSettled: ({ partition, tags }) => {
        if (tags[0] === 1) chosen.push(partition);
      },
      seed: 7,
    });
    const send = (partition: number, tag: number): boolean =>
      producer.send(partition, Date.now(), null, Buffer.alloc(150), nowUs(), 0, tag);
    for (let count = 0; count < 3; count++) send(0, 0);
    await new Promise((resolve) => setTimeout(resolve, 50));
    for (let count = 0; count < 40; count++) send(-1, 1);
    producer.close();
    expect(chosen).toEqual(chosen.map(() => 1));
    expect(chosen).toHaveLength(40);
  });
});

describe('a producer waits', () => {
  it('retry.backoff.ms before it sends a batch again, and reconnect.backoff.ms before it connects again', async () => {
    const atMs: number[] = [];
    const { producer, send } = await open(
      { 'retry.backoff.ms': '1', 'reconnect.backoff.ms': '200', 'reconnect.backoff.max.ms': '200' },
      {
        produce: (_request, count) => {
          atMs.push(performance.now());
          return count === 0 ? 'drop' : produced(0);
        },
      },
    );
    send(1);
    await producer.flush();
    expect((atMs[1] ?? 0) - (atMs[0] ?? 0)).toBeGreaterThan(0.8 * 200 - 5);
  });

  it('metadata.max.age.ms before it asks for metadata although nothing went wrong', async () => {
    let asked = 0;
    const broker: ScriptedBroker = await startScriptedBroker({
      metadata: () => {
        asked++;
        return metadataOf([broker.port]);
      },
    });
    brokers.push(broker);
    const producer = await Producer.open({
      topic: 't',
      config: parseProducerProperties({
        'bootstrap.servers': broker.bootstrapServers,
        'metadata.max.age.ms': '100',
        'retry.backoff.ms': '1',
      }),
      nowUs,
      onSettled: () => undefined,
    });
    onTestFinished(() => producer.close());
    await expect.poll(() => asked, { timeout: 5000 }).toBeGreaterThan(3);
  });
});
