/** Our own two commands against one broker, counted by clients that are not ours. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  type BrokerProcess,
  endOffsets,
  kcatOffset,
  lines,
  needs,
  parseConsumerLine,
  parseProducerLine,
  run,
  startBroker,
  startSpillway,
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

/** Flags of a producer-perf-test of 100-byte records that keeps no run record. */
function producerTest(topic: string, records: number, ...more: string[]): string[] {
  return [
    ...['producer-perf-test', '--bootstrap-server', broker.address, '--topic', topic, '--no-record'],
    ...['--num-records', String(records), '--record-size', '100', '--throughput', '-1', ...more],
  ];
}

/** Flags of a consumer-perf-test that keeps no run record. */
function consumerTest(topic: string, records: number, ...more: string[]): string[] {
  return [
    ...['consumer-perf-test', '--bootstrap-server', broker.address, '--topic', topic, '--no-record'],
    ...['--num-records', String(records), ...more],
  ];
}

test('a million records are sent, counted by others, and consumed to the last one', async () => {
  const topic = 'perf-million';

  const produced = await startSpillway(producerTest(topic, 1_000_000)).finished;
  expect(produced).toMatchObject({ status: 0 });
  const sent = parseProducerLine(produced.stdout);
  expect(sent.records).toBe(1_000_000);
  expect(sent.recordsPerSecond).toBeGreaterThan(0);
  expect(sent.mebibytesPerSecond).toBeCloseTo((sent.recordsPerSecond * 100) / 2 ** 20, 1);
  expect(sent.latenciesMs).toHaveLength(6);
  expect(sent.latenciesMs.every((latency) => latency > 0)).toBe(true);
  expect(sent.latenciesMs.slice(2)).toEqual(sent.latenciesMs.slice(2).toSorted((one, other) => one - other));
  expect(await endOffsets(broker.address, topic)).toEqual([1_000_000]);

  const consumed = await startSpillway(consumerTest(topic, 1_000_000)).finished;
  expect(consumed).toMatchObject({ status: 0 });
  const row = parseConsumerLine(consumed.stdout);
  expect(row.size).toBe(10);
  expect(row.get('data.consumed.in.nMsg')).toBe('1000000');
  expect(row.get('data.consumed.in.MB')).toBe((100_000_000 / 2 ** 20).toFixed(4));
  expect(row.get('start.time')).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d:\d{3}$/);
});

test('kcat counts what the producer sent over four partitions, and finds whole records', async (context) => {
  needs(context, 'kcat');
  const topic = 'perf-partitions';

  const produced = await startSpillway(producerTest(topic, 200_000, '--partitions', '4', '--producers', '2')).finished;
  expect(produced).toMatchObject({ status: 0 });

  let total = 0;
  for (const partition of [0, 1, 2, 3]) total += await kcatOffset(broker.address, topic, partition, -1);
  expect(total).toBe(200_000);
  const read = await run('kcat', [
    '-C',
    '-q',
    '-e',
    '-o',
    'beginning',
    '-b',
    broker.address,
    '-t',
    topic,
    '-f',
    '%K %S\n',
  ]);
  const shapes = lines(read.stdout);
  expect(shapes).toHaveLength(200_000);
  expect(new Set(shapes)).toEqual(new Set(['-1 100']));
});

for (const acks of ['0', '1', 'all']) {
  test(`with acks=${acks} the producer's count is the broker's`, async () => {
    const topic = `perf-acks-${acks}`;

    const args = producerTest(topic, 100_000, '--command-property', `acks=${acks}`, '--json');
    const produced = await startSpillway(args).finished;

    expect(produced).toMatchObject({ status: 0 });
    expect(JSON.parse(produced.stdout)).toMatchObject({ recordsSent: 100_000, recordsFailed: 0 });
    await expect.poll(() => endOffsets(broker.address, topic), { timeout: 10_000 }).toEqual([100_000]);
  });
}

test('the consumer counts exactly the records asked for, of a topic that another client wrote', async (context) => {
  needs(context, 'kcat');
  const topic = 'perf-kcat';
  const values = Array.from({ length: 10_000 }, (_, index) => `key-${index}|${'v'.repeat(1 + (index % 500))}`);
  await run('kcat', ['-P', '-b', broker.address, '-t', topic, '-p', '0', '-K', '|'], values.join('\n'));

  const consumed = await startSpillway(consumerTest(topic, 6_789, '--json')).finished;

  const bytes = values.slice(0, 6_789).reduce((sum, line) => sum + line.length - 1, 0);
  expect(consumed).toMatchObject({ status: 0 });
  expect(JSON.parse(consumed.stdout)).toMatchObject({ recordsConsumed: 6_789, bytesConsumed: bytes });
});

test('kcat reads the monotonic payload in order', async (context) => {
  needs(context, 'kcat');
  const topic = 'perf-monotonic';
  const args = ['producer-perf-test', '--bootstrap-server', broker.address, '--topic', topic, '--no-record'];

  const produced = await startSpillway([
    ...args,
    ...['--num-records', '50000', '--payload-monotonic', '--throughput', '-1'],
  ]).finished;
  const read = await run('kcat', ['-C', '-q', '-e', '-o', 'beginning', '-b', broker.address, '-t', topic]);

  expect(produced).toMatchObject({ status: 0 });
  expect(lines(read.stdout)).toEqual(Array.from({ length: 50_000 }, (_, index) => String(index)));
});
