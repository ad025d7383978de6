/** Kafka's own clients speak the consumer group protocol of KIP-848 with this broker. */
import { readdirSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { consumerGroupHeartbeat } from '../../src/protocol/messages/consumer-group-heartbeat.ts';
import { Wire } from '../broker/wire.ts';
import { kafkaJava } from './kafka-java.ts';
import { runCoreTool } from './real-kafka.ts';
import {
  type BrokerProcess,
  createTopic,
  kafkajsClient,
  lines,
  needs,
  run,
  runKafkaTool,
  start,
  startBroker,
  startSpillway,
  temporaryDirectory,
} from './support.ts';

/** Members are told to come often, so that rebalances are over soon. */
const ARGS = ['--config', 'group.consumer.heartbeat.interval.ms=300'];

let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
let broker: BrokerProcess;

beforeAll(async () => {
  directory = await temporaryDirectory();
  broker = await startBroker(directory.path, { args: ARGS });
});

afterAll(async () => {
  await broker?.end();
  await directory?.remove();
});

const fill = async (topic: string, partitionCount: number, recordCount: number): Promise<void> => {
  const producer = kafkajsClient(broker.address).producer();
  await producer.connect();
  const messages = Array.from({ length: recordCount }, (_, index) => ({
    value: `value-${index}`,
    partition: index % partitionCount,
  }));
  await producer.send({ topic, messages });
  await producer.disconnect();
};

type Event = { readonly name: string; readonly count?: number; readonly partitions?: readonly object[] };

/** A VerifiableConsumer of Kafka's, and what it says. */
class Verifiable {
  readonly #running: ReturnType<typeof start>;
  #printed = '';

  constructor(group: string, topic: string, ...args: string[]) {
    this.#running = start(
      'java',
      [
        ...[...kafkaJava(), 'org.apache.kafka.tools.VerifiableConsumer'],
        ...['--bootstrap-server', broker.address, '--topic', topic, '--group-id', group],
        ...['--reset-policy', 'earliest', '--group-protocol', 'consumer', ...args],
      ],
      '',
      90_000,
    );
    this.#running.child.stdout?.on('data', (chunk: string) => {
      this.#printed += chunk;
    });
  }

  get events(): readonly Event[] {
    const whole = this.#printed.slice(0, this.#printed.lastIndexOf('\n') + 1);
    return lines(whole).flatMap((line) => (line.startsWith('{') ? [JSON.parse(line)] : []));
  }

  get recordCount(): number {
    const counts = this.events.map(({ name, count }) => (name === 'records_consumed' ? (count ?? 0) : 0));
    return counts.reduce((sum, count) => sum + count, 0);
  }

  /** How many partitions it has; the consumer is told of those that are added and of those that go. */
  get partitionCount(): number {
    let count = 0;
    for (const { name, partitions = [] } of this.events) {
      if (name === 'partitions_assigned') count += partitions.length;
      if (name === 'partitions_revoked') count -= partitions.length;
    }
    return count;
  }

  /** Ends it as an operator would: it leaves the group. */
  async end(): Promise<void> {
    this.#running.child.kill('SIGTERM');
    await this.#running.finished;
  }
}

/** The rows that ConsumerGroupCommand prints, by column. */
const table = (stdout: string): Map<string, string>[] => {
  const rows = lines(stdout)
    .filter((line) => line.trim() !== '')
    .map((line) => line.trim().split(/\s+/));
  const header = rows.findIndex((row) => row[0] === 'GROUP');
  const names = rows[header] ?? [];
  return rows.slice(header + 1).map((row) => new Map(names.map((name, index) => [name, row[index] ?? ''])));
};

const describeGroup = async (group: string, ...args: string[]) => {
  const { stdout } = await runKafkaTool('org.apache.kafka.tools.consumer.group.ConsumerGroupCommand', [
    ...['--bootstrap-server', broker.address, '--timeout', '20000', '--describe', '--group', group, ...args],
  ]);
  return table(stdout);
};

const patience = { timeout: 45_000, interval: 200 };

test("Kafka's consumers share a topic, outlive a killed broker, and hand partitions over", async (context) => {
  needs(context, 'java', 'mvn');
  await createTopic(broker.address, 'shared', 4);
  await fill('shared', 4, 400);
  const one = new Verifiable('java-848', 'shared');
  const two = new Verifiable('java-848', 'shared');
  await expect.poll(() => [one.partitionCount, two.partitionCount], patience).toEqual([2, 2]);
  await expect.poll(() => one.recordCount + two.recordCount, patience).toBeGreaterThanOrEqual(400);

  const [state] = await describeGroup('java-848', '--state', '--verbose');
  expect([state?.get('STATE'), state?.get('#MEMBERS'), state?.get('ASSIGNMENT-STRATEGY')]).toEqual([
    'Stable',
    '2',
    'uniform',
  ]);
  const members = await describeGroup('java-848', '--members', '--verbose');
  expect(members.map((row) => [row.get('HOST'), row.get('#PARTITIONS')])).toEqual([
    ['/127.0.0.1', '2'],
    ['/127.0.0.1', '2'],
  ]);

  await broker.end('SIGKILL');
  broker = await startBroker(directory.path, { listen: broker.address, args: ARGS });
  const readBefore = one.recordCount + two.recordCount;
  await fill('shared', 4, 400);
  await expect.poll(() => one.recordCount + two.recordCount - readBefore, patience).toBeGreaterThanOrEqual(400);
  await two.end();
  await expect.poll(() => one.partitionCount, patience).toBe(4);
  await one.end();
  const lag = await describeGroup('java-848');
  expect(lag.map((row) => row.get('LAG'))).toEqual(['0', '0', '0', '0']);
});

test("Kafka's ConsoleConsumer reads with the range assignor as a static member", async (context) => {
  needs(context, 'java', 'mvn');
  await createTopic(broker.address, 'console', 2);
  await fill('console', 2, 50);
  const properties = [
    'group.protocol=consumer',
    'group.remote.assignor=range',
    'group.instance.id=i',
    'group.id=c-848',
  ];

  const { stdout } = await runKafkaTool('org.apache.kafka.tools.consumer.ConsoleConsumer', [
    ...['--bootstrap-server', broker.address, '--topic', 'console', '--from-beginning'],
    ...['--max-messages', '50', '--timeout-ms', '30000'],
    ...properties.flatMap((property) => ['--consumer-property', property]),
  ]);

  const expected = Array.from({ length: 50 }, (_, index) => `value-${index}`);
  expect(lines(stdout).toSorted()).toEqual(expected.toSorted());
});

test("Kafka's DumpLogSegments and ours print the records of consumer groups alike", async (context) => {
  needs(context, 'java', 'mvn');
  await createTopic(broker.address, 'dumped');
  const [host = '', port = ''] = broker.address.split(':');
  const wire = await Wire.open({ host, port: Number(port) });
  await wire.ask(consumerGroupHeartbeat, 1, {
    ...{ groupId: 'dumped', memberId: 'm', memberEpoch: 0, rebalanceTimeoutMs: 1000 },
    ...{ subscribedTopicNames: ['dumped'], topicPartitions: [] },
  });
  const folders = readdirSync(directory.path).filter((name) => name.startsWith('__consumer_offsets-'));
  const files = folders.map((name) => `${directory.path}/${name}/00000000000000000000.log`).join(',');

  const kafkas = await runCoreTool('kafka.tools.DumpLogSegments', ['--offsets-decoder', '--files', files]);
  const ours = await startSpillway(['dump-log', '--offsets-decoder', '--files', files]).finished;

  const records = (text: string) => lines(text).filter((line) => line.includes('payload'));
  expect(records(ours.stdout)).toEqual(records(kafkas.stdout));
  const types = new Set(Array.from(kafkas.stdout.matchAll(/key: \{"type":"(\d+)"/g), ([, type]) => type));
  expect([...types].toSorted()).toEqual(expect.arrayContaining(['3', '5', '6', '7', '8']));
});

test('kcat reads as a member that the broker assigns to, where its librdkafka can', async (context) => {
  needs(context, 'kcat');
  const { stdout: version } = await run('kcat', ['-V']);
  const [, major = '0', minor = '0'] = /librdkafka (\d+)\.(\d+)/.exec(version) ?? [];
  if (Number(major) < 2 || (Number(major) === 2 && Number(minor) < 10))
    context.skip(`librdkafka ${major}.${minor} does not speak the consumer protocol; it takes 2.10`);
  await createTopic(broker.address, 'kcat-848', 2);
  await fill('kcat-848', 2, 20);
  const { stdout } = await run('kcat', [
    ...['-b', broker.address, '-G', 'kcat-848', '-X', 'group.protocol=consumer'],
    ...['-X', 'auto.offset.reset=earliest', '-c', '20', '-q', 'kcat-848'],
  ]);
  expect(lines(stdout)).toHaveLength(20);
});
