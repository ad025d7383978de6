/** Our command line for a person beside Kafka's own, on our broker and on a real one. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { kafkaJava } from './kafka-java.ts';
import { realKafka } from './real-kafka.ts';
import {
  type BrokerProcess,
  type Finished,
  lines,
  needs,
  type Running,
  runKafkaTool,
  start,
  startBroker,
  startSpillway,
  temporaryDirectory,
} from './support.ts';

const mainFile = process.env.SPILLWAY_MAIN ?? new URL('../../dist/cli/main.js', import.meta.url).pathname;
/** How Kafka's tools are started when they are given stdin, or interrupted. */
const JAVA = kafkaJava();
const TOPIC_COMMAND = 'org.apache.kafka.tools.TopicCommand';
const GROUP_COMMAND = 'org.apache.kafka.tools.consumer.group.ConsumerGroupCommand';
const CONSOLE_CONSUMER = 'org.apache.kafka.tools.consumer.ConsoleConsumer';

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

/** Runs one of our tools to its end. */
const ours = async (address: string, command: string, args: readonly string[], input = ''): Promise<Finished> => {
  const result = await start(process.execPath, [mainFile, command, '--bootstrap-server', address, ...args], input)
    .finished;
  if (result.status !== 0)
    throw new Error(`${command} ${args.join(' ')} ended with ${result.status}: ${result.stderr}`);
  return result;
};

/** Runs one of Kafka's tools to its end. */
const theirs = (address: string, className: string, ...args: string[]): Promise<Finished> =>
  runKafkaTool(className, ['--bootstrap-server', address, ...args]);

/** Rows of a table as words, whatever their order and the room between them. */
const rows = (text: string): string[] =>
  lines(text)
    .map((line) => line.trim().replace(/ +/g, ' '))
    .filter((line) => line !== '')
    .toSorted();

/** Resolves when a group has so many members, all with their partitions. */
const membersOf = (address: string, group: string, count: number): Promise<unknown> =>
  expect
    .poll(
      async () => {
        const shown = startSpillway([
          'groups',
          '--bootstrap-server',
          address,
          '--describe',
          '--group',
          group,
          '--state',
        ]);
        return (await shown.finished).stdout;
      },
      { timeout: 60_000, interval: 300 },
    )
    .toMatch(new RegExp(`Stable +${count}$`, 'm'));

/** All that the tools do, beside Kafka's. */
async function tryTools(address: string, codecs: readonly string[]): Promise<void> {
  await ours(address, 'topics', ['--create', '--topic', 't', '--partitions', '3', '--config', 'retention.ms=86400000']);
  const described = await ours(address, 'topics', ['--describe', '--topic', 't']);
  expect(rows(described.stdout)).toEqual(
    rows((await theirs(address, TOPIC_COMMAND, '--describe', '--topic', 't')).stdout),
  );

  const keyed = Array.from({ length: 30 }, (_, index) => `h:${index}\tkey-${index}\tvalue-${index}-é`);
  const parse = ['--property', 'parse.key=true', '--property', 'parse.headers=true'];
  await ours(address, 'console-producer', ['--topic', 't', '--timeout', '0', ...parse], `${keyed.join('\n')}\n`);
  for (const codec of codecs) {
    const console = ['org.apache.kafka.tools.ConsoleProducer', '--bootstrap-server', address, '--topic', 't'];
    const sent = start('java', [...JAVA, ...console, ...parse, '--compression-codec', codec], `${keyed.join('\n')}\n`);
    expect((await sent.finished).status).toBe(0);
  }

  // The same records, each key in one partition, however they were sent and whoever reads them.
  const count = 30 * (1 + codecs.length);
  const print = ['print.key', 'print.headers', 'print.partition', 'print.offset'].flatMap((name) => [
    '--property',
    `${name}=true`,
  ]);
  const read = ['--topic', 't', '--from-beginning', '--max-messages', String(count), '--timeout-ms', '30000', ...print];
  const our = rows((await ours(address, 'console-consumer', read)).stdout);
  expect(our).toEqual(rows((await theirs(address, CONSOLE_CONSUMER, ...read)).stdout));
  const places = new Set(our.map((row) => row.replace(/\tOffset:\d+/, '')));
  expect([our.length, places.size]).toEqual([count, 30]);

  await shareGroup(address, count);
  await ours(address, 'topics', ['--delete', '--topic', 't']);
}

/** A Java member and one of ours read one topic; each record goes to one of them, and both kinds of tools see the same group. */
async function shareGroup(address: string, count: number): Promise<void> {
  const args = ['--bootstrap-server', address, '--topic', 't', '--group', 'shared', '--from-beginning'];
  const our: Running = startSpillway(['console-consumer', ...args]);
  await membersOf(address, 'shared', 1);
  const java = start('java', [...JAVA, CONSOLE_CONSUMER, ...args]);
  await membersOf(address, 'shared', 2);
  const more = Array.from({ length: 60 }, (_, index) => `k${index}\tmore-${index}`).join('\n');
  await ours(address, 'console-producer', ['--topic', 't', '--timeout', '0', '--property', 'parse.key=true'], more);
  const offsets = ['--describe', '--group', 'shared'];
  await expect
    .poll(async () => rows((await ours(address, 'groups', offsets)).stdout).map((row) => row.split(' ')[5]), {
      timeout: 30_000,
      interval: 500,
    })
    .toEqual(['LAG', '0', '0', '0']);
  for (const view of [[], ['--members', '--verbose'], ['--state', '--verbose']])
    expect(rows((await ours(address, 'groups', [...offsets, ...view])).stdout)).toEqual(
      rows((await theirs(address, GROUP_COMMAND, ...offsets, ...view)).stdout),
    );
  our.child.kill('SIGINT');
  java.child.kill('SIGINT');
  const ended = await our.finished;
  expect(ended.status).toBe(130);
  const values = [...lines(ended.stdout), ...lines((await java.finished).stdout)];
  expect(ended.stderr).toContain(`Processed a total of ${lines(ended.stdout).length} messages`);
  expect(values.length).toBe(count + 60);
  expect(values.filter((value) => value.startsWith('more-')).length).toBe(60);

  const reset = ['--reset-offsets', '--group', 'shared', '--topic', 't', '--to-offset', '2'];
  expect(rows((await ours(address, 'groups', [...reset, '--execute'])).stdout)).toEqual(
    rows((await theirs(address, GROUP_COMMAND, ...reset, '--execute')).stdout),
  );
  await ours(address, 'groups', ['--delete', '--group', 'shared']);
  expect((await theirs(address, GROUP_COMMAND, '--list')).stdout).not.toContain('shared');
}

test('our tools and those of Kafka do and see the same on our broker', async (context) => {
  needs(context, 'java', 'mvn');
  await tryTools(broker.address, ['gzip', 'snappy', 'lz4', 'zstd']);
});

test('our tools and those of Kafka do and see the same on a real Kafka', async (context) => {
  needs(context, 'java', 'mvn');
  const kafka = await realKafka();
  try {
    await tryTools(await kafka.start(), ['zstd']);
  } finally {
    await kafka.remove();
  }
});
