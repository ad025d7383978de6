import { describe, expect, test } from 'vitest';
import { reportPage } from '../../src/report/html/page.ts';
import { showLines } from '../../src/report/run-text.ts';
import type { StoredRun } from '../../src/results/store.ts';
import type { WorkloadRun } from '../../src/results/workload-run.ts';

const evil = '<img src=x onerror=alert(1)>';
const range = (median: number) => ({ median, least: median - 1, most: median + 1 });

/** A run over two axes. */
const run: WorkloadRun = {
  isPartial: false,
  schemaVersion: 1,
  command: 'run',
  workload: evil,
  source: 'a.yaml',
  startedAt: '2026-03-01T10:20:30.456Z',
  argv: [],
  plan: { note: evil },
  environment: {},
  elapsedSeconds: 12,
  isInterrupted: false,
  failure: null,
  steps: [0, 1, 2, 3].map((index) => ({
    index,
    point: { 'client.linger.ms': index % 2, 'payload.kind': index < 2 ? evil : 'json' },
    argv: [],
    trialsDone: 3,
    trialsFailed: 0,
    figures: { recordsPerSecond: range(1000 * (index + 1)), 'serviceTimeMs.p99': range(10 - index) },
    verdicts: { 'target-limited': 3 },
  })),
  trials: [],
  thresholds: [{ threshold: 'serviceTimeMs.p99 < 8', step: 0, value: 10, isMet: false }],
  best: { step: 3, rule: 'highest median records/s', notTold: [2] },
  runRecord: null,
};

/** It as the store gives it: a run of a kind that has a record of its own. */
const stored = { name: 'w', folder: '/w', run, files: {} } as unknown as StoredRun;

describe('the page of a workload', () => {
  const page = reportPage([stored]);

  test('shows the best point, what it is not told apart from, and thresholds that are not met', () => {
    expect(page).toContain('Best: client.linger.ms=1 payload.kind=json');
    expect(page).toContain('Not told apart from it by these trials: client.linger.ms=0 payload.kind=json');
    expect(page).toContain('serviceTimeMs.p99 &lt; 8 is not met');
  });

  test('has a map over both axes, deepest at the highest figure', () => {
    expect(page).toContain('<span class="heat" style="--heat:55%">4,000</span>');
    expect(page).toContain('<span class="heat" style="--heat:0%">1,000</span>');
  });

  test('escapes names and values', () => {
    expect(page).not.toContain('<img');
  });

  test('is shown in a terminal, too', () => {
    expect(showLines(stored).join('\n')).toMatch(
      /best +client\.linger\.ms=1 payload\.kind=json \(highest median records\/s\)/,
    );
  });
});
