import { afterAll, beforeAll, expect, test } from 'vitest';
import { kafkaJava } from './kafka-java.ts';
import {
  type BrokerProcess,
  createTopic,
  endOffsets,
  lines,
  needs,
  recordCount,
  run,
  runKafkaTool,
  start,
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

for (const codec of ['gzip', 'snappy', 'lz4', 'zstd']) {
  test(`Kafka's ProducerPerformance and ConsumerPerformance with ${codec}`, async (context) => {
    needs(context, 'java', 'mvn', 'kcat');
    const topic = `java-${codec}`;
    await createTopic(broker.address, topic);
    await runKafkaTool('org.apache.kafka.tools.ProducerPerformance', [
      ...['--topic', topic, '--num-records', '20000', '--record-size', '200', '--throughput', '-1'],
      ...['--producer-props', `bootstrap.servers=${broker.address}`, `compression.type=${codec}`],
    ]);
    expect(await endOffsets(broker.address, topic)).toEqual([20_000]);
    const { stdout } = await runKafkaTool('org.apache.kafka.tools.ConsumerPerformance', [
      ...['--bootstrap-server', broker.address, '--topic', topic, '--messages', '20000', '--timeout', '20000'],
    ]);
    expect(lines(stdout).at(-1)?.split(', ')[4]).toBe('20000');
    // librdkafka reads what Java compressed.
    const values = await run('kcat', ['-C', '-b', broker.address, '-t', topic, '-e', '-q', '-f', '%S\n']);
    expect(lines(values.stdout).filter((size) => size === '200')).toHaveLength(20_000);
  });
}

test("Kafka's EndToEndLatency measures through the broker", async (context) => {
  needs(context, 'java', 'mvn');
  const topic = 'java-e2e';
  await createTopic(broker.address, topic);
  const { stdout } = await runKafkaTool('org.apache.kafka.tools.EndToEndLatency', [
    ...[broker.address, topic, '500', 'all', '100'],
  ]);
  expect(stdout).toMatch(/Avg latency: \d+\.\d+ ms/);
});

/** The JSON lines of Kafka's verifiable tools. */
const events = (stdout: string): { name: string; [field: string]: unknown }[] =>
  lines(stdout).flatMap((line) => (line.startsWith('{') ? [JSON.parse(line)] : []));

test("Kafka's VerifiableProducer and two VerifiableConsumers that rebalance lose nothing", async (context) => {
  needs(context, 'java', 'mvn');
  const topic = 'java-verifiable';
  await createTopic(broker.address, topic, 4);
  const consume = () =>
    start(
      'java',
      [
        ...[...kafkaJava(), 'org.apache.kafka.tools.VerifiableConsumer'],
        ...[
          '--bootstrap-server',
          broker.address,
          '--topic',
          topic,
          '--group-id',
          'verifiable',
          '--reset-policy',
          'earliest',
        ],
        ...['--session-timeout', '10000'],
      ],
      '',
      60_000,
    );
  const consumers = [consume(), consume()];
  const seen = consumers.map(({ child }) => {
    const text = { all: '' };
    child.stdout?.on('data', (chunk: string) => {
      text.all += chunk;
    });
    return text;
  });
  const assigned = () =>
    seen.map(({ all }) => {
      const last = events(all.slice(0, all.lastIndexOf('\n') + 1)).findLast(
        ({ name }) => name === 'partitions_assigned',
      );
      return Array.isArray(last?.partitions) ? last.partitions.length : 0;
    });
  await expect.poll(assigned, { timeout: 40_000, interval: 200 }).toEqual([2, 2]);

  const producer = await runKafkaTool('org.apache.kafka.tools.VerifiableProducer', [
    ...['--bootstrap-server', broker.address, '--topic', topic, '--max-messages', '10000', '--acks', '-1'],
  ]);
  const sent = events(producer.stdout).filter(({ name }) => name === 'producer_send_success');
  expect(sent).toHaveLength(10_000);
  expect(await recordCount(broker.address, topic)).toBe(10_000);

  const consumed = () =>
    seen
      .flatMap(({ all }) => events(all.slice(0, all.lastIndexOf('\n') + 1)))
      .reduce((sum, event) => sum + (event.name === 'records_consumed' ? Number(event.count) : 0), 0);
  await expect.poll(consumed, { timeout: 30_000, interval: 200 }).toBe(10_000);
  // One leaves; the other one takes its partitions over.
  consumers[0]?.child.kill('SIGTERM');
  await consumers[0]?.finished;
  await expect.poll(() => assigned()[1], { timeout: 30_000, interval: 200 }).toBe(4);
  consumers[1]?.child.kill('SIGTERM');
  await consumers[1]?.finished;
});
