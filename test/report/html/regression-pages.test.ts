import { expect, test } from 'vitest';
import type { Chart } from '../../../src/report/html/chart.ts';
import { historyOf, historyPage, historyPart } from '../../../src/report/html/history.ts';
import { regressionPart } from '../../../src/report/html/regression.ts';
import type { Baseline } from '../../../src/results/baseline.ts';
import type { RegressionResult } from '../../../src/results/regression-result.ts';
import { failedComparison, regressionResult } from '../regression-result.ts';

const textOf = (result: RegressionResult): string =>
  regressionPart(result)
    .html.map(({ html }) => html)
    .join('\n');

const chartOf = (charts: readonly Chart[], id: string): Chart => {
  const chart = charts.find((each) => each.id === id);
  if (chart === undefined) throw new Error(`no chart ${id}`);
  return chart;
};

test('a comparison has its verdict, its metrics and every trial in a table', () => {
  const text = textOf(regressionResult(0.1));
  expect(text).toContain('class="verdict bad"');
  expect(text).toContain('<b>slower</b>');
  expect(text.match(/<tr><th scope="row">\d+<\/th>/g)).toHaveLength(42);
});

test('trials of both sides are drawn in the order in which they ran, those of the warm-up shaded', () => {
  const { charts } = regressionPart(regressionResult(0.1));
  const { x, series, bands } = chartOf(charts, 'order-0');
  expect(x).toEqual(Array.from({ length: 42 }, (_, place) => place + 1));
  expect(series.map(({ values }) => values.filter((value) => value !== null).length)).toEqual([21, 21]);
  expect(bands).toEqual([
    [0.5, 1.5],
    [1.5, 2.5],
  ]);
});

test('the change of each quantile is drawn with its band', () => {
  const { charts } = regressionPart(regressionResult(0.1));
  const { series } = chartOf(charts, 'shifts');
  const [change, from, to] = series.map(({ values }) => values[2] ?? 0);
  expect(change).toBeGreaterThan(7);
  expect(from).toBeLessThan(change ?? 0);
  expect(to).toBeGreaterThan(change ?? 0);
});

test('a side that failed has its reason and no figures', () => {
  const text = textOf(failedComparison());
  expect(text).toContain('Nothing was compared');
  expect(text).toContain('the candidate failed: &lt;no&gt;');
  expect(regressionPart(failedComparison()).charts).toEqual([]);
});

const environment = { gitCommit: 'abcdef0123456789' };

/** A comparison with baseline `main` on a day of March. */
const compared = (day: number, slower: number): RegressionResult => {
  const result = regressionResult(slower);
  const { baseline, candidate } = result.sides;
  return {
    ...result,
    startedAt: new Date(Date.UTC(2026, 2, day)).toISOString(),
    sides: {
      baseline: { ...baseline, kind: 'stored', stored: { name: 'main', file: 'main.json', savedAt: '' } },
      candidate: { ...candidate, environment },
    },
  };
};

const saved: Baseline = {
  kind: 'spillway-baseline',
  schemaVersion: 1,
  name: 'main',
  savedAt: '2026-03-01T00:00:00.000Z',
  source: 'run',
  workload: null,
  trialsRan: 'apart',
  metrics: regressionResult().metrics,
  environment,
  quantiles: [],
  trials: regressionResult().trials.map(({ startedAt, figures }) => ({ startedAt, figures, quantilesMs: null })),
};

test('a change of level in the history of a baseline is found at its day and marked in the chart', () => {
  const later = Array.from({ length: 15 }, (_, place) =>
    compared(place + 2, place < 7 ? place / 1000 : 0.1 + place / 1000),
  );
  const points = historyOf([saved], later.toReversed());
  expect(points).toHaveLength(16);
  const { html, charts } = historyPart(points);
  expect(chartOf(charts, 'trend-0').bands).toEqual([[8.4, 8.6]]);
  expect(html.map((part) => part.html).join('')).toMatch(
    /records\/s<\/th><td>9<\/td><td>2026-03-09T00:00 abcdef0123<.*worse/,
  );
});

test('a short history says how many points are needed', () => {
  const text = historyPage('main', historyOf([saved], [compared(2, 0)]));
  expect(text).toContain('in 8 points or more; there are 2.');
});

test('comparisons with other baselines, and those that failed, are no part of a history', () => {
  expect(historyOf([saved], [regressionResult(0.1), { ...compared(2, 0), verdict: null }])).toHaveLength(1);
  expect(() => historyPage('other', [])).toThrow('nothing was saved');
});
