import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { Place } from './spillway.ts';

const place = new Place();
afterAll(() => place.remove());

const run = (...args: readonly string[]) => place.start('run', ...args).ended;
const file = (name: string, text: string): string => {
  writeFileSync(place.path(name), text);
  return name;
};

describe('spillway run', () => {
  test('runs a shortened batch-and-linger, and keeps every trial', async () => {
    const ended = await run(
      'batch-and-linger',
      '--set',
      'records=500',
      'warmup=1ms',
      'trials=1',
      'client.linger.ms=[0,1]',
      'client.batch.size=[4096]',
      '--results-dir',
      'swept',
    );
    expect(ended.stderr).toContain('2 steps, 2 trials');
    expect(ended.status).toBe(0);
    expect(ended.stdout).toMatch(/^step +batch.size +linger.ms +trials +records\/s/);
    expect(ended.stdout).toMatch(
      /^best: step [12] \(batch.size=4096 linger.ms=[01]\), by the highest median records\/s/m,
    );
    const [folder = ''] = readdirSync(place.path('swept'));
    expect(folder).toMatch(/^[\dT-]+-batch-and-linger$/);
    const record = JSON.parse(readFileSync(join(place.path('swept'), folder, 'run.json'), 'utf8'));
    expect(record).toMatchObject({ schemaVersion: 1, isPartial: false, command: 'run', workload: 'batch-and-linger' });
    expect(record.trials.map((trial: { result: { recordsSent: number } }) => trial.result.recordsSent)).toEqual([
      500, 500,
    ]);
  });

  test.each([
    ['latency-floor', ['records=20', 'warmupRecords=2', 'trials=1', 'client.acks=1']],
    ['many-consumers', ['records=1000', 'trials=1', 'consumers=2', 'groups=[1,2]']],
    ['transactions', ['records=200', 'trials=1', 'transactions.records=100']],
    ['tail-under-load', ['duration=300ms', 'warmup=50ms', 'trials=1', 'rate=500']],
    ['catch-up', ['duration=500ms', 'rate=500', 'backlog=[0,2000]']],
  ])('runs a shortened %s', async (name, settings) => {
    const ended = await run(name, '--no-record', '--json', '--set', ...settings);
    expect(ended.stderr).not.toContain('failed');
    expect(ended.status).toBe(0);
    const steps: readonly { readonly trialsDone: number }[] = JSON.parse(ended.stdout).steps;
    expect(steps.every(({ trialsDone }) => trialsDone === 1)).toBe(true);
  });

  test('ends early, to be gone on with, when the cluster is gone; without one nothing is run or kept', async () => {
    const broker = place.start('broker', '--data-dir', place.path('data'), '--listen', '127.0.0.1:0');
    const [, address = ''] = await broker.wrote('stdout', /listening on (\S+), data in/);
    const steps = file(
      'gone.yaml',
      'duration: 1s\nwarmup: 100ms\nrate: 500\npayload: { size: 100 }\nsweep: { cross: { client.linger.ms: [0, 1, 2, 3] } }\nclient: { delivery.timeout.ms: 1000, request.timeout.ms: 900 }\n',
    );
    const args = [steps, '--results-dir', 'gone', '--set', `target.bootstrap=${address}`] as const;
    const running = place.start('run', ...args);
    await running.wrote('stderr', /step 1 .*records\/s/);
    broker.child.kill('SIGKILL');
    const { stderr, status } = await running.ended;
    expect(status).toBe(1);
    expect(stderr.match(/: failed, /g)).toHaveLength(1);
    expect(stderr).not.toContain('was not deleted');
    expect(readdirSync(place.path('gone'))).toEqual([expect.stringMatching(/-gone\.partial$/)]);
    const never = await run(...args.slice(0, 1), '--results-dir', 'never', ...args.slice(3));
    expect(never).toMatchObject({ status: 1, stdout: '' });
    expect(never.stderr).not.toContain('failed, ');
    expect(readdirSync(place.path('never'))).toEqual([]);
  });

  test('ends a verified one with what became of its records', async () => {
    const ended = await run('market-quotes', '--no-record', '--set', 'records=1500', 'rate=1000');
    expect(ended.status).toBe(0);
    expect(ended.stdout).toMatch(/\n1,500 sent, 1,500 received, 0 lost, 0 twice, 0 out of order\n$/);
  });

  test('ends with 3 when a threshold is not met', async () => {
    const name = file('strict.yaml', 'records: 100\nthresholds: ["recordsPerSecond > 1e12"]');
    const ended = await run(name, '--no-record');
    expect(ended.status).toBe(3);
    expect(ended.stderr).toContain('threshold not met: recordsPerSecond > 1e12; step 1 has');
  });

  test('leaves a partial record when it is interrupted, which --resume goes on with', async () => {
    const name = file('slow.yaml', 'records: 30\ntrials: 2\nsweep: { points: [{ rate: max }, { rate: 10 }] }');
    const running = place.start('run', name, '--results-dir', 'cut');
    await running.wrote('stderr', /step 1 trial 1/);
    running.child.kill('SIGINT');
    expect((await running.ended).status).toBe(130);
    const [partial = ''] = readdirSync(place.path('cut'));
    expect(partial).toMatch(/\.partial$/);
    const changed = await run(name, '--resume', join('cut', partial), '--set', 'records=7');
    expect([changed.status, changed.stderr]).toEqual([2, expect.stringContaining('give the same ones')]);
    const dry = await run(name, '--resume', join('cut', partial), '--dry-run');
    expect([dry.status, dry.stdout]).toEqual([0, expect.stringContaining('what is left, 2 steps, 3 trials')]);
    const other = await run(name, '--resume', join('cut', partial), '--set', 'sweep.points=[{rate: max}, {rate: 10}]');
    expect(other.stderr).toContain('going on after 1 of 4 trials');
    expect(other.status).toBe(0);
    expect(readdirSync(place.path('cut'))).toEqual([partial.replace('.partial', '')]);
  });

  test('with --dry-run says what would run and starts nothing', async () => {
    const ended = await run('batch-and-linger', '--dry-run');
    expect(ended.stdout).toMatch(/^batch-and-linger against a broker of our own: 16 steps, 48 trials, about \d+ min/);
    expect(ended.stdout).toContain('spillway producer-perf-test --duration 4s');
  });

  test('with --dry-run prints lines that run a step by itself, as it stands in the workload', async () => {
    const text = `records: 9
headers: { a: "x y" }
target: { broker: { num.io.threads: 2 } }
topic: { name: t, config: { retention.ms: 5000 } }
sweep: { cross: { topic.partitions: [1, 3] } }`;
    const ended = await run(file('steps.yaml', text), '--dry-run');
    expect(ended.stdout).toContain(
      "2  partitions=3  spillway producer-perf-test --num-records 9 --throughput -1 --record-size 100 --headers 'a=x y' --topic t --partitions 3 --topic-config retention.ms=5000  # the broker's settings have no flag here: start spillway broker --config num.io.threads=2, and give its --bootstrap-server",
    );
    const cluster = await run('steps.yaml', '--dry-run', '--set', 'target={bootstrap: "h:1"}', 'topic.replication=3');
    expect(cluster.stdout).toContain(
      "--headers 'a=x y' --topic t-2 --partitions 3 --topic-config retention.ms=5000 --bootstrap-server h:1  # replication has no flag here: first spillway topics --create --topic t-2 --partitions 3 --replication-factor 3 --config retention.ms=5000 --bootstrap-server h:1",
    );
  });

  test.each([
    ['records: 1\nprodusers: 2', [], 'unknown key "produsers"; did you mean producers? (bad.yaml:2)'],
    ['records: 1', ['--results-dir', '/proc/x'], 'no run record can be kept in /proc/x'],
  ])('refuses %j with one line and 2', async (text, flags, message) => {
    const ended = await run(file('bad.yaml', text), ...flags);
    expect(ended.stderr).toContain(message);
    expect([ended.status, ended.stdout]).toEqual([2, '']);
  });

  test('says that the figures are those of a broker with faults, where a workload has some', async () => {
    const text = `records: 40
target: { faults: [{ match: { api: Produce }, delay: { ms: 30 } }] }
client: { max.in.flight.requests.per.connection: 1, linger.ms: 0, enable.idempotence: false }`;
    const ended = await run(file('faulty.yaml', text), '--no-record', '--json');
    expect(ended.stderr).toContain('broker with faults on purpose (target.faults)');
    const [{ result }] = JSON.parse(ended.stdout).trials;
    expect(result.requestTimeMs.p50).toBeGreaterThanOrEqual(30);
  });
});

test('spillway workloads lists those that come with it, and spillway schema prints a JSON Schema', async () => {
  const listed = await place.start('workloads').ended;
  expect(listed.stdout).toMatch(/^batch-and-linger +Which batch\.size and linger\.ms/m);
  const schema = await place.start('schema').ended;
  expect(JSON.parse(schema.stdout)).toMatchObject({ type: 'object', properties: { records: {} } });
});
