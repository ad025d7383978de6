/** What the commands say, and what the broker keeps, when one of them is killed or missing. */
import { once } from 'node:events';
import { createServer } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  type BrokerProcess,
  createTopic,
  kcatOffset,
  lines,
  needs,
  recordCount,
  run,
  startBroker,
  startSpillway,
  temporaryDirectory,
} from './support.ts';

let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
let broker: BrokerProcess | null;

beforeEach(async () => {
  directory = await temporaryDirectory();
  broker = null;
});

afterEach(async () => {
  await broker?.end('SIGKILL');
  await directory.remove();
});

/** A port of loopback that nothing listens on: one that was just free. */
async function closedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('a TCP server has no port');
  return address.port;
}

/** One clear line: no stack trace, nothing on stdout. */
function expectOneClearLine(finished: { stdout: string; stderr: string }): void {
  expect(finished.stdout).toBe('');
  expect(finished.stderr).not.toMatch(/^\s+at /m);
  expect(lines(finished.stderr)).toHaveLength(1);
}

for (const command of ['producer-perf-test', 'consumer-perf-test']) {
  test(`${command} says within seconds that nothing listens, and exits 1`, async () => {
    const address = `127.0.0.1:${await closedPort()}`;
    const producerFlags = command === 'producer-perf-test' ? ['--record-size', '100', '--throughput', '-1'] : [];

    const finished = await startSpillway([
      ...[command, '--bootstrap-server', address, '--topic', 't', '--num-records', '1000', '--no-record'],
      ...producerFlags,
    ]).finished;

    expect(finished.status).toBe(1);
    expectOneClearLine(finished);
    expect(finished.stderr).toContain(address);
    // Not a measurement of speed: max.block.ms, a minute, must not be waited for.
    expect(finished.elapsedMs).toBeLessThan(30_000);
  });
}

for (const acks of ['1', 'all']) {
  test(`every record acknowledged with acks=${acks} is there after the broker was killed -9 in the middle of a run`, async () => {
    const topic = 'killed';
    broker = await startBroker(directory.path);
    await createTopic(broker.address, topic, 2);
    const producer = startSpillway([
      ...['producer-perf-test', '--bootstrap-server', broker.address, '--topic', topic, '--no-record', '--json'],
      ...['--num-records', '100000000', '--record-size', '100', '--throughput', '200000'],
      ...['--command-property', `acks=${acks}`, 'delivery.timeout.ms=4000', 'request.timeout.ms=2000'],
    ]);
    const { address } = broker;
    await expect.poll(() => recordCount(address, topic), { timeout: 30_000, interval: 50 }).toBeGreaterThan(100_000);

    await broker.end('SIGKILL');
    const finished = await producer.finished;
    broker = await startBroker(directory.path);

    expect(finished.status).toBe(1);
    expect(finished.stderr).not.toMatch(/^\s+at /m);
    const { recordsSent, recordsFailed } = JSON.parse(finished.stdout);
    expect(recordsSent).toBeGreaterThan(0);
    expect(recordsFailed).toBeGreaterThan(0);
    expect(await recordCount(broker.address, topic)).toBeGreaterThanOrEqual(recordsSent);
  });
}

test('a broker killed -9 under kcat has every record it acknowledged, whole, when it is started again', async (context) => {
  needs(context, 'kcat');
  const topic = 'killed-kcat';
  const values = Array.from({ length: 20_000 }, (_, index) => `value-${index}`);
  broker = await startBroker(directory.path);
  await createTopic(broker.address, topic);
  await run('kcat', ['-P', '-b', broker.address, '-t', topic, '-p', '0', '-X', 'acks=all'], values.join('\n'));

  await broker.end('SIGKILL');
  broker = await startBroker(directory.path);
  const read = await run('kcat', ['-C', '-q', '-e', '-o', 'beginning', '-b', broker.address, '-t', topic]);
  await run('kcat', ['-P', '-b', broker.address, '-t', topic, '-p', '0'], 'one more');

  expect(lines(read.stdout)).toEqual(values);
  expect(await kcatOffset(broker.address, topic, 0, -1)).toBe(values.length + 1);
});
