import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { type EmbeddedBroker, startBroker } from '../../src/broker/embedded/start-broker.ts';
import { committedOffsets } from '../../src/client/admin/group-offsets.ts';
import { openAdmin } from '../../src/client/admin.ts';
import { Consumer } from '../../src/client/consumer.ts';
import { partitionForKey } from '../../src/client/partitioning/key-hash.ts';
import { parseConsumerProperties } from '../../src/client/properties/consumer-properties.ts';
import { createProducer, type ProducerInterceptor, type ProducerRecord } from '../../src/client/record-producer.ts';
import { jsonSerializer, stringSerializer } from '../../src/client/serializers.ts';
import { readNumbers } from './transactions/support.ts';

const PARTITIONS = 3;

let broker: EmbeddedBroker;
let topicCount = 0;

beforeAll(async () => {
  broker = await startBroker({ config: { 'num.partitions': String(PARTITIONS) } });
  return () => broker.close();
});

const newTopic = (): string => `records-${topicCount++}`;
const properties = (more: Record<string, string> = {}): Record<string, string> => ({
  'bootstrap.servers': broker.bootstrapServers,
  'linger.ms': '0',
  ...more,
});

/** Keys and values of the `count` records in a topic, as text. */
const read = async (topic: string, count: number): Promise<[partition: number, key: string, value: string][]> => {
  const found: [number, string, string][] = [];
  const consumer = await Consumer.open({
    topic,
    config: parseConsumerProperties({
      'bootstrap.servers': broker.bootstrapServers,
      'auto.offset.reset': 'earliest',
    }),
    partitions: null,
    onRecord: (bytes, partition, _offset, _timestampMs, keyStart, keyEnd, valueStart, valueEnd) => {
      const key = keyStart < 0 ? '' : bytes.toString('utf8', keyStart, keyEnd);
      found.push([partition, key, bytes.toString('utf8', valueStart, valueEnd)]);
      return found.length < count;
    },
  });
  await consumer.run();
  consumer.close();
  return found;
};

describe("a program's producer", () => {
  it('says of each record where it is', async () => {
    const topic = newTopic();
    await using producer = await createProducer({ properties: properties() });
    const sent = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        producer.send({ topic, value: String(index), partition: index % 2, timestampMs: 1_700_000_000_000 + index }),
      ),
    );
    expect(sent[7]).toEqual({ topic, partition: 1, offset: 3, timestampMs: 1_700_000_000_007 });
    expect(sent.map(({ partition, offset }) => offset * 2 + partition)).toEqual(sent.map((_, index) => index));
    expect(await producer.partitionCount(topic)).toBe(PARTITIONS);
    const late = await producer.send({ topic, key: 'k', value: null });
    expect(late.partition).toBe(partitionForKey(Buffer.from('k'), PARTITIONS));
  });

  it('sends to several topics, over one connection to each broker and within one buffer.memory', async () => {
    const topics = [newTopic(), newTopic(), newTopic()];
    const small = properties({ 'batch.size': '512', 'buffer.memory': '2048' });
    await using producer = await createProducer({ properties: small });
    const sent = await Promise.all(
      Array.from({ length: 300 }, (_, index) =>
        producer.send({ topic: topics[index % 3] ?? '', value: 'x'.repeat(100), partition: 0 }),
      ),
    );
    expect(new Set(sent.map(({ topic, offset }) => `${topic} ${offset}`)).size).toBe(300);
    for (const topic of topics) expect(await read(topic, 100)).toHaveLength(100);
  });

  it('serializes keys and values, and rejects the record that has no form', async () => {
    const topic = newTopic();
    await using producer = await createProducer<string | null, unknown>({
      properties: properties(),
      keySerializer: stringSerializer,
      valueSerializer: jsonSerializer,
    });
    await producer.send({ topic, key: 'größe', value: { cm: 5 }, partition: 0, headers: [['h', Buffer.from('x')]] });
    await expect(producer.send({ topic, value: undefined })).rejects.toThrow('a undefined has no form in JSON');
    expect(await read(topic, 1)).toEqual([[0, 'größe', '{"cm":5}']]);
  });

  it('shows records to interceptors before they are sent, and their fate afterwards', async () => {
    const topic = newTopic();
    const seen: string[] = [];
    const marking = (mark: string): ProducerInterceptor<string | Uint8Array | null, string | Uint8Array | null> => ({
      onSend: (record) => ({ ...record, value: `${String(record.value)}${mark}` }),
      onAcknowledgement: ({ offset }, error) => seen.push(`${mark} ${offset} ${error?.name ?? 'ok'}`),
    });
    const interceptors = [marking('a'), marking('b'), { onSend: <R>(record: R): R => record }];
    await using producer = await createProducer({ properties: properties(), interceptors });
    await producer.send({ topic, value: 'v', partition: 0 });
    await expect(producer.send({ topic, value: 'v', partition: 9 })).rejects.toThrow('has no partition 9: it has 3');
    expect(seen).toEqual(['a 0 ok', 'b 0 ok', 'a -1 UNKNOWN_TOPIC_OR_PARTITION', 'b -1 UNKNOWN_TOPIC_OR_PARTITION']);
    expect(await read(topic, 1)).toEqual([[0, '', 'vab']]);
  });

  it('lets a function choose partitions', async () => {
    const topic = newTopic();
    await using producer = await createProducer({
      properties: properties(),
      partitioner: (key, _value, partitionCount) => (key?.[0] ?? 0) % partitionCount,
    });
    const { partition } = await producer.send({ topic, key: Uint8Array.of(5), value: 'v' });
    expect(partition).toBe(2);
  });

  it('rejects what the broker refuses, and sends the next record', async () => {
    const topic = newTopic();
    await using producer = await createProducer({ properties: properties() });
    await producer.send({ topic, value: 'first', partition: 0 });
    const fault = await broker.faults.fail({ api: 'Produce', topic }, { error: 'MESSAGE_TOO_LARGE', times: 1 });
    await expect(producer.send({ topic, value: 'second', partition: 0 })).rejects.toMatchObject({
      name: 'MESSAGE_TOO_LARGE',
      code: 10,
    });
    await fault.remove();
    expect(await producer.send({ topic, value: 'third', partition: 0 })).toMatchObject({ offset: 1 });
    await producer.close();
    await expect(producer.send({ topic, value: 'late' })).rejects.toThrow('the producer is closed');
  });

  it('rejects a record that finds no room within max.block.ms', async () => {
    const topic = newTopic();
    const tight = properties({ 'batch.size': '512', 'buffer.memory': '1024', 'max.block.ms': '50' });
    const producer = await createProducer({ properties: tight });
    onTestFinished(() => producer.close());
    await producer.send({ topic, value: 'v', partition: 0 });
    const fault = await broker.faults.delay({ api: 'Produce', topic }, { ms: 400 });
    const value = 'x'.repeat(300);
    const sent = await Promise.allSettled(
      Array.from({ length: 8 }, () => producer.send({ topic, value, partition: 0 })),
    );
    await fault.remove();
    const failures = sent.flatMap((each) => (each.status === 'rejected' ? [String(each.reason)] : []));
    expect(failures.length).toBeGreaterThan(0);
    for (const failure of failures) expect(failure).toContain('no room in buffer.memory=1024 within max.block.ms=50');
  });

  it('writes transactions over several topics, with the offsets of a group', async () => {
    const [one, other] = [newTopic(), newTopic()];
    const producer = await createProducer({ properties: properties({ 'transactional.id': 'program' }) });
    onTestFinished(() => producer.close());
    const send = (topic: string, from: number): Promise<unknown>[] =>
      Array.from({ length: 9 }, (_, index) => {
        const record: ProducerRecord<string, string> = {
          topic,
          value: String(from + index),
          partition: (from + index) % PARTITIONS,
        };
        return producer.send(record);
      });
    await expect(producer.send({ topic: one, value: 'v' })).rejects.toThrow('begin one before sending');
    for (const [from, end] of [
      [0, 'commit'],
      [9, 'abort'],
      [18, 'commit'],
    ] as const) {
      producer.beginTransaction();
      const sent = Promise.allSettled([...send(one, from), ...send(other, from)]);
      await producer.sendOffsets([{ topic: one, partition: 0, offset: from + 1 }], 'g');
      if (end === 'commit') await producer.commitTransaction();
      else await producer.abortTransaction();
      const failed = (await sent).filter(({ status }) => status === 'rejected');
      if (end === 'commit') expect(failed).toEqual([]);
    }
    const expected = [
      [0, 3, 6, 18, 21, 24],
      [1, 4, 7, 19, 22, 25],
      [2, 5, 8, 20, 23, 26],
    ];
    expect(await readNumbers(broker.bootstrapServers, one)).toEqual(expected);
    expect(await readNumbers(broker.bootstrapServers, other)).toEqual(expected);
    const admin = openAdmin({ bootstrapServers: broker.bootstrapServers, properties: {} });
    onTestFinished(() => admin.close());
    const [committed] = await committedOffsets(admin.access, 'g');
    expect(committed).toMatchObject({ topic: one, partition: 0, offset: 19 });
  });

  it('aborts an open transaction when it is closed', async () => {
    const topic = newTopic();
    const producer = await createProducer({ properties: properties({ 'transactional.id': 'closing' }) });
    producer.beginTransaction();
    await producer.send({ topic, value: '1', partition: 0 });
    await producer.close();
    expect(await readNumbers(broker.bootstrapServers, topic)).toEqual([[], [], []]);
  });

  it('has no transactions without a transactional.id', async () => {
    await using producer = await createProducer({ properties: properties() });
    expect(() => producer.beginTransaction()).toThrow('give it a transactional.id');
  });
});
