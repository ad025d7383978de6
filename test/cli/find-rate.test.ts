import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { command } from '../../src/cli/commands/find-rate.ts';
import { faultsOf } from '../results/schema.ts';
import { refusal } from './refusal.ts';
import { Place } from './spillway.ts';

const place = new Place();
afterAll(() => place.remove());

const findRate = (...args: readonly string[]) => place.start('find-rate', ...args).ended;
const schema = JSON.parse(readFileSync(new URL('../../docs/run.schema.json', import.meta.url), 'utf8'));

test('finds that the highest allowed rate holds, and keeps it', async () => {
  const small = ['--trial-duration', '400ms', '--warmup-duration', '50ms', '--first-rate', '50', '--most-rate', '100'];
  const ended = await findRate('--limit', 'p50 < 5 s', '--repeats', '1', '--results-dir', 'kept', ...small);
  expect(ended.stdout).toMatch(
    /^highest rate that holds p50 < 5 s: 100 records\/s, the highest that was allowed \(--most-rate\): it may hold more\n1 of 1 trial at it held/,
  );
  expect(ended.status).toBe(0);
  const [folder = ''] = readdirSync(place.path('kept'));
  const run = JSON.parse(readFileSync(join(place.path('kept'), folder, 'run.json'), 'utf8'));
  expect(faultsOf(schema, run)).toEqual([]);
  expect(run).toMatchObject({ command: 'find-rate', end: 'most-rate', rate: 100, limitedBy: null });
  const shown = await place.start('show', 'latest', '--results-dir', 'kept').ended;
  expect(shown.stdout).toContain('find-rate');
  expect(shown.status).toBe(0);
});

test.each([
  [[], '--limit is missing'],
  [['--limit', 'p99 < 1 s', '--trial-duration', '500ms'], 'give --trial-duration 1s or longer, or --first-rate 2000'],
  [['--limit', 'p99 < 10'], 'a time with its unit'],
  [['--limit', 'p98 < 10 ms'], 'is of no latency of this test'],
  [['--limit', 'p99 < 1 s', '--throughput', '5'], 'unknown flag --throughput'],
  [['--limit', 'p99 < 1 s', '--pace', 'ramp:1..2'], 'a trial has one rate'],
  [
    ['--limit', 'p99 < 1 s', '--end-to-end', '--transaction-records', '5'],
    '--transaction-records is not for --end-to-end',
  ],
  [['--limit', 'p99 < 1 s', '--first-rate', '5', '--most-rate', '4'], '--first-rate must be at most --most-rate'],
  [['--limit', 'p99 < 1 s', '--results-dir', '/proc/x'], 'no run record can be kept in /proc/x'],
])('refuses %j', async (args, message) => {
  await expect(refusal(command, args)).resolves.toContain(message);
});
