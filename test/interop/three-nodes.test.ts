/** Our commands against a real Kafka of three nodes in racks of their own, one of which is killed in the middle. */
import diagnostics from 'node:diagnostics_channel';
import { rm } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { startNode, startRealKafka, stopNode, stopRealKafka } from '../../scripts/kafka-cluster/cluster.mjs';
import { Consumer } from '../../src/client/consumer.ts';
import { parseConsumerProperties } from '../../src/client/properties/consumer-properties.ts';
import { kafkajsClient, needs, recordCount, startSpillway, temporaryDirectory } from './support.ts';

const CONFIG = ['offsets.topic.num.partitions=3', 'transaction.state.log.num.partitions=1'];

/** Of the topic of racks, whose fetches hold one batch each. */
const RECORDS = 2000;
const BATCH_RECORDS = 50;
const VALUE_BYTES = 1000;

let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
let bootstrap: string | null = null;

beforeAll(async () => {
  directory = await temporaryDirectory();
});

// Of three nodes two must run for the cluster to decide anything: one that was killed comes back before the next is.
afterEach(async () => {
  if (bootstrap !== null) for (const id of [2, 3]) await startNode(directory.path, id);
});

afterAll(async () => {
  await stopRealKafka(directory.path);
  await rm(directory.path, { recursive: true, force: true });
});

const cluster = async (): Promise<string> => {
  const options = { directory: directory.path, nodeCount: 3, hasRacks: true, config: CONFIG };
  bootstrap ??= (await startRealKafka(options)).bootstrap;
  return bootstrap;
};

test('a producer run goes on when a node is killed, and no acknowledged record is missing', async (context) => {
  needs(context, 'java', 'mvn');
  const address = await cluster();
  const load = startSpillway([
    ...[
      'producer-perf-test',
      '--bootstrap-server',
      address,
      '--topic',
      'killed',
      '--partitions',
      '6',
      '--no-record',
      '--json',
    ],
    ...['--num-records', '60000', '--record-size', '100', '--throughput', '5000', '--command-property', 'acks=all'],
  ]);
  await untilRecords(address, 'killed', 10_000);
  await stopNode(directory.path, 2, 'SIGKILL');
  const { status, stdout, stderr } = await load.finished;

  expect(status, stderr).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ recordsSent: 60_000, recordsFailed: 0 });
  const left = address.split(',').filter((_, index) => index !== 1);
  expect(await recordCount(left.join(','), 'killed')).toBe(60_000);
});

test('a consumer group reads a topic of three replicas to its end while a node is killed', async (context) => {
  needs(context, 'java', 'mvn');
  const address = await cluster();
  const where = ['--bootstrap-server', address, '--topic', 'read', '--no-record'];
  const written = await startSpillway([
    ...['producer-perf-test', ...where, '--partitions', '6'],
    ...['--num-records', '200000', '--record-size', '100', '--throughput', '-1', '--command-property', 'acks=all'],
  ]).finished;
  expect(written.status, written.stderr).toBe(0);
  const reading = startSpillway([
    ...['consumer-perf-test', ...where, '--num-records', '200000', '--consumers', '2', '--json', '--timeout', '60000'],
    ...['--command-property', 'max.partition.fetch.bytes=4096'],
  ]);
  await stopNode(directory.path, 3, 'SIGKILL');
  const { status, stdout, stderr } = await reading.finished;

  expect(status, stderr).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ recordsConsumed: 200_000 });
});

test('leaders move during a producer run, and no record fails', async (context) => {
  needs(context, 'java', 'mvn');
  const address = await cluster();
  // One replica and another: the leader goes wherever the replica goes.
  await makeTopic('moving', [1], { 'min.insync.replicas': '1' });
  const load = startSpillway([
    ...['producer-perf-test', '--bootstrap-server', address, '--topic', 'moving', '--no-record', '--json'],
    ...['--num-records', '40000', '--record-size', '100', '--throughput', '5000', '--command-property', 'acks=all'],
  ]);
  for (const [moves, node] of [2, 3, 1].entries()) {
    await untilRecords(address, 'moving', 2000 + 8000 * moves);
    await moveReplica('moving', node);
  }
  const { status, stdout, stderr } = await load.finished;

  expect(status, stderr).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ recordsSent: 40_000, recordsFailed: 0 });
  expect(await recordCount(address, 'moving')).toBe(40_000);
});

test('a consumer reads from the follower in its rack, and from the leader when that is gone', async (context) => {
  needs(context, 'java', 'mvn');
  const address = await cluster();
  const [, , ourPort = 0] = address.split(',').map((one) => Number(one.split(':')[1]));
  const leaderPort = Number(address.split(',')[0]?.split(':')[1]);
  await makeTopic('racks', [1, 2, 3], {});
  const producer = kafkajsClient(address).producer();
  await producer.connect();
  const values = Array.from({ length: RECORDS }, (_, index) => String(index).padEnd(VALUE_BYTES));
  for (let from = 0; from < RECORDS; from += BATCH_RECORDS) {
    const messages = values.slice(from, from + BATCH_RECORDS).map((value) => ({ value }));
    await producer.send({ topic: 'racks', acks: -1, messages });
  }
  await producer.disconnect();
  const written = RECORDS * VALUE_BYTES;

  const nearby = await readAll(address, { 'client.rack': 'rack-3' });
  expect(nearby.bytesOf(ourPort)).toBeGreaterThan(written);
  expect(nearby.bytesOf(leaderPort)).toBeLessThan(written / 4);
  const anywhere = await readAll(address, {});
  expect(anywhere.bytesOf(leaderPort)).toBeGreaterThan(written);
  expect(anywhere.bytesOf(ourPort)).toBeLessThan(written / 4);

  let killed: Promise<void> | null = null;
  const bereaved = await readAll(address, { 'client.rack': 'rack-3' }, (index) => {
    if (index === RECORDS / 2) killed = stopNode(directory.path, 3, 'SIGKILL');
  });
  await killed;
  for (const { read } of [nearby, anywhere, bereaved]) expect(read).toEqual(values.map((_, index) => index));
  expect(bereaved.bytesOf(ourPort)).toBeGreaterThan(written / 4);
  expect(bereaved.bytesOf(leaderPort)).toBeGreaterThan(written / 4);
});

test('end-to-end latency is measured there, at a rate', async (context) => {
  needs(context, 'java', 'mvn');
  const { status, stdout, stderr } = await startSpillway([
    ...['e2e-latency', '--bootstrap-server', await cluster(), '--topic', 'there-and-back', '--num-records', '2000'],
    ...['--producer-acks', 'all', '--record-size', '100', '--throughput', '500', '--no-record'],
  ]).finished;

  expect(status, stderr).toBe(0);
  expect(stdout).toContain('Percentiles: 50th = ');
});

/** Waits until a topic holds so many records. */
async function untilRecords(address: string, topic: string, count: number): Promise<void> {
  for (;;) {
    const found = await recordCount(address.split(',')[0] ?? '', topic).catch(() => 0);
    if (found >= count) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

/** Makes a topic of one partition with these replicas, the first of which leads. */
async function makeTopic(topic: string, replicas: number[], config: Readonly<Record<string, string>>): Promise<void> {
  const admin = kafkajsClient(await cluster()).admin();
  await admin.connect();
  const replicaAssignment = [{ partition: 0, replicas }];
  const configEntries = Object.entries(config).map(([name, value]) => ({ name, value }));
  await admin.createTopics({ topics: [{ topic, replicaAssignment, configEntries }], waitForLeaders: true });
  await admin.disconnect();
}

/** Has another node hold the only replica of a topic's only partition, and waits until it leads. */
async function moveReplica(topic: string, node: number): Promise<void> {
  const admin = kafkajsClient(await cluster()).admin();
  await admin.connect();
  const partitionAssignment = [{ partition: 0, replicas: [node] }];
  await admin.alterPartitionReassignments({ topics: [{ topic, partitionAssignment }] });
  await expect
    .poll(async () => (await admin.fetchTopicMetadata({ topics: [topic] })).topics[0]?.partitions[0]?.leader, {
      timeout: 30_000,
    })
    .toBe(node);
  await admin.disconnect();
}

/** What a consumer of ours read of the topic of racks, and how many bytes came from a port of 127.0.0.1 meanwhile. */
async function readAll(
  address: string,
  properties: Readonly<Record<string, string>>,
  onIndex: (index: number) => void = () => {},
): Promise<{ readonly read: readonly number[]; bytesOf(port: number): number }> {
  // Node's own word of every socket that is opened: what our client believes is no proof.
  const sockets: Socket[] = [];
  const ports = new Map<Socket, number | undefined>();
  const onSocket = (message: unknown) => {
    const { socket } = message as { socket: Socket };
    sockets.push(socket);
    socket.once('connect', () => ports.set(socket, socket.remotePort));
  };
  const read: number[] = [];
  diagnostics.subscribe('net.client.socket', onSocket);
  try {
    const consumer = await Consumer.open({
      topic: 'racks',
      config: parseConsumerProperties({
        'bootstrap.servers': address,
        'auto.offset.reset': 'earliest',
        'max.partition.fetch.bytes': '20000',
        ...properties,
      }),
      partitions: null,
      onRecord: (block, _partition, _offset, _timestampMs, _keyStart, _keyEnd, valueStart, valueEnd) => {
        const index = Number(block.toString('latin1', valueStart, valueEnd));
        read.push(index);
        onIndex(index);
        return read.length < RECORDS;
      },
    });
    await consumer.run();
    consumer.close();
  } finally {
    diagnostics.unsubscribe('net.client.socket', onSocket);
  }
  const bytesOf = (port: number) =>
    sockets.filter((socket) => ports.get(socket) === port).reduce((sum, { bytesRead }) => sum + bytesRead, 0);
  return { read, bytesOf };
}
