/**
 * Latency histograms (HdrHistogram) with one setting everywhere: whole microseconds, three significant digits, growing by themselves.
 * Threads count in the same buckets (`measure/latency-counts.ts`); the process that adds up makes histograms of what they counted,
 * and nothing is ever averaged.
 */
import { build, type Histogram } from 'hdr-histogram-js';
import { bucketStartUs, type LatencySnapshot } from './latency-counts.ts';

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

/** A histogram of whole microseconds. */
export type LatencyHistogram = Histogram;

const significantDigits = 3;
/** One second: above what most runs see, so that a histogram seldom grows; 44 KiB of buckets. */
const initialHighestUs = 1_000_000;
const microsecondsPerMillisecond = 1000;

/** A histogram to add others into, on the JavaScript heap. */
export const createTotal = (): LatencyHistogram =>
  build({
    bitBucketSize: 64,
    autoResize: true,
    lowestDiscernibleValue: 1,
    highestTrackableValue: initialHighestUs,
    numberOfSignificantValueDigits: significantDigits,
  });

/** Adds what a thread counted to a total; null adds nothing. The longest latency stays exact. */
export const addSnapshot = (total: LatencyHistogram, snapshot: LatencySnapshot | null): void => {
  if (snapshot === null) return;
  const { buckets, counts, maxUs } = snapshot;
  const last = buckets.length - 1;
  for (let place = 0; place < last; place++)
    total.recordValueWithCount(bucketStartUs(buckets[place] ?? 0), counts[place] ?? 0);
  total.recordValueWithCount(maxUs, counts[last] ?? 0);
};

/** Figures of a histogram in milliseconds; null without samples. */
export const summarise = (histogram: LatencyHistogram): LatencySummary | null => {
  const count = histogram.totalCount;
  if (count === 0) return null;
  // HdrHistogram names the upper end of a bucket, which may lie above the largest sample.
  const maxUs = histogram.maxValue;
  const at = (percentile: number): number =>
    Math.min(histogram.getValueAtPercentile(percentile), maxUs) / microsecondsPerMillisecond;
  return {
    count,
    mean: histogram.mean / microsecondsPerMillisecond,
    p50: at(50),
    p90: at(90),
    p95: at(95),
    p99: at(99),
    p999: at(99.9),
    p9999: at(99.99),
    max: maxUs / microsecondsPerMillisecond,
  };
};

/** HdrHistogram's percentile distribution (the `.hgrm` format) in milliseconds. */
export const percentileDistribution = (histogram: LatencyHistogram): string =>
  histogram.outputPercentileDistribution(5, microsecondsPerMillisecond);
