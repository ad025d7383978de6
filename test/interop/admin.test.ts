import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { ConfigResourceTypes } from 'kafkajs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runCoreTool } from './real-kafka.ts';
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
  broker = await startBroker(path.join(directory.path, 'data'), {
    args: ['--config', 'log.index.interval.bytes=8192'],
  });
});

afterAll(async () => {
  await broker?.end();
  await directory?.remove();
});

const tool = async (className: string, ...args: string[]): Promise<string> =>
  (await runKafkaTool(className, ['--bootstrap-server', broker.address, ...args])).stdout;

const topics = (...args: string[]): Promise<string> => tool('org.apache.kafka.tools.TopicCommand', ...args);

const configs = async (...args: string[]): Promise<string> =>
  (await runCoreTool('kafka.admin.ConfigCommand', ['--bootstrap-server', broker.address, ...args])).stdout;

test("Kafka's TopicCommand creates, describes, grows and deletes a topic", async (context) => {
  needs(context, 'java', 'mvn');
  await topics('--create', '--topic', 'shell', '--partitions', '2', '--config', 'segment.ms=9000000');
  const described = lines(await topics('--describe', '--topic', 'shell'));
  expect(described[0]).toMatch(
    /Topic: shell\tTopicId: \S{22}\tPartitionCount: 2\tReplicationFactor: 1\tConfigs: .*segment\.ms=9000000/,
  );
  expect(described[2]).toContain('Partition: 1\tLeader: 1\tReplicas: 1\tIsr: 1');
  await topics('--alter', '--topic', 'shell', '--partitions', '5');
  expect(lines(await topics('--describe', '--topic', 'shell'))[0]).toContain('PartitionCount: 5');
  expect(lines(await topics('--list'))).toContain('shell');
  await topics('--delete', '--topic', 'shell');
  expect(lines(await topics('--list'))).not.toContain('shell');
});

test("Kafka's ConfigCommand describes and alters topics and the broker", async (context) => {
  needs(context, 'java', 'mvn');
  await createTopic(broker.address, 'configured');
  const ofTopic = ['--entity-type', 'topics', '--entity-name', 'configured'];
  await configs('--alter', ...ofTopic, '--add-config', 'cleanup.policy=[compact,delete],index.interval.bytes=5000');
  const altered = await configs('--describe', ...ofTopic);
  expect(altered).toContain('cleanup.policy=compact,delete sensitive=false');
  expect(altered).toContain('index.interval.bytes=5000 sensitive=false');
  await configs('--alter', ...ofTopic, '--delete-config', 'index.interval.bytes');
  const all = await configs('--describe', '--all', ...ofTopic);
  expect(all).toMatch(
    /index\.interval\.bytes=8192 sensitive=false synonyms=\{STATIC_BROKER_CONFIG:log\.index\.interval\.bytes=8192/,
  );
  expect(all).toMatch(
    /cleanup\.policy=compact,delete sensitive=false synonyms=\{DYNAMIC_TOPIC_CONFIG:cleanup\.policy=/,
  );
  const ofBroker = ['--entity-type', 'brokers', '--entity-name', '1'];
  await configs('--alter', ...ofBroker, '--add-config', 'message.max.bytes=2000000');
  const told = await configs('--describe', ...ofBroker);
  expect(told).toMatch(
    /message\.max\.bytes=2000000 sensitive=false synonyms=\{DYNAMIC_BROKER_CONFIG:message\.max\.bytes/,
  );
  await configs('--alter', ...ofBroker, '--delete-config', 'message.max.bytes');
});

test("Kafka's DeleteRecordsCommand, GetOffsetShell and LogDirsCommand agree on a partition", async (context) => {
  needs(context, 'java', 'mvn', 'kcat');
  await createTopic(broker.address, 'trimmed');
  await run('kcat', ['-P', '-b', broker.address, '-t', 'trimmed', '-p', '0'], 'a\nb\nc\nd\ne');
  const plan = path.join(directory.path, 'delete.json');
  const partitions = [{ topic: 'trimmed', partition: 0, offset: 3 }];
  await writeFile(plan, JSON.stringify({ version: 1, partitions }));
  const removed = await tool('org.apache.kafka.tools.DeleteRecordsCommand', '--offset-json-file', plan);
  expect(removed).toMatch(/partition: trimmed-0\s+low_watermark: 3/);
  const earliest = await tool('org.apache.kafka.tools.GetOffsetShell', '--topic', 'trimmed', '--time', 'earliest');
  expect(earliest.trim()).toBe('trimmed:0:3');
  const { stdout: left } = await run('kcat', ['-C', '-b', broker.address, '-t', 'trimmed', '-o', 'beginning', '-e']);
  expect(lines(left)).toEqual(['d', 'e']);
  const dirs = await tool('org.apache.kafka.tools.LogDirsCommand', '--describe', '--topic-list', 'trimmed');
  const json = JSON.parse(lines(dirs).find((line) => line.startsWith('{')) ?? '');
  expect(json.brokers[0].logDirs[0]).toMatchObject({
    error: null,
    partitions: [{ partition: 'trimmed-0', offsetLag: 0, isFuture: false }],
  });
  expect(json.brokers[0].logDirs[0].partitions[0].size).toBeGreaterThan(0);
});

test("Kafka's LeaderElectionCommand and ReassignPartitionsCommand find nothing to do", async (context) => {
  needs(context, 'java', 'mvn');
  await createTopic(broker.address, 'led');
  const elected = await tool(
    'org.apache.kafka.tools.LeaderElectionCommand',
    ...['--election-type', 'preferred', '--topic', 'led', '--partition', '0'],
  );
  expect(elected).toContain('Valid replica already elected for partitions');
  const moving = await tool('org.apache.kafka.tools.reassign.ReassignPartitionsCommand', '--list');
  expect(moving).toContain('No partition reassignments found.');
});

test('the admin client of kafkajs sees and changes what it can', async () => {
  const admin = kafkajsClient(broker.address).admin();
  await admin.connect();
  try {
    expect(await admin.createTopics({ topics: [{ topic: 'js', numPartitions: 2 }] })).toBe(true);
    await admin.createPartitions({ topicPartitions: [{ topic: 'js', count: 3 }] });
    expect((await admin.fetchTopicMetadata({ topics: ['js'] })).topics[0]?.partitions).toHaveLength(3);
    const resource = { type: ConfigResourceTypes.TOPIC, name: 'js' };
    await admin.alterConfigs({
      validateOnly: false,
      resources: [{ ...resource, configEntries: [{ name: 'retention.ms', value: '7000000' }] }],
    });
    const described = await admin.describeConfigs({ includeSynonyms: true, resources: [resource] });
    const entries = new Map(described.resources[0]?.configEntries.map((each) => [each.configName, each]));
    expect(entries.get('retention.ms')).toMatchObject({ configValue: '7000000', configSource: 1 });
    const cluster = await admin.describeCluster();
    expect(cluster).toMatchObject({ controller: 1, brokers: [{ nodeId: 1 }] });
    const producer = kafkajsClient(broker.address).producer();
    await producer.connect();
    const messages = Array.from({ length: 10 }, (_, index) => ({ value: String(index), partition: 1 }));
    await producer.send({ topic: 'js', messages });
    await producer.disconnect();
    await admin.deleteTopicRecords({ topic: 'js', partitions: [{ partition: 1, offset: '4' }] });
    expect((await admin.fetchTopicOffsets('js')).find(({ partition }) => partition === 1)).toMatchObject({
      low: '4',
      high: '10',
    });
    expect(await endOffsets(broker.address, 'js')).toEqual([0, 10, 0]);
    await admin.deleteTopics({ topics: ['js'] });
    expect(await admin.listTopics()).not.toContain('js');
  } finally {
    await admin.disconnect();
  }
});
