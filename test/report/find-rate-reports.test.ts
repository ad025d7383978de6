import { expect, test } from 'vitest';
import { reportPage } from '../../src/report/html/page.ts';
import { markdownText } from '../../src/report/markdown.ts';
import { listLines, showLines } from '../../src/report/run-text.ts';
import { findRateRun, storedFindRate } from './find-rate-run.ts';

test('a kept run of find-rate is told by the rate that it found and a table of its rates', () => {
  const stored = storedFindRate();
  expect(listLines([{ ...stored, problem: null }])[1]).toBe('1  f        4,000       –  highest rate');
  const text = showLines(stored).join('\n');
  expect(text).toMatch(/highest rate that holds p99 < 10 ms: 4,000 records\/s/);
  expect(text).toMatch(/4,000 +2\/2 +7\.000\.\.8\.000/);
  const markdown = markdownText([stored]);
  expect(markdown).toContain('**highest rate that holds p99 \\< 10 ms: 4,000 records/s');
  expect(markdown).toContain('| 8,000 | 0/1 | 30.00 | latency |');
});

test('one without a trial that failed claims no upper end', () => {
  const edge = { median: null, least: 1000, most: null, confidence: null };
  const run = { end: 'most-trials', rate: 1000, trialsAtRate: 1, heldAtRate: 1, limitedBy: null, edge } as const;
  const text = showLines(storedFindRate(findRateRun(run))).join('\n');
  expect(text).toContain(
    '1 of 1 trial at it held; the edge is at least 1,000 records/s: no trial failed, no upper end',
  );
});

test('heads percentiles as limits say them', () => {
  const [trial] = findRateRun().trials;
  const trials = trial === undefined ? [] : [{ ...trial, figures: { 'responseTimeMs.p9999': 5 } }];
  expect(showLines(storedFindRate(findRateRun({ trials }))).join('\n')).toContain('responseTime p99.99 ms');
});

test('one that found none says so', () => {
  const stored = storedFindRate(findRateRun({ rate: null, end: 'none-held' }));
  expect(listLines([{ ...stored, problem: null }])[1]).toMatch(/no rate held$/);
  const stopped = storedFindRate(findRateRun({ rate: null, end: 'stopped', isInterrupted: true }));
  expect(listLines([{ ...stopped, problem: null }])[1]).toMatch(/problems$/);
});

test('its page has a point for each trial, held or not', async () => {
  const page = await reportPage([storedFindRate()]);
  expect(page).toContain('<h2>Highest rate that holds p99 &lt; 10 ms: 4,000 records/s</h2>');
  const charts = JSON.parse(/id="charts">(.*?)<\/script>/s.exec(page)?.[1] ?? '');
  expect(charts[0].x).toEqual([1000, 4000, 4000, 8000]);
  expect(charts[0].series.map(({ values }: { values: unknown }) => values)).toEqual([
    [2, 7, 8, null],
    [null, null, null, 30],
  ]);
});
