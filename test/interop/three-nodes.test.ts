/** Our commands against a real Kafka of three nodes, one of which is killed in the middle. */
import { rm } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { startNode, startRealKafka, stopNode, stopRealKafka } from '../../scripts/kafka-cluster/cluster.mjs';
import { needs, recordCount, startSpillway, temporaryDirectory } from './support.ts';

const CONFIG = ['offsets.topic.num.partitions=3', 'transaction.state.log.num.partitions=1'];

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
  bootstrap ??= (await startRealKafka({ directory: directory.path, nodeCount: 3, config: CONFIG })).bootstrap;
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
