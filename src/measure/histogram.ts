/**
 * Latency histograms (HdrHistogram) with one setting everywhere: whole microseconds, three significant digits, growing by themselves.
 * Threads count in the same buckets (`measure/latency-counts.ts`); the process that adds up makes histograms of what they counted,
 * and nothing is ever averaged.
 */
import { Float64Histogram } from 'hdr-histogram-js';
import { bucketOf, bucketStartUs, type LatencySnapshot } from './latency-counts.ts';

/** Latencies in milliseconds, from a histogram in microseconds. */
export type LatencySummary = {
  readonly count: number;
  readonly mean: number;
  readonly p50: number;
  readonly p90: number;
  readonly p95: number;
  readonly p99: number;
  readonly p999: number;
  readonly p9999: number;
  readonly max: number;
};

/** A histogram of whole microseconds, whose buckets are those of `LatencyCounts`, by the same numbers. */
export type LatencyHistogram = Float64Histogram;

const significantDigits = 3;
/** One second: above what most runs see, so that a histogram seldom grows; 88 KiB of buckets. */
const initialHighestUs = 1_000_000;
const microsecondsPerMillisecond = 1000;
const summaryPercentiles = [50, 90, 95, 99, 99.9, 99.99];

/** A histogram to add others into, on the JavaScript heap. */
export const createTotal = (): LatencyHistogram => {
  const total = new Float64Histogram(1, initialHighestUs, significantDigits);
  total.autoResize = true;
  return total;
};

/** Adds what a thread counted to a total; null adds nothing. The longest latency stays exact. */
export const addSnapshot = (total: LatencyHistogram, snapshot: LatencySnapshot | null): void => {
  if (snapshot === null) return;
  const { buckets, counts, maxUs } = snapshot;
  const last = buckets.length - 1;
  // The ends go in as values, which grows the histogram and keeps its extremes; what lies between, by the numbers of its buckets.
  total.recordValueWithCount(maxUs, counts[last] ?? 0);
  if (last > 0) total.recordValueWithCount(bucketStartUs(buckets[0] ?? 0), counts[0] ?? 0);
  let sum = 0;
  for (let place = 1; place < last; place++) {
    const count = counts[place] ?? 0;
    total.addToCountAtIndex(buckets[place] ?? 0, count);
    sum += count;
  }
  total.addToTotalCount(sum);
};

/** The middle of a bucket, rounded up, as HdrHistogram's mean takes its values. */
const bucketMiddleUs = (bucket: number): number => {
  const startUs = bucketStartUs(bucket);
  return startUs + Math.floor((bucketStartUs(bucket + 1) - startUs) / 2);
};

/**
 * Figures of a histogram in milliseconds; null without samples. They are HdrHistogram's own (`mean`, `getValueAtPercentile`), taken in
 * one walk over the buckets: six walks and an iterator took tens of milliseconds of a main process that had not run them before.
 */
export const summarise = (histogram: LatencyHistogram): LatencySummary | null => {
  const count = histogram.totalCount;
  if (count === 0) return null;
  const maxUs = histogram.maxValue;
  const end = bucketOf(maxUs) + 1;
  // As HdrHistogram does, a rank is rounded up, but not by an error of the multiplication.
  const ranks = summaryPercentiles.map((percentile) => {
    const rank = (percentile / 100) * count;
    return Math.max(1, Math.ceil(rank - rank * Number.EPSILON));
  });
  const values = ranks.map(() => maxUs / microsecondsPerMillisecond);
  let seen = 0;
  let sumUs = 0;
  let next = 0;
  for (let bucket = 0; bucket < end; bucket++) {
    const inBucket = histogram.getCountAtIndex(bucket);
    if (inBucket === 0) continue;
    seen += inBucket;
    sumUs += bucketMiddleUs(bucket) * inBucket;
    for (; next < ranks.length && seen >= (ranks[next] ?? 0); next++) {
      // HdrHistogram names the upper end of a bucket, which may lie above the largest sample.
      values[next] = Math.min(bucketStartUs(bucket + 1) - 1, maxUs) / microsecondsPerMillisecond;
    }
  }
  const [p50 = 0, p90 = 0, p95 = 0, p99 = 0, p999 = 0, p9999 = 0] = values;
  return {
    count,
    mean: sumUs / count / microsecondsPerMillisecond,
    p50,
    p90,
    p95,
    p99,
    p999,
    p9999,
    max: maxUs / microsecondsPerMillisecond,
  };
};

/** HdrHistogram's percentile distribution (the `.hgrm` format) in milliseconds. */
export const percentileDistribution = (histogram: LatencyHistogram): string =>
  histogram.outputPercentileDistribution(5, microsecondsPerMillisecond);
