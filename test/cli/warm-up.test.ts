import { afterAll, expect, test } from 'vitest';
import { Place } from './spillway.ts';

const place = new Place();
afterAll(() => place.remove());

const common = ['--topic', 't', '--no-record', '--warmup-duration', '60s', '--record-size', '100'];

test('a producer test that ends in its warm-up says that no steady state was measured', async () => {
  const args = ['--num-records', '500', '--throughput', '-1', ...common];
  const ended = await place.start('producer-perf-test', ...args).ended;
  expect(ended.stderr).toContain('warning: the warm-up was not over when the test ended: no steady state was measured');
  expect(ended.stdout).not.toContain('NaN');
  expect(ended.status).toBe(0);
});

test('an end-to-end test that ends in its warm-up says so, and prints no latencies', async () => {
  const ended = await place.start('e2e-latency', '--num-records', '20', '--producer-acks', 'all', ...common).ended;
  expect(ended.stderr).toContain('warning: the warm-up was not over when the test ended: no steady state was measured');
  expect(ended.stdout).not.toContain('NaN');
  expect(ended.status).toBe(0);
});
