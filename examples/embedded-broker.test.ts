import { Kafka, logLevel } from 'kafkajs';
import { type EmbeddedBroker, startBroker } from 'spillway';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';

let broker: EmbeddedBroker;
let kafka: Kafka;

beforeAll(async () => {
  broker = await startBroker({ config: { 'group.initial.rebalance.delay.ms': 0 } });
  kafka = new Kafka({
    brokers: [broker.bootstrapServers],
    logLevel: logLevel.NOTHING,
    retry: { initialRetryTime: 10 },
  });
});
afterEach(() => broker.faults.clear());
afterAll(() => broker.close());

/** The code under test. */
const placeOrders = async (topic: string, orders: readonly string[]): Promise<void> => {
  const producer = kafka.producer({ idempotent: true, retry: { initialRetryTime: 10 } });
  await producer.connect();
  await producer.send({ topic, messages: orders.map((value) => ({ value })) });
  await producer.disconnect();
};

/** Reads a topic from its beginning until so many orders have come. */
const readOrders = async (topic: string, count: number): Promise<string[]> => {
  const consumer = kafka.consumer({ groupId: `readers-of-${topic}` });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  const orders: string[] = [];
  await new Promise<void>((resolve, reject) => {
    const eachMessage = async ({ message }: { message: { value: Buffer | null } }): Promise<void> => {
      orders.push(String(message.value));
      if (orders.length === count) resolve();
    };
    consumer.run({ eachMessage }).catch(reject);
  });
  await consumer.disconnect();
  return orders;
};

it('places orders', async () => {
  await broker.createTopics(['plain']);
  await placeOrders('plain', ['tea', 'milk']);
  expect(await readOrders('plain', 2)).toEqual(['tea', 'milk']);
});

it('places orders while the leader of the partition changes', async () => {
  await broker.createTopics(['moving']);
  const fault = await broker.faults.fail(
    { api: 'Produce', topic: 'moving' },
    { error: 'NOT_LEADER_OR_FOLLOWER', times: 2 },
  );
  await placeOrders('moving', ['tea']);
  expect(await fault.hits()).toBe(2);
  expect(await readOrders('moving', 1)).toEqual(['tea']);
});

it('places an order once when the acknowledgement is lost', async () => {
  await broker.createTopics(['once']);
  const fault = await broker.faults.drop({ api: 'Produce', topic: 'once' }, { when: 'after', times: 1 });
  await placeOrders('once', ['tea']);
  await placeOrders('once', ['milk']);
  expect(await fault.hits()).toBe(1);
  expect(await readOrders('once', 2)).toEqual(['tea', 'milk']);
});
