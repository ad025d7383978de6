import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  type BrokerProcess,
  createTopic,
  endOffsets,
  kcatOffset,
  lines,
  needs,
  parseProducerLine,
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

for (const acks of ['0', '1', 'all']) {
  test(`Kafka's ProducerPerformance sends a million records with acks ${acks}`, async (context) => {
    needs(context, 'java', 'mvn', 'kcat');
    const topic = `java-acks-${acks}`;
    await createTopic(broker.address, topic);

    const { stdout } = await runKafkaTool('org.apache.kafka.tools.ProducerPerformance', [
      ...['--topic', topic, '--num-records', '1000000', '--record-size', '100', '--throughput', '-1'],
      ...['--producer-props', `bootstrap.servers=${broker.address}`, `acks=${acks}`],
    ]);

    expect(parseProducerLine(stdout).records).toBe(1_000_000);
    await expect.poll(() => endOffsets(broker.address, topic), { timeout: 10_000 }).toEqual([1_000_000]);
    expect(await kcatOffset(broker.address, topic, 0, -1)).toBe(1_000_000);
  });
}

test("Kafka's ConsoleConsumer reads a partition as it was written", async (context) => {
  needs(context, 'java', 'mvn', 'kcat');
  const topic = 'java-console';
  const values = Array.from({ length: 5_000 }, (_, index) => `value-${index}-é-日本`);
  await createTopic(broker.address, topic);
  await run('kcat', ['-P', '-b', broker.address, '-t', topic, '-p', '0'], values.join('\n'));

  const { stdout } = await runKafkaTool('org.apache.kafka.tools.consumer.ConsoleConsumer', [
    ...['--bootstrap-server', broker.address, '--topic', topic, '--partition', '0', '--offset', 'earliest'],
    ...['--max-messages', String(values.length), '--timeout-ms', '20000'],
  ]);

  expect(lines(stdout)).toEqual(values);
});

test("Kafka's GetOffsetShell and TopicCommand see what the broker holds", async (context) => {
  needs(context, 'java', 'mvn', 'kcat');
  const topic = 'java-admin';
  const where = ['--bootstrap-server', broker.address];
  const topicCommand = 'org.apache.kafka.tools.TopicCommand';

  await runKafkaTool(topicCommand, [
    ...where,
    '--create',
    '--topic',
    topic,
    '--partitions',
    '2',
    '--replication-factor',
    '1',
  ]);
  await run('kcat', ['-P', '-b', broker.address, '-t', topic, '-p', '1'], 'one\ntwo\nthree');
  const offsets = await runKafkaTool('org.apache.kafka.tools.GetOffsetShell', [...where, '--topic', topic]);
  const listed = await runKafkaTool(topicCommand, [...where, '--list']);
  await runKafkaTool(topicCommand, [...where, '--delete', '--topic', topic]);
  const listedAfter = await runKafkaTool(topicCommand, [...where, '--list']);

  expect(lines(offsets.stdout)).toEqual([`${topic}:0:0`, `${topic}:1:3`]);
  expect(lines(listed.stdout)).toContain(topic);
  expect(lines(listedAfter.stdout)).not.toContain(topic);
});
