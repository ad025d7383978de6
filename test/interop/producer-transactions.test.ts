/** Our transactional producer at a real Kafka node, read back by Kafka's own consumer with read_committed. */
import { afterAll, expect, test } from 'vitest';
import { openAdmin } from '../../src/client/admin.ts';
import { openTransactional, readNumbers } from '../client/transactions/support.ts';
import { type RealKafka, realKafka } from './real-kafka.ts';
import { kafkajsClient, lines, needs, runKafkaTool } from './support.ts';

const PARTITIONS = 3;
const TOPIC = 'transactions';
const GROUP = 'offsets-of-transactions';

let kafka: RealKafka | null = null;
afterAll(async () => {
  await kafka?.remove();
});

const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, index) => from + index);
const inPartitions = (numbers: readonly number[]): number[][] =>
  range(0, PARTITIONS).map((partition) => numbers.filter((number) => number % PARTITIONS === partition));

test('what our producer commits is what a real Kafka shows to those who read committed records', async (context) => {
  needs(context, 'java', 'mvn');
  kafka = await realKafka();
  const address = await kafka.start();
  const admin = openAdmin({ bootstrapServers: address, properties: {} });
  await admin.createTopic(TOPIC, PARTITIONS, 1, { 'max.message.bytes': '2000' });
  admin.close();
  const first = await openTransactional(address, TOPIC);
  const { producer, transactions, send } = first;
  const offsetOf = async (): Promise<string | undefined> => {
    const groups = kafkajsClient(address).admin();
    await groups.connect();
    const [fetched] = await groups.fetchOffsets({ groupId: GROUP, topics: [TOPIC] });
    await groups.disconnect();
    return fetched?.partitions.find(({ partition }) => partition === 0)?.offset;
  };

  // Commits and aborts, one directly after the other.
  for (let round = 0; round < 6; round++) {
    transactions.begin();
    await send(round * 60, round * 60 + 60);
    if (round % 3 === 2) await transactions.abort();
    else {
      await transactions.sendOffsets([{ topic: TOPIC, partition: 0, offset: round + 1 }], { groupId: GROUP });
      await transactions.commit();
    }
  }
  expect(await offsetOf()).toBe('5');
  transactions.begin();
  await transactions.sendOffsets([{ topic: TOPIC, partition: 0, offset: 99 }], { groupId: GROUP });
  await transactions.abort();
  expect(await offsetOf()).toBe('5');

  // A batch that is too large loses its transaction, and the producer goes on in the next epoch.
  const { epoch } = transactions.identity;
  transactions.begin();
  await send(360, 390);
  producer.send(0, Date.now(), null, Buffer.alloc(3000), 0, 0, 390);
  await expect(transactions.commit()).rejects.toMatchObject({ name: 'MESSAGE_TOO_LARGE', isAbortable: true });
  await transactions.abort();
  expect(transactions.identity.epoch).toBe(epoch + 1);
  transactions.begin();
  await send(420, 450);
  await transactions.commit();

  // The next producer of the transactional id fences this one, and aborts what it left open.
  transactions.begin();
  await send(450, 480);
  await producer.flush();
  const second = await openTransactional(address, TOPIC);
  await expect(transactions.commit()).rejects.toThrow(/PRODUCER_FENCED|INVALID_PRODUCER_EPOCH/);
  await expect(transactions.commit()).rejects.toMatchObject({ isAbortable: false });
  second.transactions.begin();
  await second.send(480, 510);
  await second.transactions.commit();
  producer.close();
  second.producer.close();

  const expected = [...range(0, 120), ...range(180, 300), ...range(420, 450), ...range(480, 510)];
  expect(await readNumbers(address, TOPIC)).toEqual(inPartitions(expected));
  const { stdout } = await runKafkaTool('org.apache.kafka.tools.consumer.ConsoleConsumer', [
    ...['--bootstrap-server', address, '--topic', TOPIC, '--from-beginning', '--isolation-level', 'read_committed'],
    ...['--max-messages', String(expected.length + PARTITIONS), '--timeout-ms', '20000'],
  ]);
  const java = lines(stdout).filter((line) => line !== 'end');
  expect(java.map(Number).sort((left, right) => left - right)).toEqual(expected);
});
