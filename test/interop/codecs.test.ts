/** Every codec both ways: what our producer compressed is read by others, and what others compressed by our consumers. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type BrokerProcess,
  createTopic,
  kafkajsClient,
  lines,
  needs,
  run,
  runKafkaTool,
  startBroker,
  startSpillway,
  temporaryDirectory,
} from './support.ts';

const CODECS = ['gzip', 'snappy', 'lz4', 'zstd'] as const;
const COUNT = 20_000;
const numbers = Array.from({ length: COUNT }, (_, index) => String(index));

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

/** Sends the numbers from 0 on with our producer, and gives what the result says of compression. */
const sendNumbers = async (topic: string, ...properties: string[]): Promise<unknown> => {
  const { status, stdout, stderr } = await startSpillway([
    ...['producer-perf-test', '--bootstrap-server', broker.address, '--topic', topic, '--no-record', '--json'],
    ...['--num-records', String(COUNT), '--payload-monotonic', '--throughput', '-1'],
    ...['--command-property', 'batch.size=100000', ...properties],
  ]).finished;
  expect(status, stderr).toBe(0);
  return JSON.parse(stdout).compression;
};

const readWithKcat = async (topic: string): Promise<string[]> =>
  lines((await run('kcat', ['-C', '-b', broker.address, '-t', topic, '-e', '-q'])).stdout);

describe.each(CODECS)('%s', (codec) => {
  test('by our producer is read by Kafka and by librdkafka', async (context) => {
    needs(context, 'java', 'mvn', 'kcat');
    const topic = `ours-${codec}`;
    const compression = await sendNumbers(topic, `compression.type=${codec}`);
    expect(compression).toMatchObject({ codec, implementation: expect.any(String), ratio: expect.any(Number) });
    expect(await readWithKcat(topic)).toEqual(numbers);
    const { stdout } = await runKafkaTool('org.apache.kafka.tools.consumer.ConsoleConsumer', [
      ...['--bootstrap-server', broker.address, '--topic', topic, '--from-beginning'],
      ...['--max-messages', String(COUNT), '--timeout-ms', '20000'],
    ]);
    expect(lines(stdout)).toEqual(numbers);
  });

  test('by Kafka is read by our consumer', async (context) => {
    needs(context, 'java', 'mvn');
    const topic = `javas-${codec}`;
    await createTopic(broker.address, topic);
    await runKafkaTool('org.apache.kafka.tools.ProducerPerformance', [
      ...['--topic', topic, '--num-records', String(COUNT), '--record-size', '300', '--throughput', '-1'],
      ...['--producer-props', `bootstrap.servers=${broker.address}`, `compression.type=${codec}`, 'batch.size=200000'],
    ]);
    const { status, stdout } = await startSpillway([
      ...['consumer-perf-test', '--bootstrap-server', broker.address, '--topic', topic, '--no-record', '--json'],
      ...['--num-records', String(COUNT)],
    ]).finished;
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ recordsConsumed: COUNT, bytesConsumed: COUNT * 300 });
  });

  test('by librdkafka is read by our consumer, value by value', async (context) => {
    needs(context, 'kcat');
    const topic = `librdkafkas-${codec}`;
    await createTopic(broker.address, topic);
    await run('kcat', ['-P', '-b', broker.address, '-t', topic, '-z', codec], `${numbers.join('\n')}\n`);
    const { status, stdout } = await startSpillway([
      ...['console-consumer', '--bootstrap-server', broker.address, '--topic', topic, '--from-beginning'],
      ...['--max-messages', String(COUNT)],
    ]).finished;
    expect(status).toBe(0);
    expect(lines(stdout)).toEqual(numbers);
  });

  test('is what a topic with its compression.type keeps, whatever came', async (context) => {
    needs(context, 'kcat');
    const topic = `kept-${codec}`;
    const admin = kafkajsClient(broker.address).admin();
    await admin.connect();
    const configEntries = [{ name: 'compression.type', value: codec }];
    await admin.createTopics({ topics: [{ topic, numPartitions: 1, replicationFactor: 1, configEntries }] });
    await admin.disconnect();
    await sendNumbers(topic, `compression.type=${codec === 'zstd' ? 'lz4' : 'none'}`);
    expect(await readWithKcat(topic)).toEqual(numbers);
    const file = `${directory.path}/${topic}-0/00000000000000000000.log`;
    const { stdout } = await startSpillway(['dump-log', '--files', file]).finished;
    const codecs = new Set(Array.from(stdout.matchAll(/compresscodec: (\w+)/g), ([, name]) => name));
    // A first batch of a few records may have become no smaller.
    codecs.delete('none');
    expect([...codecs]).toEqual([codec]);
  });
});

test('lz4 at a level that searches for longer is read by librdkafka, and by Kafka', async (context) => {
  needs(context, 'java', 'mvn', 'kcat');
  const properties = ['compression.type=lz4', 'compression.lz4.level=12'];
  expect(await sendNumbers('searched', ...properties)).toMatchObject({ level: 12, implementation: 'JavaScript' });
  expect(await readWithKcat('searched')).toEqual(numbers);
  const { stdout } = await runKafkaTool('org.apache.kafka.tools.consumer.ConsoleConsumer', [
    ...['--bootstrap-server', broker.address, '--topic', 'searched', '--from-beginning'],
    ...['--max-messages', String(COUNT), '--timeout-ms', '20000'],
  ]);
  expect(lines(stdout)).toEqual(numbers);
});
