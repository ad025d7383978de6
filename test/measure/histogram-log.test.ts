import { type Histogram, HistogramLogReader, JsHistogram, listTags } from 'hdr-histogram-js';
import { describe, expect, test } from 'vitest';
import { createTotal, summarise } from '../../src/measure/histogram.ts';
import { histogramLogHead, histogramLogLine } from '../../src/measure/histogram-log.ts';

const histogramOf = (values: readonly number[]) => {
  const histogram = createTotal();
  for (const value of values) histogram.recordValue(value);
  return histogram;
};

describe('the interval log', () => {
  const startMs = Date.parse('2026-03-01T10:20:30.456Z');
  const service = histogramOf([300, 400, 2500, 1_234_567]);
  const response = histogramOf([3_600_000_000]);
  const text =
    histogramLogHead(startMs, ['in microseconds']) +
    histogramLogLine('service', service, 0, 5) +
    histogramLogLine('response', response, 0, 5) +
    histogramLogLine('service', histogramOf([7]), 5, 6.25);

  test('is read back by HdrHistogram with the same percentiles, tags and times', () => {
    const reader = new HistogramLogReader(text, 64);
    const first = reader.nextIntervalHistogram();
    const second = reader.nextIntervalHistogram();
    const third = reader.nextIntervalHistogram();
    expect(reader.nextIntervalHistogram()).toBeNull();
    expect([first?.tag, second?.tag, third?.tag]).toEqual(['service', 'response', 'service']);
    expect([third?.startTimeStampMsec, third?.endTimeStampMsec]).toEqual([startMs + 5000, startMs + 6250]);
    if (first === null || second === null) throw new Error('a line is missing');
    const percentiles = (histogram: Histogram) =>
      [50, 75, 90, 99, 99.9, 99.99, 100].map((percentile) => histogram.getValueAtPercentile(percentile));
    expect(percentiles(first)).toEqual(percentiles(service));
    expect(first.totalCount).toBe(4);
    if (!(second instanceof JsHistogram)) throw new Error('the log is read into another kind of histogram');
    const total = createTotal();
    total.add(second);
    expect(summarise(total)?.p50).toBeCloseTo(3_600_000, -4);
    expect(listTags(text)).toEqual(['service', 'response']);
  });

  test('begins as HdrHistogram’s format 1.3 does', () => {
    expect(text.split('\n').slice(0, 6)).toEqual([
      '#[Histogram log format version 1.3]',
      '#[in microseconds]',
      '#[BaseTime: 1772360430.456 (seconds since epoch)]',
      '#[StartTime: 1772360430.456 (seconds since epoch), 2026-03-01T10:20:30.456Z]',
      '"StartTimestamp","Interval_Length","Interval_Max","Interval_Compressed_Histogram"',
      expect.stringMatching(/^Tag=service,0.000,5.000,1234.567,H/),
    ]);
  });
});
