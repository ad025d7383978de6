import { Admin, Consumer, Producer, stringDeserializers, stringSerializers } from '@platformatic/kafka';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type BrokerProcess, startBroker, temporaryDirectory } from './support.ts';

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

const base = () => ({ clientId: 'interop', bootstrapBrokers: [broker.address], retries: 5 });
const newProducer = (options: { idempotent?: boolean; transactionalId?: string } = {}) =>
  new Producer({ ...base(), ...options, serializers: stringSerializers });
const newConsumer = (groupId: string) =>
  new Consumer({
    ...base(),
    groupId,
    sessionTimeout: 10_000,
    heartbeatInterval: 500,
    rebalanceTimeout: 10_000,
    maxWaitTime: 200,
    deserializers: stringDeserializers,
  });

const makeTopic = async (topic: string, partitions = 1): Promise<void> => {
  const admin = new Admin(base());
  await admin.createTopics({ topics: [topic], partitions, replicas: 1 });
  await admin.close();
};

/** Consumes so many values from the beginning of a topic, or from what the group committed. */
const take = async (groupId: string, topic: string, count: number): Promise<string[]> => {
  const consumer = newConsumer(groupId);
  const stream = await consumer.consume({
    topics: [topic],
    mode: 'committed',
    fallbackMode: 'earliest',
    autocommit: true,
  });
  const values: string[] = [];
  for await (const message of stream) {
    values.push(String(message.value));
    if (values.length === count) break;
  }
  await consumer.close(true);
  return values;
};

test('@platformatic/kafka reads back what it wrote, and a group goes on where it was', async () => {
  const topic = 'platformatic';
  await makeTopic(topic, 2);
  const producer = newProducer();
  const values = Array.from({ length: 200 }, (_, index) => `value-${index}-日本`);
  const send = (some: readonly string[]) =>
    producer.send({ messages: some.map((value) => ({ topic, key: value, value, headers: { h: 'x' } })), acks: -1 });
  await send(values.slice(0, 100));
  expect((await take('platformatic-group', topic, 100)).sort()).toEqual(values.slice(0, 100).sort());
  await send(values.slice(100));
  expect((await take('platformatic-group', topic, 100)).sort()).toEqual(values.slice(100).sort());
  await producer.close();
});

test('an idempotent @platformatic/kafka producer leaves every record once', async () => {
  const topic = 'platformatic-idempotent';
  await makeTopic(topic);
  const producer = newProducer({ idempotent: true });
  for (let round = 0; round < 20; round++)
    await producer.send({ messages: [{ topic, key: 'k', value: String(round) }], acks: -1 });
  await producer.close();
  expect(await take('platformatic-once', topic, 20)).toEqual(Array.from({ length: 20 }, (_, index) => String(index)));
});

test('@platformatic/kafka commits and aborts transactions', async () => {
  const topic = 'platformatic-txn';
  await makeTopic(topic);
  const producer = newProducer({ idempotent: true, transactionalId: 'platformatic-tx' });
  for (const isCommit of [true, false, true]) {
    const transaction = await producer.beginTransaction();
    await transaction.send({ messages: [{ topic, key: 'k', value: String(isCommit) }] });
    if (isCommit) await transaction.commit();
    else await transaction.abort();
  }
  await producer.close();
  const admin = new Admin(base());
  // Three records and three markers.
  const offsets = await admin.listOffsets({
    topics: [{ name: topic, partitions: [{ partitionIndex: 0, timestamp: -1n }] }],
  });
  expect(offsets[0]?.partitions[0]?.offset).toBe(6n);
  await admin.close();
});

test('two members of a @platformatic/kafka group share the partitions', async () => {
  const topic = 'platformatic-shared';
  await makeTopic(topic, 4);
  const consumers = [newConsumer('platformatic-pair'), newConsumer('platformatic-pair')];
  const streams = await Promise.all(
    consumers.map((consumer) => consumer.consume({ topics: [topic], mode: 'earliest', autocommit: true })),
  );
  const partitions = () =>
    consumers.map((consumer) => (consumer.assignments ?? []).flatMap((assigned) => assigned.partitions).length);
  await expect.poll(partitions, { timeout: 20_000 }).toEqual([2, 2]);
  for (const stream of streams) await stream.close();
  await Promise.all(consumers.map((consumer) => consumer.close(true)));
});

test("@platformatic/kafka's admin sees topics and groups", async () => {
  const admin = new Admin(base());
  expect(await admin.listTopics()).toContain('platformatic');
  const groups = await admin.describeGroups({ groups: ['platformatic-group'] });
  expect(groups.get('platformatic-group')).toMatchObject({ state: 'EMPTY' });
  await admin.deleteGroups({ groups: ['platformatic-group'] });
  await admin.deleteTopics({ topics: ['platformatic-idempotent'] });
  expect(await admin.listTopics()).not.toContain('platformatic-idempotent');
  await admin.close();
});
