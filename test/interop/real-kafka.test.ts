/** scripts/real-kafka, as a maintainer runs it. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { lines, needs, recordCount, run, start, startSpillway, temporaryDirectory } from './support.ts';

const script = fileURLToPath(new URL('../../scripts/real-kafka', import.meta.url));

let directory: Awaited<ReturnType<typeof temporaryDirectory>>;

beforeEach(async () => {
  directory = await temporaryDirectory();
});

afterEach(async () => {
  await run(script, ['stop', '--dir', directory.path, '--remove']);
});

/** Whether a process runs; one that has ended, and whose parent has not looked yet, has no command line. */
function isRunning(processId: number): boolean {
  const file = `/proc/${processId}/cmdline`;
  return existsSync(file) && readFileSync(file, 'utf8') !== '';
}

test('real-kafka starts a node that serves clients, keeps its data, and leaves nothing behind', async (context) => {
  needs(context, 'java', 'mvn');
  const where = ['--dir', directory.path];

  const address = (await run(script, ['start', ...where])).stdout.trim();
  const again = (await run(script, ['start', ...where])).stdout.trim();
  const { stdout: status } = await run(script, ['status', ...where]);
  const processId = Number(/process (\d+)/.exec(status)?.[1]);

  expect(address).toMatch(/^127\.0\.0\.1:\d+$/);
  expect(again).toBe(address);
  expect(status).toContain(`on ${address}, process ${processId}, data in ${path.join(directory.path, 'data')}`);

  const load = await startSpillway([
    ...['producer-perf-test', '--bootstrap-server', address, '--topic', 't', '--num-records', '10000'],
    ...['--record-size', '100', '--throughput', '-1', '--no-record'],
  ]).finished;
  expect(load.status, load.stderr).toBe(0);
  await run(script, ['stop', ...where]);
  expect(isRunning(processId)).toBe(false);
  expect((await run(script, ['start', ...where])).stdout.trim()).toBe(address);
  expect(await recordCount(address, 't')).toBe(10_000);

  await run(script, ['stop', ...where, '--remove']);
  expect(existsSync(directory.path)).toBe(false);
  expect((await start(script, ['status', ...where]).finished).status).toBe(1);
});

test('real-kafka runs a node in ZooKeeper mode, which our clients read and write, and leaves nothing behind', async (context) => {
  needs(context, 'java', 'mvn');
  const where = ['--dir', directory.path];

  const address = (await run(script, ['start', '--zookeeper', ...where])).stdout.trim();
  const { stdout: status } = await run(script, ['status', ...where]);
  const processId = Number(/process (\d+)/.exec(status)?.[1]);
  expect(status).toContain(`Kafka 3.9.1 on ${address}`);

  const test = ['--bootstrap-server', address, '--topic', 't', '--num-records', '10000', '--no-record'];
  const load = ['--record-size', '100', '--throughput', '-1', '--command-property', 'acks=all'];
  const written = await startSpillway(['producer-perf-test', ...test, ...load]).finished;
  expect(written.status, written.stderr).toBe(0);
  const read = await startSpillway(['consumer-perf-test', ...test, '--group', 'g']).finished;
  expect(read.status, read.stderr).toBe(0);
  await run(script, ['stop', ...where, '--remove']);
  expect(isRunning(processId)).toBe(false);
  expect(existsSync(directory.path)).toBe(false);
});

test('real-kafka says plainly that there is no JDK', async () => {
  const noJava = ['-c', 'JAVA_HOME=/nowhere exec "$0" start --dir "$1"', script, directory.path];

  const { status, stderr, stdout } = await start('sh', noJava).finished;

  expect(stdout).toBe('');
  expect(lines(stderr)).toHaveLength(1);
  expect(stderr).toMatch(/needs a JDK, version 17 or later; \/nowhere\/bin\/java is not there: apt-get install/);
  expect(status).toBe(1);
});

test('real-kafka refuses what it does not know', async () => {
  for (const args of [[], ['restart'], ['start', '--port', 'x'], ['start', '--unknown']]) {
    const { status, stdout } = await start(script, args).finished;
    expect(stdout).toBe('');
    expect(status).toBe(2);
  }
});
