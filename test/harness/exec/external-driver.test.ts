/** `--driver exec:...` as users run it: a small program of our own is the load generator. */
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Place } from '../../cli/spillway.ts';
import { faultsOf } from '../../results/schema.ts';

const schema = JSON.parse(readFileSync(new URL('../../../docs/run.schema.json', import.meta.url), 'utf8'));

/** Says what it was told, and what every test needs to know of it; those that are to have sent records send them. */
const fake = `
const { Kafka } = require(${JSON.stringify(createRequire(import.meta.url).resolve('kafkajs'))});
const [kind, topic, records, config, bootstrap] = process.argv.slice(2);
const { readFileSync } = require('node:fs');
console.error(readFileSync(config, 'utf8').includes('client.id') ? 'it has its properties' : 'it lacks them');
const send = async () => {
  const producer = new Kafka({ brokers: [bootstrap], logLevel: 0 }).producer();
  await producer.connect();
  await producer.send({ topic, messages: Array.from({ length: Number(records) }, () => ({ value: 'abcde' })) });
  await producer.disconnect();
};
if (kind === 'line' || kind === 'latency') send().then(() => say(kind));
else say(kind);
function say(kind) {
if (kind === 'line') console.log(records + ' records sent, 500.0 records/sec (0.05 MB/sec), 1.50 ms avg latency, 9.00 ms max latency, 1 ms 50th, 2 ms 95th, 3 ms 99th, 4 ms 99.9th.');
else if (kind === 'json') console.log(JSON.stringify({ records: Number(records), elapsedSeconds: 2, bytes: 1000 }));
else if (kind === 'half') console.log(JSON.stringify({ records: records / 2, elapsedSeconds: 2 }));
else if (kind === 'elsewhere') console.log(JSON.stringify({ records: Number(records), elapsedSeconds: 2 }));
else if (kind === 'impossible') console.log(JSON.stringify({ records: -5, elapsedSeconds: 'x' }));
else if (kind === 'tells') console.log(readFileSync(config, 'utf8').split('\\n').find((line) => line.includes('jaas'))), process.exitCode = 3;
else if (kind === 'latency') console.log('0\\t9.5\\nAvg latency: 2.5000 ms\\nPercentiles: 50th = 2, 99th = 9, 99.9th = 10');
else if (kind === 'hang') setInterval(() => {}, 1000), console.log('1 records sent, 1.0 records/sec (0.00 MB/sec), 1.0 ms avg latency, 1.0 ms max latency.');
else { console.error('Exception: no broker for topic ' + topic); process.exitCode = 4; }
}
`;

let place: Place;
beforeAll(() => {
  place = new Place();
  writeFileSync(place.path('fake.cjs'), fake);
});
afterAll(() => place.remove());

const driver = (kind: string): readonly string[] => [
  '--driver',
  `exec:${process.execPath} '${place.path('fake.cjs')}' ${kind} {topic} {records} {config} {bootstrap}`,
];
const produce = (...more: readonly string[]) =>
  place.start(
    'producer-perf-test',
    '--topic',
    't',
    '--num-records',
    '10',
    '--record-size',
    '5',
    '--throughput',
    '-1',
    ...more,
  );

describe('another program as a driver', () => {
  test('of a producer test has its figures in the same document and in the run record', async () => {
    const { stdout, stderr, status } = await produce(...driver('line'), '--json').ended;
    expect({ status, stderr }).toMatchObject({ status: 0 });
    const result = JSON.parse(stdout);
    expect(result).toMatchObject({
      recordsSent: 10,
      recordsPerSecond: 500,
      serviceTimeMs: { mean: 1.5, p50: 1, p90: null, p999: 4, max: 9 },
      generator: { wallSeconds: expect.any(Number) },
      outside: { records: 10 },
      verdict: null,
    });
    expect(result.driver).toMatch(/^exec:/);
    expect(result.driverNotes.length).toBeGreaterThan(0);
    const run = JSON.parse(readFileSync(join(result.runRecord, 'run.json'), 'utf8'));
    expect(faultsOf(schema, run)).toEqual([]);
  });

  test('of a producer test prints the line of the tool', async () => {
    const { stdout, status } = await produce(...driver('line'), '--no-record').ended;
    expect(stdout).toBe(
      '10 records sent, 500.000000 records/sec (0.05 MB/sec), 1.50 ms avg latency, 9.00 ms max latency, 1.00 ms 50th, 2.00 ms 95th, 3.00 ms 99th, 4.00 ms 99.9th.\n',
    );
    expect(status).toBe(0);
  });

  test('of a consumer test reads a topic that was filled for it', async () => {
    const args = ['consumer-perf-test', '--topic', 't', '--num-records', '10', '--json'];
    const { stdout, status } = await place.run(...args, ...driver('json'));
    const result = JSON.parse(stdout);
    expect(result).toMatchObject({ recordsConsumed: 10, bytesConsumed: 1000, recordsPerSecond: 5, isTimedOut: false });
    expect(result.outside.records).toBe(10);
    const run = JSON.parse(readFileSync(join(result.runRecord, 'run.json'), 'utf8'));
    expect(faultsOf(schema, run)).toEqual([]);
    expect(status).toBe(0);
  });

  test('of an end-to-end test has its latencies in the same document and in the run record', async () => {
    const args = [
      'e2e-latency',
      '--topic',
      't',
      '--num-records',
      '10',
      '--record-size',
      '50',
      '--producer-acks',
      'all',
    ];
    const { stdout, stderr, status } = await place.run(...args, ...driver('latency'), '--json');
    expect({ status, stderr }).toMatchObject({ status: 0 });
    const result = JSON.parse(stdout);
    expect(result).toMatchObject({
      recordsReceived: 10,
      endToEndServiceTimeMs: { count: 10, mean: 2.5, p50: 2, p99: 9, p999: 10 },
      endToEndResponseTimeMs: null,
      verdict: null,
    });
    const run = JSON.parse(readFileSync(join(result.runRecord, 'run.json'), 'utf8'));
    expect(faultsOf(schema, run)).toEqual([]);
    const atRate = await place.run(...args, ...driver('latency'), '--throughput', '100');
    expect(atRate).toMatchObject({ status: 2, stdout: '' });
    expect(atRate.stderr).toContain('cannot be asked for this: --throughput');
  });

  test('that says or sends less than it was asked for makes the test fail', async () => {
    const half = await produce(...driver('half'), '--no-record').ended;
    expect(half).toMatchObject({ status: 1, stdout: expect.stringMatching(/^5 records sent, 2\.500000 records\/sec/) });
    expect(half.stderr).toMatch(/says 5 of 10 records\n$/);
    const elsewhere = await produce(...driver('elsewhere'), '--no-record').ended;
    expect(elsewhere.status).toBe(1);
    expect(elsewhere.stderr).toMatch(/says 10 records, and topic t grew by 0\n$/);
    const ofBoth = ['e2e-latency', '--topic', 't', '--num-records', '10', '--record-size', '5', '--producer-acks', '1'];
    const endToEnd = await place.run(...ofBoth, ...driver('half'), '--no-record');
    expect(endToEnd.status).toBe(1);
    expect(endToEnd.stderr).toContain('says 5 of 10 records');
  });

  test('that says what cannot be makes the test fail', async () => {
    const { status, stdout, stderr } = await produce(...driver('impossible'), '--no-record').ended;
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toContain('it printed no figures that can be read: {"records":-5');
  });

  test('is not repeated where it tells the secrets that it was given', async () => {
    const jaas =
      'org.apache.kafka.common.security.plain.PlainLoginModule required username="u" password="no one may see";';
    const secured = ['--command-property', 'sasl.mechanism=PLAIN', `sasl.jaas.config=${jaas}`];
    const { status, stdout, stderr } = await produce(...driver('tells'), '--json', '--no-record', ...secured).ended;
    expect(status).toBe(1);
    expect(`${stdout}${stderr}`).toContain('it ended with status 3: sasl.jaas.config=');
    expect(`${stdout}${stderr}`).not.toContain('no one may see');
  });

  test('that cannot be given a timeout is not', async () => {
    const args = ['consumer-perf-test', '--topic', 't', '--num-records', '10', '--timeout', '500', '--no-record'];
    const { status, stderr } = await place.run(...args, ...driver('json'));
    expect(status).toBe(2);
    expect(stderr).toContain('--timeout cannot be asked of exec:');
  });

  test('that fails makes the test fail, with what it said', async () => {
    const { stderr, status } = await produce(...driver('fail'), '--no-record').ended;
    expect(stderr).toContain('it ended with status 4: Exception: no broker for topic t');
    expect(status).toBe(1);
  });

  test('is ended with the test, and leaves nothing behind', async () => {
    const running = produce(...driver('hang'), '--no-record');
    await running.wrote('stderr', /made with 1 partition/);
    while (!running.processes().some((id) => readFileSync(`/proc/${id}/cmdline`, 'latin1').includes('fake.cjs\0hang')))
      await new Promise((resolve) => setTimeout(resolve, 20));
    running.child.kill('SIGINT');
    expect((await running.ended).status).toBe(130);
    await place.quiet();
    expect(place.leftovers()).toEqual([]);
  });

  test('is refused before anything starts when it is not there, or cannot do what is asked', async () => {
    const missing = await produce('--driver', 'exec:no-such-program').ended;
    expect(missing).toMatchObject({ status: 2, stdout: '' });
    expect(missing.stderr).toContain('there is no program no-such-program');
    const warmUp = await produce(...driver('line'), '--warmup-records', '5').ended;
    expect(warmUp.status).toBe(2);
    expect(warmUp.stderr).toContain('cannot be asked for this: a warm-up');
    const home = await produce('--kafka-home', '/tmp').ended;
    expect(home.stderr).toContain('--kafka-home is for --driver exec:java');
  });
});

describe('side-by-side', () => {
  test('refuses what is not known, and what has nothing to be held against', async () => {
    const unknown = await place.run('side-by-side', '--only', 'produce-10');
    expect(unknown).toMatchObject({ status: 2, stdout: '' });
    expect(unknown.stderr).toContain('--only takes some of produce-100');
    const alone = await place.run('side-by-side', '--only', 'embedded-16k');
    expect(alone.stderr).toContain('give --bootstrap-server');
    const taken = await place.run('side-by-side', '--producer-command', 'java=true');
    expect(taken.stderr).toContain('--producer-command cannot be named java');
  });
});
