import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { writeHistory } from '../../src/cli/baseline-history.ts';
import { readFlags } from '../../src/cli/flags.ts';
import { saveBaseline } from '../../src/results/baseline-store.ts';
import { regressionResult } from '../report/regression-result.ts';

const flagTable = {
  output: { kind: 'value', group: '', metavar: 'FILE', description: '' },
  force: { kind: 'switch', group: '', description: '' },
  'results-dir': { kind: 'value', group: '', metavar: 'DIR', description: '' },
} as const;

let folder = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'spillway-history-'));
  const { metrics, trials, startedAt } = regressionResult();
  saveBaseline(
    join(folder, 'baselines'),
    {
      kind: 'spillway-baseline',
      schemaVersion: 1,
      name: 'main',
      savedAt: startedAt,
      source: 'run',
      workload: null,
      trialsRan: 'apart',
      metrics,
      environment: {},
      quantiles: [],
      trials: trials.map(({ figures }) => ({ startedAt, figures, quantilesMs: null })),
    },
    false,
  );
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

const write = (...args: readonly string[]): readonly string[] =>
  writeHistory(
    'main',
    join(folder, 'baselines'),
    readFlags('baseline', flagTable, [...args, '--results-dir', folder], true),
  );

/** Keeps a comparison with a baseline, as a run record. */
const keep = (name: string, baseline: string): void => {
  const result = regressionResult(0.1);
  const stored = { name: baseline, file: `${baseline}.json`, savedAt: '' };
  const sides = { ...result.sides, baseline: { ...result.sides.baseline, stored } };
  mkdirSync(join(folder, name));
  writeFileSync(join(folder, name, 'run.json'), JSON.stringify({ isPartial: false, ...result, sides }));
};

test('the page of a history has the baseline and the kept comparisons with it', () => {
  keep('one', 'main');
  keep('two', 'main');
  keep('other', 'laptop');
  const path = join(folder, 'history.html');
  expect(write('--output', path)).toEqual([expect.stringMatching(/history\.html: 3 points$/)]);
  expect(readFileSync(path, 'utf8')).toContain('<h1>History of baseline main</h1>');
});

test('a page that is there already is replaced only when that is asked for', () => {
  const path = join(folder, 'history.html');
  writeFileSync(path, 'mine');
  expect(() => write('--output', path)).toThrow('is there already');
  expect(readFileSync(path, 'utf8')).toBe('mine');
  write('--output', path, '--force');
  expect(readFileSync(path, 'utf8')).toContain('History of baseline main');
  expect(existsSync(path)).toBe(true);
});
