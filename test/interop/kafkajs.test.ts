import { CompressionTypes } from 'kafkajs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  type BrokerProcess,
  createTopic,
  endOffsets,
  kafkajsClient,
  lines,
  needs,
  run,
  startBroker,
  temporaryDirectory,
} from './support.ts';

let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
let broker: BrokerProcess;

beforeAll(async () => {
  directory = await temporaryDirectory();
  broker = await startBroker(directory.path);
});

afterAll(async () => {
  await broker?.end();
  await directory?.remove();
});

const messages = Array.from({ length: 5_000 }, (_, index) => ({
  key: `key-${index}`,
  value: `value-${index}-é-日本-𝄞`,
  headers: { index: String(index) },
  timestamp: String(1_700_000_000_000 + index),
}));

for (const acks of [0, 1, -1]) {
  test(`a kafkajs producer with acks ${acks} leaves every record in the log`, async () => {
    const topic = `kafkajs-acks${acks}`;
    await createTopic(broker.address, topic);
    const producer = kafkajsClient(broker.address).producer();
    await producer.connect();

    await producer.send({ topic, messages: messages.slice(0, 2_500), acks });
    await producer.send({ topic, messages: messages.slice(2_500), acks });
    await producer.disconnect();

    await expect.poll(() => endOffsets(broker.address, topic), { timeout: 10_000 }).toEqual([messages.length]);
  });
}

test('an idempotent kafkajs producer leaves every record in the log', async () => {
  const topic = 'kafkajs-idempotent';
  await createTopic(broker.address, topic, 2);
  const producer = kafkajsClient(broker.address).producer({ idempotent: true });
  await producer.connect();

  for (let start = 0; start < messages.length; start += 500) {
    await producer.send({ topic, messages: messages.slice(start, start + 500) });
  }
  await producer.disconnect();

  const offsets = await endOffsets(broker.address, topic);
  expect(offsets.reduce((sum, offset) => sum + offset, 0)).toBe(messages.length);
});

test('what kafkajs wrote, kcat reads: offsets, times, keys, values and headers', async (context) => {
  needs(context, 'kcat');
  const topic = 'kafkajs-to-kcat';
  await createTopic(broker.address, topic);
  const producer = kafkajsClient(broker.address).producer();
  await producer.connect();
  const sent = await producer.send({ topic, messages });
  await producer.disconnect();

  const format = '%o|%T|%k|%s|%h\n';
  const read = await run('kcat', [
    '-C',
    '-q',
    '-e',
    '-o',
    'beginning',
    '-b',
    broker.address,
    '-t',
    topic,
    '-f',
    format,
  ]);

  expect(sent[0]?.baseOffset).toBe('0');
  expect(lines(read.stdout)).toEqual(
    messages.map(({ key, value, timestamp }, index) => `${index}|${timestamp}|${key}|${value}|index=${index}`),
  );
});

test('kafkajs finds offsets by time', async () => {
  const topic = 'kafkajs-times';
  await createTopic(broker.address, topic);
  const kafka = kafkajsClient(broker.address);
  const producer = kafka.producer();
  await producer.connect();
  await producer.send({ topic, messages });
  await producer.disconnect();

  const admin = kafka.admin();
  await admin.connect();
  const found = await admin.fetchTopicOffsetsByTimestamp(topic, 1_700_000_000_000 + 1_234);
  await admin.disconnect();

  expect(found).toEqual([{ partition: 0, offset: '1234' }]);
});

test('kafkajs makes topics, adds partitions to one and deletes it', async () => {
  const topic = 'kafkajs-admin';
  const admin = kafkajsClient(broker.address).admin();
  await admin.connect();

  expect(await admin.createTopics({ topics: [{ topic, numPartitions: 2, replicationFactor: 1 }] })).toBe(true);
  expect(await admin.createTopics({ topics: [{ topic, numPartitions: 2, replicationFactor: 1 }] })).toBe(false);
  await admin.createPartitions({ topicPartitions: [{ topic, count: 5 }] });
  const metadata = await admin.fetchTopicMetadata({ topics: [topic] });
  expect(metadata.topics[0]?.partitions).toHaveLength(5);

  await admin.deleteTopics({ topics: [topic] });
  expect(await admin.listTopics()).not.toContain(topic);
  await admin.disconnect();
});

test('a gzip batch from kafkajs is read back by kcat as it was written', async (context) => {
  needs(context, 'kcat');
  const topic = 'kafkajs-gzip';
  await createTopic(broker.address, topic);
  const producer = kafkajsClient(broker.address).producer();
  await producer.connect();
  await producer.send({ topic, messages, compression: CompressionTypes.GZIP });
  await producer.disconnect();

  const read = await run('kcat', ['-C', '-q', '-e', '-o', 'beginning', '-b', broker.address, '-t', topic]);

  expect(lines(read.stdout)).toEqual(messages.map(({ value }) => value));
});

test('a record larger than the topic takes is refused by name', async () => {
  const topic = 'kafkajs-large';
  await createTopic(broker.address, topic);
  const producer = kafkajsClient(broker.address).producer({ retry: { retries: 0 } });
  await producer.connect();

  const send = producer.send({ topic, messages: [{ value: Buffer.alloc(2 * 1024 * 1024) }] });

  await expect(send).rejects.toMatchObject({ type: 'MESSAGE_TOO_LARGE' });
  await producer.disconnect();
  expect(await endOffsets(broker.address, topic)).toEqual([0]);
});
