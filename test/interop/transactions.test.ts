import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  type BrokerProcess,
  createTopic,
  endOffsets,
  kafkajsClient,
  lines,
  needs,
  run,
  runKafkaTool,
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

/** Values that a read_committed kcat finds in all of a topic. */
const committed = async (topic: string): Promise<string[]> => {
  const { stdout } = await run('kcat', [
    ...['-C', '-b', broker.address, '-t', topic, '-o', 'beginning', '-e', '-q'],
    ...['-X', 'isolation.level=read_committed'],
  ]);
  return lines(stdout);
};

test('a kafkajs transaction is seen when it is committed and never when it is aborted', async (context) => {
  needs(context, 'kcat');
  const topic = 'txn-kafkajs';
  await createTopic(broker.address, topic, 2);
  const producer = kafkajsClient(broker.address).producer({ transactionalId: 'tx', maxInFlightRequests: 1 });
  await producer.connect();
  const expected: string[] = [];
  for (let round = 0; round < 6; round++) {
    const transaction = await producer.transaction();
    for (let index = 0; index < 3; index++) {
      const value = `${round}-${index}`;
      await transaction.send({ topic, messages: [{ key: value, value }] });
      if (round % 2 === 0) expected.push(value);
    }
    if (round % 2 === 0) await transaction.commit();
    else await transaction.abort();
  }
  await producer.disconnect();
  expect((await committed(topic)).sort()).toEqual(expected.sort());
});

test('offsets that kafkajs commits in a transaction count when it is committed', async () => {
  const [from, to, groupId] = ['txn-from', 'txn-to', 'txn-group'];
  await createTopic(broker.address, from);
  await createTopic(broker.address, to);
  const kafka = kafkajsClient(broker.address);
  const producer = kafka.producer({ transactionalId: 'tx-offsets', maxInFlightRequests: 1 });
  const admin = kafka.admin();
  await Promise.all([producer.connect(), admin.connect()]);
  const offsetOf = async () => (await admin.fetchOffsets({ groupId, topics: [from] }))[0]?.partitions[0]?.offset;
  const commit = async (offset: string, isCommit: boolean) => {
    const transaction = await producer.transaction();
    await transaction.send({ topic: to, messages: [{ value: offset }] });
    await transaction.sendOffsets({
      consumerGroupId: groupId,
      topics: [{ topic: from, partitions: [{ partition: 0, offset }] }],
    });
    if (isCommit) await transaction.commit();
    else await transaction.abort();
  };

  await commit('5', true);
  expect(await offsetOf()).toBe('5');
  await commit('9', false);
  expect(await offsetOf()).toBe('5');
  await commit('12', true);
  expect(await offsetOf()).toBe('12');
  await Promise.all([producer.disconnect(), admin.disconnect()]);
});

test("Kafka's transactional ProducerPerformance leaves every record where read_committed consumers find it", async (context) => {
  needs(context, 'java', 'mvn', 'kcat');
  const topic = 'txn-java';
  await createTopic(broker.address, topic);
  const { stdout } = await runKafkaTool('org.apache.kafka.tools.ProducerPerformance', [
    ...['--topic', topic, '--num-records', '100000', '--record-size', '50', '--throughput', '-1'],
    ...['--transactional-id', 'perf', '--transaction-duration-ms', '100'],
    ...['--producer-props', `bootstrap.servers=${broker.address}`],
  ]);
  expect(stdout).toContain('100000 records sent');
  // Markers take offsets, too.
  expect((await endOffsets(broker.address, topic))[0]).toBeGreaterThan(100_000);
  expect(await committed(topic)).toHaveLength(100_000);
});

test("Kafka's TransactionsCommand lists and describes transactions", async (context) => {
  needs(context, 'java', 'mvn');
  const topic = 'txn-described';
  await createTopic(broker.address, topic);
  const producer = kafkajsClient(broker.address).producer({ transactionalId: 'open-one', maxInFlightRequests: 1 });
  await producer.connect();
  const transaction = await producer.transaction();
  await transaction.send({ topic, messages: [{ value: 'v' }] });
  const tool = async (...args: string[]) =>
    (await runKafkaTool('org.apache.kafka.tools.TransactionsCommand', ['--bootstrap-server', broker.address, ...args]))
      .stdout;
  expect(await tool('list')).toMatch(/open-one\s+\d+\s+\d+\s+Ongoing/);
  expect(await tool('describe', '--transactional-id', 'open-one')).toMatch(/Ongoing.*txn-described-0/);
  expect(await tool('describe-producers', '--topic', topic, '--partition', '0')).toMatch(/^\d+\s+0\s/m);
  await transaction.abort();
  expect(await tool('describe', '--transactional-id', 'open-one')).toMatch(/CompleteAbort/);
  await producer.disconnect();
});
