import { describe, expect, test } from 'vitest';
import { createTotal } from '../../src/measure/histogram.ts';
import { histogramLogHead, histogramLogLine } from '../../src/measure/histogram-log.ts';
import { mergedDistributions } from '../../src/report/distributions.ts';
import { readDistribution } from '../../src/report/percentile-text.ts';

/** A log with one interval of so many latencies. */
const logOf = (valueUs: number, times: number): string => {
  const histogram = createTotal();
  histogram.recordValueWithCount(valueUs, times);
  return histogramLogHead(0, []) + histogramLogLine('service', histogram, 0, 1);
};

describe('distributions of several runs', () => {
  test('are added up, not averaged', () => {
    const text = mergedDistributions([logOf(1000, 90), logOf(50_000, 10)]).get('service') ?? '';
    expect(text).toMatch(/Total count\s*=\s*100\]/);
    const points = readDistribution(text);
    expect(points.find(({ part }) => part >= 0.5)?.ms).toBeCloseTo(1, 2);
    expect(points.find(({ part }) => part >= 0.95)?.ms).toBeCloseTo(50, 0);
  });
});
