import { expect, test } from 'vitest';
import { benchmarkJson } from '../../src/report/benchmark-json.ts';
import { failedComparison, regressionResult } from './regression-result.ts';

test('metrics of which more is better are in one list, the others in the other', () => {
  const result = regressionResult(0.1);
  expect(benchmarkJson(result, 'customBiggerIsBetter').map(({ name, unit }) => [name, unit])).toEqual([
    ['orders: records/s', 'records/s'],
  ]);
  expect(benchmarkJson(result, 'customSmallerIsBetter').map(({ name, unit }) => [name, unit])).toEqual([
    ['orders: service time p99', 'ms'],
  ]);
});

test('an entry has the candidate’s median, how sure it is, and the verdict', () => {
  const result = regressionResult(0.1);
  const [entry] = benchmarkJson(result, 'customBiggerIsBetter');
  expect(entry?.value).toBeCloseTo(result.metrics[0]?.candidate ?? 0, -1);
  expect(entry?.range).toMatch(/^± \d+\.\d %$/);
  expect(entry?.extra).toMatch(/^slower: −[89]\.\d % against the baseline \(/);
});

test('a failed side has no entries', () => {
  expect(benchmarkJson(failedComparison(), 'customBiggerIsBetter')).toEqual([]);
});
