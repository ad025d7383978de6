import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { findRun, listRuns, readStoredRun } from '../../src/results/store.ts';

describe('the store of runs', () => {
  let dir = '';
  const add = (name: string, text: string): string => {
    mkdirSync(join(dir, name));
    writeFileSync(join(dir, name, 'run.json'), text);
    return join(dir, name);
  };
  const run = (day: number, more = {}): string =>
    JSON.stringify({
      schemaVersion: 1,
      isPartial: true,
      command: 'c',
      startedAt: `2026-03-0${day}T10:00:00.000Z`,
      ...more,
    });

  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'spillway-store-'));
  });
  afterEach(() => rmSync(dir, { recursive: true }));

  test('lists what holds a run.json, the latest first, with what cannot be read', () => {
    add('2026-03-01T10-00-00-a', run(1));
    add('2026-03-03T10-00-00-c', run(3).slice(0, 20));
    add('2026-03-02T10-00-00-b', run(2, { schemaVersion: 99 }));
    mkdirSync(join(dir, 'baselines'));
    const found = listRuns(dir);
    expect(found.map(({ name }) => name.slice(-1))).toEqual(['c', 'b', 'a']);
    expect(found[0]?.problem).toMatch(/run\.json is not JSON: it was cut off or changed/);
    expect(found[1]?.problem).toMatch(/schema version 99; this spillway reads up to 1: update spillway/);
    expect(found[2]).toMatchObject({ problem: null, run: { isPartial: true } });
  });

  test('finds a run by latest, number, name, part of a name, folder and file', () => {
    const first = add('2026-03-01T10-00-00-producer-orders', run(1));
    const second = add('2026-03-02T10-00-00-producer-quotes', run(2));
    expect(findRun(dir, 'latest')).toBe(second);
    expect(findRun(dir, '2')).toBe(first);
    for (const word of ['2026-03-01T10-00-00-producer-orders', 'orders', first, `${first}/run.json`, `${first}/`])
      expect(findRun(dir, word)).toBe(first);
  });

  test('latest and numbers leave out what cannot be read, and say so', () => {
    const first = add('2026-03-01T10-00-00-a', run(1));
    const second = add('2026-03-02T10-00-00-b', run(2));
    add('zzz', '{}');
    const skipped: string[] = [];
    expect(findRun(dir, 'latest', (problem) => skipped.push(problem))).toBe(second);
    expect(findRun(dir, '1')).toBe(second);
    expect(findRun(dir, '2')).toBe(first);
    expect(skipped).toEqual([expect.stringMatching(/zzz.run\.json is no run record: schemaVersion or isPartial/)]);
    expect(() => findRun(dir, '3')).toThrow(/there is no run number 3: .* holds 2, and 1 is the latest/);
    rmSync(first, { recursive: true });
    rmSync(second, { recursive: true });
    expect(() => findRun(dir, 'latest')).toThrow(/holds no run that can be read: .*zzz/);
  });

  test('says what there is when nothing or too much fits', () => {
    add('2026-03-01T10-00-00-producer-orders', run(1));
    add('2026-03-02T10-00-00-producer-quotes', run(2));
    expect(() => findRun(dir, '3')).toThrow(/holds 2, and 1 is the latest/);
    expect(() => findRun(dir, 'producer')).toThrow(/fits 2 runs/);
    expect(() => findRun(dir, 'nothing')).toThrow(/no run of .* is named "nothing"/);
    expect(() => findRun(dir, `${dir}/x`)).toThrow(/holds no run.json/);
    expect(() => listRuns(join(dir, 'missing'))).toThrow(/is not there; name another one by --results-dir/);
  });

  test('reads the files beside a run', () => {
    const folder = add('2026-03-01T10-00-00-a', run(1));
    writeFileSync(join(folder, 'service-time.hgrm'), 'points');
    writeFileSync(join(folder, 'report.html'), 'page');
    expect(readStoredRun(folder).files).toEqual({ 'service-time.hgrm': 'points' });
  });
});
