import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  type BrokerProcess,
  createTopic,
  endOffsets,
  kcatOffset,
  lines,
  needs,
  run,
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

test('kcat reads back every value it wrote, in order', async (context) => {
  needs(context, 'kcat');
  const values = Array.from({ length: 50_000 }, (_, index) => `${index} é-日本-𝄞 ${'x'.repeat(index % 300)}`);

  await createTopic(broker.address, 'kcat-values');
  await run('kcat', ['-P', '-b', broker.address, '-t', 'kcat-values', '-p', '0'], values.join('\n'));
  const read = await run('kcat', ['-C', '-q', '-e', '-o', 'beginning', '-b', broker.address, '-t', 'kcat-values']);

  expect(lines(read.stdout)).toEqual(values);
  expect(await endOffsets(broker.address, 'kcat-values')).toEqual([values.length]);
});

test('kcat reads back keys, headers, null values and empty values', async (context) => {
  needs(context, 'kcat');
  const topic = 'kcat-keys';
  await createTopic(broker.address, topic);

  const produce = ['-P', '-b', broker.address, '-t', topic, '-p', '0', '-K', '|'];
  await run('kcat', [...produce, '-H', 'trace=é-日本', '-H', 'empty='], 'key|value\n');
  await run('kcat', [...produce, '-Z'], 'tombstone|\n');
  await run('kcat', produce, 'empty|\n');
  const format = '%k,%K,%s,%S,%h,%o,%p\n';
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
    format,
  ]);

  expect(lines(read.stdout)).toEqual([
    'key,3,value,5,trace=é-日本,empty=,0,0',
    'tombstone,9,,-1,,1,0',
    'empty,5,,0,,2,0',
  ]);
});

test('kcat spreads keyed records over partitions and reads all of them', async (context) => {
  needs(context, 'kcat');
  const topic = 'kcat-partitions';
  const values = Array.from({ length: 3_000 }, (_, index) => `key-${index}|value-${index}`);

  await createTopic(broker.address, topic, 3);
  await run('kcat', ['-P', '-b', broker.address, '-t', topic, '-K', '|'], values.join('\n'));
  const read = await run('kcat', [
    '-C',
    '-q',
    '-e',
    '-b',
    broker.address,
    '-t',
    topic,
    '-o',
    'beginning',
    '-f',
    '%k|%s\n',
  ]);

  expect(lines(read.stdout).toSorted()).toEqual(values.toSorted());
  const offsets = await endOffsets(broker.address, topic);
  expect(offsets.every((offset) => offset > 0)).toBe(true);
  expect(offsets.reduce((sum, offset) => sum + offset, 0)).toBe(values.length);
});

test('kcat reads from an offset in the middle and from the tail', async (context) => {
  needs(context, 'kcat');
  const topic = 'kcat-middle';
  const values = Array.from({ length: 1_000 }, (_, index) => `value-${index}`);
  const read = ['-C', '-q', '-e', '-b', broker.address, '-t', topic, '-p', '0'];

  await createTopic(broker.address, topic);
  await run('kcat', ['-P', '-b', broker.address, '-t', topic, '-p', '0'], values.join('\n'));

  expect(lines((await run('kcat', [...read, '-o', '123', '-c', '2'])).stdout)).toEqual(['value-123', 'value-124']);
  expect(lines((await run('kcat', [...read, '-o', '-3'])).stdout)).toEqual(values.slice(-3));
});

test('kcat finds offsets by time', async (context) => {
  needs(context, 'kcat');
  const topic = 'kcat-times';
  const readTimes = ['-C', '-q', '-e', '-o', 'beginning', '-b', broker.address, '-t', topic, '-f', '%T\n'];
  await createTopic(broker.address, topic);

  await run('kcat', ['-P', '-b', broker.address, '-t', topic, '-p', '0'], 'one\ntwo');
  await run('kcat', ['-P', '-b', broker.address, '-t', topic, '-p', '0'], 'three\nfour');
  const times = lines((await run('kcat', readTimes)).stdout).map(Number);

  expect(times).toHaveLength(4);
  for (const time of times) {
    expect(await kcatOffset(broker.address, topic, 0, time)).toBe(times.indexOf(time));
  }
  expect(await kcatOffset(broker.address, topic, 0, Math.min(...times) - 1)).toBe(0);
  expect(await kcatOffset(broker.address, topic, 0, -2)).toBe(0);
  expect(await kcatOffset(broker.address, topic, 0, -1)).toBe(4);
  // No record is at or after that time.
  expect(await kcatOffset(broker.address, topic, 0, Math.max(...times) + 60_000)).toBe(-1);
});

test('kcat lists the broker, its topics and their partitions', async (context) => {
  needs(context, 'kcat');
  await createTopic(broker.address, 'kcat-listed', 4);

  const { stdout } = await run('kcat', ['-L', '-b', broker.address]);

  expect(stdout).toContain(` at ${broker.address} (controller)`);
  expect(stdout).toContain('topic "kcat-listed" with 4 partitions:');
  expect(stdout).toMatch(/partition 3, leader (\d+), replicas: \1, isrs: \1/);
});

test('kcat writes with acks 0, 1 and all, and with an idempotent producer', async (context) => {
  needs(context, 'kcat');
  const topic = 'kcat-acks';
  const values = Array.from({ length: 1_000 }, (_, index) => `value-${index}`).join('\n');
  const produce = ['-P', '-b', broker.address, '-t', topic, '-p', '0'];
  await createTopic(broker.address, topic);

  for (const setting of ['acks=0', 'acks=1', 'acks=all', 'enable.idempotence=true']) {
    await run('kcat', [...produce, '-X', setting], values);
  }

  await expect.poll(() => endOffsets(broker.address, topic), { timeout: 10_000 }).toEqual([4_000]);
});

test('kcat gets a topic made for it by writing to it', async (context) => {
  needs(context, 'kcat');

  await run('kcat', ['-P', '-b', broker.address, '-t', 'kcat-automatic'], 'one\ntwo');

  expect(await endOffsets(broker.address, 'kcat-automatic')).toEqual([2]);
});
