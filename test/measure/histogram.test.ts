import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  addEncoded,
  createHistogram,
  createTotal,
  decodeHistogram,
  encodeHistogram,
  percentileDistribution,
  prepareHistograms,
  recordLatencies,
  summarise,
} from '../../src/measure/histogram.ts';

const latenciesUs = fc.array(fc.oneof(fc.nat(3000), fc.nat(100_000_000)), { minLength: 1, maxLength: 200 });

const recordInto = (histogram: ReturnType<typeof createHistogram>, values: readonly number[]): number => {
  const at = 200_000_000;
  return recordLatencies(
    histogram,
    Float64Array.from(values, (value) => at - value),
    0,
    values.length,
    at,
  );
};

describe('histogram', () => {
  beforeAll(prepareHistograms);

  test('keeps every sample within three significant digits', () => {
    fc.assert(
      fc.property(latenciesUs, (values) => {
        const histogram = createHistogram();
        recordInto(histogram, values);
        const summary = summarise(decodeHistogram(encodeHistogram(histogram) ?? ''));
        histogram.destroy();
        const max = Math.max(...values) / 1000;
        expect(summary?.count).toBe(values.length);
        expect(Math.abs((summary?.max ?? -1) - max)).toBeLessThanOrEqual(max / 1000);
        const sorted = values.toSorted((a, b) => a - b);
        const median = (sorted[Math.ceil(values.length / 2) - 1] ?? 0) / 1000;
        expect(Math.abs((summary?.p50 ?? -1) - median)).toBeLessThanOrEqual(median / 1000);
      }),
    );
  });

  test('gives the same figures merged from parts as recorded in one', () => {
    fc.assert(
      fc.property(fc.array(latenciesUs, { minLength: 1, maxLength: 5 }), (parts) => {
        const merged = createTotal();
        for (const part of parts) {
          const histogram = createHistogram();
          recordInto(histogram, part);
          addEncoded(merged, encodeHistogram(histogram));
          histogram.destroy();
        }
        const whole = createHistogram();
        recordInto(whole, parts.flat());
        expect(summarise(merged)).toEqual(summarise(decodeHistogram(encodeHistogram(whole) ?? '')));
        whole.destroy();
      }),
      { numRuns: 30 },
    );
  });

  test('records equal neighbours as often as they come', () => {
    const histogram = createHistogram();
    recordInto(histogram, [5, 5, 5, 7, 7, 5]);
    expect(histogram.totalCount).toBe(6);
    expect(histogram.getValueAtPercentile(60)).toBe(5);
    expect(histogram.maxValue).toBe(7);
  });

  test('records only the entries it is told to', () => {
    const histogram = createHistogram();
    recordLatencies(histogram, Float64Array.of(0, 10, 20, 30), 1, 3, 100);
    expect(histogram.totalCount).toBe(2);
    expect(histogram.maxValue).toBe(90);
  });

  test('counts a negative latency and records it as zero', () => {
    const histogram = createHistogram();
    expect(recordLatencies(histogram, Float64Array.of(120, 90, 100.2), 0, 3, 100)).toBe(1);
    expect(histogram.totalCount).toBe(3);
    expect(histogram.maxValue).toBe(10);
  });

  test('has no figures without samples', () => {
    expect(summarise(createTotal())).toBeNull();
    expect(encodeHistogram(createHistogram())).toBeNull();
  });

  test('counts more than 2^32 samples of one value', () => {
    const histogram = createHistogram();
    for (let round = 0; round < 5; round++) histogram.recordValueWithCount(10, 2 ** 31 - 1);
    expect(decodeHistogram(encodeHistogram(histogram) ?? '').totalCount).toBe(5 * (2 ** 31 - 1));
  });

  test('writes the percentile distribution in milliseconds', () => {
    const total = createTotal();
    recordInto(total, [1500, 2500]);
    const text = percentileDistribution(total);
    expect(text).toContain('Value     Percentile TotalCount 1/(1-Percentile)');
    expect(text).toMatch(/#\[Max {5}= {8}2\.50\d?, Total count {4}= {12}2\]/);
  });
});
