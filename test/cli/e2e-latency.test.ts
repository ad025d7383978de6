import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { startBroker } from '../../src/index.ts';
import { faultsOf } from '../results/schema.ts';
import { Place } from './spillway.ts';

const schema = JSON.parse(readFileSync(new URL('../../docs/run.schema.json', import.meta.url), 'utf8'));
const test = (...more: string[]): string[] => [
  ...['e2e-latency', '--topic', 't', '--record-size', '50', '--producer-acks', 'all'],
  ...more,
];

let place: Place;
beforeEach(() => {
  place = new Place();
});
afterEach(() => place.remove());

/** A broker with faults; its address. */
const brokerWith = async (faults: readonly unknown[]): Promise<string> => {
  writeFileSync(place.path('faults.json'), JSON.stringify(faults));
  const run = place.start('broker', '--data-dir', 'data', '--listen', '127.0.0.1:0', '--faults', 'faults.json');
  const [, address = ''] = await run.wrote('stdout', /listening on (127\.0\.0\.1:\d+)/);
  return address;
};

describe('e2e-latency', () => {
  it("prints Kafka's lines, with fractions, and makes the topic", async () => {
    const ended = await place.run(...test('--num-records', '1001', '--no-record'));
    expect(ended.stdout).toMatch(
      /^0\t\d+\.\d{3}\n1000\t\d+\.\d{3}\nAvg latency: \d+\.\d{4} ms\nPercentiles: 50th = \d+\.\d{3}, 99th = \d+\.\d{3}, 99\.9th = \d+\.\d{3}\n$/,
    );
    expect(ended.stderr).toMatch(/topic t does not exist: made with 1 partition\n/);
    expect(ended.status).toBe(0);
    await place.quiet();
    expect(place.leftovers()).toEqual([]);
  });

  it('keeps a run record that the schema describes, with a file for each latency', async () => {
    const more = ['--throughput', '2000', '--num-records', '500', '--warmup-records', '100', '--print-metrics'];
    const ended = await place.run(
      ...test(...more, '--record-key-size', '3', '--num-headers', '2', '--reporting-interval', '50', '--json'),
    );
    const result = JSON.parse(ended.stdout);
    expect(faultsOf(schema, { isPartial: false, ...result })).toEqual([]);
    expect(result).toMatchObject({ recordsSent: 500, recordsReceived: 500, recordsLost: 0, warmupRecords: 100 });
    for (const name of ['ackTimeMs', 'ackResponseTimeMs', 'endToEndServiceTimeMs', 'endToEndResponseTimeMs'])
      expect(result[name].count).toBe(400);
    expect(result.endToEndResponseTimeMs.max).toBeGreaterThanOrEqual(result.endToEndServiceTimeMs.max);
    expect(result.configuration.client).toMatchObject({ 'producer.linger.ms': 0, 'consumer.check.crcs': true });
    expect(result.windows.length).toBeGreaterThan(1);
    expect(readdirSync(result.runRecord).toSorted()).toEqual([
      'ack-response-time.hgrm',
      'ack-time.hgrm',
      'end-to-end-response-time.hgrm',
      'end-to-end-service-time.hgrm',
      'latency.hlog',
      'report.html',
      'run.json',
      'send-lateness.hgrm',
      'summary.csv',
    ]);
    const log = readFileSync(join(result.runRecord, 'latency.hlog'), 'utf8');
    for (const tag of ['ack', 'ackresponse', 'service', 'response', 'lateness']) expect(log).toMatch(`\nTag=${tag},`);
    const kept = JSON.parse(readFileSync(join(result.runRecord, 'run.json'), 'utf8'));
    expect(kept).toEqual({ isPartial: false, ...result });
    expect(ended.stderr).toMatch(/the first 100 records are warm-up/);
    expect(ended.status).toBe(0);
  });

  it('at a rate shows a freeze of the broker in every record that was due in it, over several clients', async () => {
    const broker = await startBroker();
    onTestFinished(() => broker.close());
    const run = place.start(
      ...test('--bootstrap-server', broker.bootstrapServers, '--partitions', '3', '--no-record'),
      ...['--throughput', '500', '--num-records', '2500', '--producers', '2', '--consumers', '2'],
    );
    await run.wrote('stdout', /^0\t/);
    await broker.faults.freeze(1000);
    const { status, stdout, stderr } = await run.ended;
    expect(stderr).not.toMatch(/lost|received again/);
    expect(status).toBe(0);
    // A fifth of the records was due in it, evenly over its second: the tenth that waited longest waited half of it or more.
    const [, average, p99] = /Avg latency: ([\d.]+) ms\n.*99th = ([\d.]+),/.exec(stdout) ?? [];
    expect(Number(p99)).toBeGreaterThan(800);
    expect(Number(average)).toBeGreaterThan(80);
  }, 60_000);

  it('fails when a record comes twice, since its answer was lost and it was sent again', async () => {
    const address = await brokerWith([{ match: { api: 'Produce' }, drop: { when: 'after', times: 1 } }]);
    const target = ['--bootstrap-server', address, '--command-property', 'enable.idempotence=false'];
    const ended = await place.run(...test(...target, '--num-records', '20', '--no-record'));
    expect(ended.stderr).toMatch(/20 acknowledged, 20 received, 0 failed, 1 received again/);
    expect(ended.stdout).toMatch(/^Percentiles: /m);
    expect(ended.status).toBe(1);
  });

  it('with --verify says what became of each record, and what a backlog did', async () => {
    const more = [
      '--throughput',
      '-1',
      '--num-records',
      '2000',
      '--verify',
      '--backlog',
      '500',
      '--json',
      '--no-record',
    ];
    const ended = await place.run(...test(...more, '--keys', 'uniform:9', '--partitions', '2', '--consumers', '2'));
    const result = JSON.parse(ended.stdout);
    expect(faultsOf(schema, { isPartial: false, ...result })).toEqual([]);
    expect(result.verification).toMatchObject({ isPassed: true, recordsSent: 2000, recordsReceived: 2000 });
    expect(result).toMatchObject({ recordsForeign: 0, verdict: null, backlog: { records: 500 } });
    expect(result.backlog.drainedSeconds).toBeGreaterThan(0);
    expect(ended.stderr).toMatch(/the backlog of 500 records was read in [\d.]+ s; to the acknowledgement/);
    expect(ended.status).toBe(0);
  });

  it('with --verify fails with examples when a record comes twice', async () => {
    const address = await brokerWith([{ match: { api: 'Produce' }, drop: { when: 'after', times: 1 } }]);
    const target = ['--bootstrap-server', address, '--command-property', 'enable.idempotence=false'];
    const more = ['--throughput', '1000', '--num-records', '200', '--verify', '--no-record'];
    const ended = await place.run(...test(...target, ...more));
    expect(ended.stdout).toMatch(/\n200 sent, 200 received, 0 lost, \d+ twice, \d+ out of order\n/);
    expect(ended.stderr).toMatch(/ twice: record 0 of producer 0 at offset \d+ of partition 0/);
    expect(ended.status).toBe(1);
  });

  it('leaves out records of another producer, and says how many there were', async () => {
    const address = await brokerWith([]);
    const target = ['--bootstrap-server', address, '--no-record'];
    const run = place.start(...test(...target, '--num-records', '1000000', '--throughput', '2000'));
    await run.wrote('stdout', /^0\t/);
    const others = ['--topic', 't', '--num-records', '5', '--record-size', '50', '--throughput', '-1'];
    await place.run('producer-perf-test', ...target, ...others);
    // A record that was sent after those has come back.
    const [, newest = ''] = await run.wrote('stdout', /(\d+)\t[\d.]+\n$/);
    await run.wrote('stdout', new RegExp(`^${Number(newest) + 1000}\t`, 'm'));
    run.child.kill('SIGINT');
    const { status, stdout, stderr } = await run.ended;
    expect(stderr).toMatch(/interrupted after [\d,]+ of 1,000,000 records\n/);
    expect(stderr).toMatch(/5 records were not of this test/);
    expect(stdout).toMatch(/^Avg latency: \d/m);
    expect(status).toBe(130);
  }, 60_000);

  it('says in one line, and in the document, why it could not begin', async () => {
    const target = ['--bootstrap-server', '127.0.0.1:1', '--json'];
    const { status, stdout, stderr } = await place.run(...test(...target, '--num-records', '5'));
    const document = JSON.parse(stdout);
    expect(faultsOf(schema, document, { $ref: '#/$defs/unbegunE2eRun' })).toEqual([]);
    expect(stderr).toBe(`spillway e2e-latency: ${document.failure}\n`);
    expect(status).toBe(1);
  });

  it('is also called end-to-end-latency, and ends with its duration', async () => {
    const line = test('--duration', '300ms', '--throughput', '1000', '--json', '--no-record').slice(1);
    const ended = await place.run('end-to-end-latency', ...line);
    const result = JSON.parse(ended.stdout);
    expect(result).toMatchObject({ command: 'e2e-latency', recordsSent: 300, recordsReceived: 300, failure: null });
    expect(faultsOf(schema, { isPartial: false, ...result })).toEqual([]);
    expect(ended.status).toBe(0);
  });

  it('refuses a record that is larger than a request may be', async () => {
    const { status, stderr } = await place.run(...test('--num-records', '5', '--record-key-size', '1048576'));
    expect(stderr).toMatch(/more than max\.request\.size=1048576/);
    expect(status).toBe(2);
  });
});
