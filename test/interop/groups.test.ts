import type { Consumer } from 'kafkajs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  type BrokerProcess,
  createTopic,
  kafkajsClient,
  lines,
  needs,
  run,
  runKafkaTool,
  startBroker,
  temporaryDirectory,
} from './support.ts';

const GROUP_COMMAND = 'org.apache.kafka.tools.consumer.group.ConsumerGroupCommand';

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

/** So many texts, spread over the partitions of a new topic in turn. */
const filledTopic = async (topic: string, partitionCount: number, recordCount: number): Promise<void> => {
  await createTopic(broker.address, topic, partitionCount);
  await fill(topic, partitionCount, recordCount);
};

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

/** A kafkajs member that takes down what it reads and which partitions it was given. */
class Member {
  readonly values: string[] = [];
  partitions: number[] = [];
  readonly consumer: Consumer;
  readonly #topic: string;

  constructor(groupId: string, topic: string) {
    this.#topic = topic;
    this.consumer = kafkajsClient(broker.address).consumer({
      groupId,
      heartbeatInterval: 300,
      sessionTimeout: 10_000,
      maxWaitTimeInMs: 200,
    });
    this.consumer.on(this.consumer.events.GROUP_JOIN, ({ payload }) => {
      this.partitions = payload.memberAssignment[topic] ?? [];
    });
  }

  async start(): Promise<void> {
    await this.consumer.connect();
    await this.consumer.subscribe({ topic: this.#topic, fromBeginning: true });
    await this.consumer.run({
      eachMessage: ({ message }) => {
        this.values.push(String(message.value));
        return Promise.resolve();
      },
    });
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

const groupCommand = (...args: string[]) =>
  runKafkaTool(GROUP_COMMAND, ['--bootstrap-server', broker.address, '--timeout', '20000', ...args]);

test('two kafkajs members share a topic, and one takes over when the other leaves', async () => {
  await filledTopic('shared', 4, 1_000);
  const [one, two] = [new Member('kafkajs-shared', 'shared'), new Member('kafkajs-shared', 'shared')];
  await Promise.all([one.start(), two.start()]);

  await expect.poll(() => [one.partitions.length, two.partitions.length], { timeout: 30_000 }).toEqual([2, 2]);
  await expect.poll(() => new Set([...one.values, ...two.values]).size, { timeout: 30_000 }).toBe(1_000);
  await two.consumer.disconnect();
  await expect.poll(() => one.partitions.toSorted(), { timeout: 30_000 }).toEqual([0, 1, 2, 3]);
  const readBefore = one.values.length;
  await fill('shared', 4, 400);
  await expect.poll(() => one.values.length - readBefore, { timeout: 30_000 }).toBeGreaterThanOrEqual(400);
  await one.consumer.disconnect();
});

test('offsets that kafkajs committed outlive a broker that is killed', async () => {
  const topic = 'killed';
  await filledTopic(topic, 1, 100);
  const first = new Member(topic, topic);
  await first.start();
  await expect.poll(() => first.values.length, { timeout: 30_000 }).toBe(100);
  await first.consumer.disconnect();

  await broker.end('SIGKILL');
  broker = await startBroker(directory.path);
  const admin = kafkajsClient(broker.address).admin();
  await admin.connect();
  const [offsets] = await admin.fetchOffsets({ groupId: topic, topics: [topic] });
  await admin.disconnect();
  expect(offsets?.partitions).toMatchObject([{ partition: 0, offset: '100' }]);

  await fill(topic, 1, 1);
  const second = new Member(topic, topic);
  await second.start();
  await expect.poll(() => second.values, { timeout: 30_000 }).toEqual(['value-0']);
  await second.consumer.disconnect();
});

test('kafkajs describes, lists and deletes groups, and sets offsets', async () => {
  await filledTopic('admin', 2, 10);
  const admin = kafkajsClient(broker.address).admin();
  await admin.connect();
  const groupId = 'kafkajs-admin';
  await admin.setOffsets({ groupId, topic: 'admin', partitions: [{ partition: 1, offset: '3' }] });
  const fetched = async () => (await admin.fetchOffsets({ groupId, topics: ['admin'] }))[0]?.partitions;
  expect(await fetched()).toMatchObject([
    { partition: 0, offset: '-1' },
    { partition: 1, offset: '3' },
  ]);
  expect((await admin.listGroups()).groups.map((each) => each.groupId)).toContain(groupId);
  expect((await admin.describeGroups([groupId])).groups[0]).toMatchObject({ groupId, state: 'Empty', members: [] });
  expect(await admin.deleteGroups([groupId])).toMatchObject([{ groupId, errorCode: 0 }]);
  expect((await admin.listGroups()).groups.map((each) => each.groupId)).not.toContain(groupId);
  await admin.disconnect();
});

test('kcat reads a topic as a member of a group, and goes on where it stopped', async (context) => {
  needs(context, 'kcat');
  await filledTopic('kcat-group', 3, 300);
  const read = async () => {
    const { stdout } = await run('kcat', [
      ...['-b', broker.address, '-G', 'kcat-group', '-q', '-e', '-X', 'auto.offset.reset=earliest'],
      ...['-X', 'session.timeout.ms=6000', 'kcat-group'],
    ]);
    return lines(stdout);
  };
  expect(new Set(await read()).size).toBe(300);
  await fill('kcat-group', 3, 30);
  expect((await read()).length).toBe(30);
});

test("Kafka's ConsumerPerformance reads with its group and commits", async (context) => {
  needs(context, 'java', 'mvn');
  await filledTopic('java-perf', 2, 20_000);
  const { stdout } = await runKafkaTool('org.apache.kafka.tools.ConsumerPerformance', [
    ...['--bootstrap-server', broker.address, '--topic', 'java-perf', '--messages', '20000'],
    ...['--group', 'java-perf', '--timeout', '20000', '--hide-header'],
  ]);
  const fields = (lines(stdout).at(-1) ?? '').split(',').map((field) => field.trim());
  expect(Number(fields[4])).toBe(20_000);

  const described = table((await groupCommand('--describe', '--group', 'java-perf')).stdout);
  expect(described.map((row) => [row.get('PARTITION'), row.get('CURRENT-OFFSET'), row.get('LAG')]).toSorted()).toEqual([
    ['0', '10000', '0'],
    ['1', '10000', '0'],
  ]);
});

test("Kafka's ConsumerGroupCommand describes, lists, resets and deletes", async (context) => {
  needs(context, 'java', 'mvn');
  await filledTopic('java-groups', 2, 40);
  const member = new Member('java-groups', 'java-groups');
  await member.start();
  await expect.poll(() => member.values.length, { timeout: 30_000 }).toBe(40);
  await expect.poll(() => member.partitions.length, { timeout: 30_000 }).toBe(2);
  const members = table((await groupCommand('--describe', '--group', 'java-groups', '--members')).stdout);
  expect(members.map((row) => [row.get('HOST'), row.get('CLIENT-ID'), row.get('#PARTITIONS')])).toEqual([
    ['/127.0.0.1', 'interop', '2'],
  ]);
  expect((await groupCommand('--describe', '--group', 'java-groups', '--state')).stdout).toMatch(/Stable\s+1\b/);
  await member.consumer.disconnect();

  const listed = await groupCommand('--list', '--state', 'empty');
  expect(listed.stdout).toMatch(/java-groups\s+Empty/);
  const reset = table(
    (
      await groupCommand(
        ...['--group', 'java-groups', '--reset-offsets', '--to-offset', '7', '--topic', 'java-groups', '--execute'],
      )
    ).stdout,
  );
  expect(reset.map((row) => row.get('NEW-OFFSET'))).toEqual(['7', '7']);
  const lag = table((await groupCommand('--describe', '--group', 'java-groups')).stdout);
  expect(lag.map((row) => row.get('LAG'))).toEqual(['13', '13']);
  const deleted = await groupCommand('--group', 'java-groups', '--delete-offsets', '--topic', 'java-groups:0');
  expect(deleted.stdout).toMatch(/java-groups\s+0\s+Successful/);
  expect((await groupCommand('--delete', '--group', 'java-groups')).stdout).toContain('successful');
  expect((await groupCommand('--list')).stdout).not.toContain('java-groups');
});

test("Kafka's own consumers share a topic, and its formatters read what the broker wrote of them", async (context) => {
  needs(context, 'java', 'mvn');
  await filledTopic('java-share', 2, 200);
  const console = (topic: string, timeoutMs: number, ...args: string[]) =>
    runKafkaTool('org.apache.kafka.tools.consumer.ConsoleConsumer', [
      ...['--bootstrap-server', broker.address, '--topic', topic, '--from-beginning'],
      ...['--timeout-ms', String(timeoutMs), ...args],
    ]);
  const consume = () => console('java-share', 30_000, '--group', 'java-share', '--max-messages', '100');
  const halves = await Promise.all([consume(), consume()]);
  const values = halves.flatMap(({ stdout }) => lines(stdout));
  expect(new Set(values).size).toBe(200);

  const [offsets, groups] = await Promise.all(
    ['OffsetsMessageFormatter', 'GroupMetadataMessageFormatter'].map((formatter) =>
      console('__consumer_offsets', 10_000, '--formatter', `org.apache.kafka.tools.consumer.${formatter}`),
    ),
  );
  expect(documents(offsets?.stdout)).toContainEqual({
    key: { type: 1, data: { group: 'java-share', topic: 'java-share', partition: 0 } },
    value: { version: 3, data: expect.objectContaining({ offset: 100, metadata: '' }) },
  });
  expect(documents(groups?.stdout)).toContainEqual({
    key: { type: 2, data: { group: 'java-share' } },
    value: { version: 3, data: expect.objectContaining({ protocolType: 'consumer', protocol: null, members: [] }) },
  });
});

/** What Kafka's formatters print: JSON documents with nothing in between. */
const documents = (stdout = ''): unknown[] =>
  lines(stdout.replaceAll('}{', '}\n{')).map((line): unknown => JSON.parse(line));
