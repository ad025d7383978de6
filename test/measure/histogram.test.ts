import fc from 'fast-check';
import { build } from 'hdr-histogram-js';
import { describe, expect, test } from 'vitest';
import { addSnapshot, createTotal, percentileDistribution, summarise } from '../../src/measure/histogram.ts';
import { LatencyCounts } from '../../src/measure/latency-counts.ts';

const latenciesUs = fc.array(fc.oneof(fc.nat(3000), fc.nat(100_000_000)), { minLength: 1, maxLength: 200 });

const counted = (values: readonly number[]) => {
  const counts = new LatencyCounts();
  for (const value of values) counts.record(value);
  return counts.take();
};

describe('histogram', () => {
  test('keeps every sample within three significant digits, and the longest exactly', () => {
    fc.assert(
      fc.property(latenciesUs, (values) => {
        const total = createTotal();
        addSnapshot(total, counted(values));
        const summary = summarise(total);
        expect(summary?.count).toBe(values.length);
        expect(summary?.max).toBe(Math.max(...values) / 1000);
        const sorted = values.toSorted((a, b) => a - b);
        const median = (sorted[Math.ceil(values.length / 2) - 1] ?? 0) / 1000;
        expect(Math.abs((summary?.p50 ?? -1) - median)).toBeLessThanOrEqual(median / 1000);
      }),
    );
  });

  test('has the very figures of HdrHistogram', () => {
    fc.assert(
      fc.property(latenciesUs, (values) => {
        const total = createTotal();
        addSnapshot(total, counted(values));
        addSnapshot(total, counted(values.slice(1)));
        const theirs = build({ autoResize: true, highestTrackableValue: 1_000_000 });
        for (const value of [...values, ...values.slice(1)]) theirs.recordValue(value);
        const at = (percentile: number) =>
          Math.min(theirs.getValueAtPercentile(percentile), Math.max(...values)) / 1000;
        const { mean, ...others } = summarise(total) ?? { mean: 0 };
        expect(mean).toBeCloseTo(theirs.mean / 1000, 9);
        expect(others).toEqual({
          count: theirs.totalCount,
          p50: at(50),
          p90: at(90),
          p95: at(95),
          p99: at(99),
          p999: at(99.9),
          p9999: at(99.99),
          max: Math.max(...values) / 1000,
        });
      }),
    );
  });

  test('gives the same figures merged from parts as counted in one', () => {
    fc.assert(
      fc.property(fc.array(latenciesUs, { minLength: 1, maxLength: 5 }), (parts) => {
        const merged = createTotal();
        for (const part of parts) addSnapshot(merged, counted(part));
        const whole = createTotal();
        addSnapshot(whole, counted(parts.flat()));
        expect(summarise(merged)).toEqual(summarise(whole));
      }),
      { numRuns: 30 },
    );
  });

  test('has no figures without samples', () => {
    const total = createTotal();
    addSnapshot(total, counted([]));
    expect(summarise(total)).toBeNull();
  });

  test('counts more than 2^32 samples of one value', () => {
    const total = createTotal();
    const snapshot = { buckets: Uint32Array.of(10), counts: Float64Array.of(2 ** 31 - 1), maxUs: 10 };
    for (let round = 0; round < 5; round++) addSnapshot(total, snapshot);
    expect(total.totalCount).toBe(5 * (2 ** 31 - 1));
  });

  test('writes the percentile distribution in milliseconds', () => {
    const total = createTotal();
    addSnapshot(total, counted([1500, 2500]));
    const text = percentileDistribution(total);
    expect(text).toContain('Value     Percentile TotalCount 1/(1-Percentile)');
    expect(text).toMatch(/#\[Max {5}= {8}2\.50\d?, Total count {4}= {12}2\]/);
  });
});
