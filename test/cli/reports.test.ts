import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { producerRun } from '../report/stored.ts';
import { Place } from './spillway.ts';

let place: Place;
const first = '2026-03-01T10-00-00-producer-perf-test-orders';
const second = '2026-03-02T10-00-00-producer-perf-test-quotes';

const keep = (name: string, text: string): void => {
  mkdirSync(place.path(`results/${name}`), { recursive: true });
  writeFileSync(place.path(`results/${name}/run.json`), text);
};

beforeEach(() => {
  place = new Place();
  keep(first, JSON.stringify({ isPartial: false, ...producerRun({ startedAt: '2026-03-01T10:00:00.000Z' }) }));
  keep(second, JSON.stringify({ isPartial: false, ...producerRun({ startedAt: '2026-03-02T10:00:00.000Z' }) }));
});
afterEach(() => place.remove());

it('lists runs, shows one, and makes a page that is not replaced without --force', async () => {
  const listed = await place.run('list');
  expect(listed.stdout).toMatch(/1 {2}2026-03-02.*quotes.*\n2 {2}2026-03-01.*orders/);
  expect((await place.run('show', 'orders')).stdout).toMatch(/rate +1,000 records\/s, 1\.00 MiB\/s/);

  const made = await place.run('report', '1', '2', '--output', 'both.html');
  expect(made).toMatchObject({ status: 0, stdout: 'both.html\n' });
  const again = await place.run('report', '1', '--output', 'both.html');
  expect(again).toMatchObject({ status: 2, stdout: '' });
  expect(again.stderr).toMatch(/both\.html is there already; name another file by --output, or give --force/);
  expect(readFileSync(place.path('both.html'), 'utf8')).toContain('2 runs');
});

it('takes the latest that can be read, and says what it left out', async () => {
  keep('2026-03-03-damaged', '{}');
  expect((await place.run('list')).stdout).toMatch(/– {2}2026-03-03-damaged.*cannot be read\n1 {2}2026-03-02/);
  for (const args of [
    ['show', 'latest'],
    ['report', '1', '--format', 'csv'],
    ['open', 'latest'],
  ]) {
    const { status, stdout, stderr } = await place.run(...args);
    expect({ status, stderr }).toMatchObject({ status: 0 });
    expect(stdout).toContain('quotes');
    expect(stderr).toMatch(/left out: .*2026-03-03-damaged.run\.json is no run record/);
    expect(stderr.match(/left out/g)).toHaveLength(1);
  }
});

it('says in one line what is wrong with a record, and writes nothing', async () => {
  keep(first, '{"schemaVersion": 1, "isPar');
  keep(second, JSON.stringify({ schemaVersion: 7, isPartial: false }));
  keep('2026-03-03-damaged', JSON.stringify({ schemaVersion: 1, isPartial: false, command: 'producer-perf-test' }));
  for (const [run, reason] of [
    ['orders', /is not JSON: it was cut off or changed/],
    ['quotes', /has schema version 7; this spillway reads up to 1: update spillway/],
    ['damaged', /is damaged: a record of producer-perf-test has windows, and this one has not/],
    ['1', /holds no run that can be read/],
    ['quote-test', /did you mean|see spillway list/],
  ] as const) {
    const ended = await place.run('report', run);
    expect(ended).toMatchObject({ status: 2, stdout: '' });
    expect(ended.stderr).toMatch(reason);
    expect(ended.stderr.trim().split('\n')).toHaveLength(1);
  }
  expect(existsSync(place.path(`results/${first}/report.html`))).toBe(false);
});

it.skipIf(process.getuid?.() === 0)('says that a folder is read-only', async () => {
  chmodSync(place.path(`results/${first}`), 0o500);
  const ended = await place.run('report', 'orders');
  chmodSync(place.path(`results/${first}`), 0o700);
  expect(ended.status).toBe(2);
  expect(ended.stderr).toMatch(/cannot be written to; name another place by --output/);
});
