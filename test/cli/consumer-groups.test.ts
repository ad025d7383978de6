import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Place } from './spillway.ts';

let place: Place;
beforeEach(() => {
  place = new Place();
});
afterEach(() => place.remove());

const consume = (...more: string[]): string[] => ['consumer-perf-test', '--topic', 't', '--no-record', ...more];

describe('consumer-perf-test in groups', () => {
  it('says who had nothing to read, and goes on with the next run where the group stands', async () => {
    const broker = place.start('broker', '--data-dir', place.path('data'), '--listen', '127.0.0.1:0');
    const [, address = ''] = await broker.wrote('stdout', /listening on (\S+), data in/);
    const target = ['--bootstrap-server', address];
    const produced = ['--num-records', '100', '--record-size', '10', '--throughput', '-1', '--partitions', '1'];
    await place.run('producer-perf-test', '--topic', 't', '--no-record', ...target, ...produced);
    const first = await place.run(
      ...consume('--group', 'g', '--num-records', '40', '--consumers', '2', '--hide-header', ...target),
    );
    expect(first.stdout.split(', ')[4]).toBe('40');
    expect(first.stderr).toMatch(
      /: group g \(range\): 40 records by 2 consumers; 1 of them had no partition to read; \d+ rebalances?, .* until/,
    );
    expect(first.status).toBe(0);
    const rest = await place.run(
      ...consume('--group', 'g', '--num-records', '100', '--timeout', '500', '--json', ...target),
    );
    expect(JSON.parse(rest.stdout)).toMatchObject({
      recordsConsumed: 60,
      isTimedOut: true,
      groups: [{ groupId: 'g' }],
    });
    expect(rest.stderr).toMatch(/WARNING: Exiting before consuming .*; 60 of 100 records were consumed/);
    expect(rest.status).toBe(1);
    broker.child.kill('SIGTERM');
    await broker.ended;
  }, 60_000);

  it('prints what was read when it is interrupted, after saying at once that it stops', async () => {
    const running = place.start(
      ...consume('--num-records', '100000', '--throughput', '10', '--fetch-size', '1', '--show-detailed-stats'),
      '--reporting-interval',
      '100',
    );
    await running.wrote('stdout', /, [1-9]\d*, \d+\.\d+, \d+, \d+, /);
    running.child.kill('SIGINT');
    await running.wrote('stderr', /stopping, and flushing what is on its way/);
    const ended = await running.ended;
    expect(ended.status).toBe(130);
    expect(ended.stderr).toMatch(/interrupted after [\d,]+ of 100,000 records/);
  });
});
