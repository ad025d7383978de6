/**
 * Latency histograms (HdrHistogram) with one setting everywhere: whole microseconds, three significant digits, growing by themselves.
 * Workers count in the same buckets (`measure/latency-counts.ts`), or record into WebAssembly histograms and send them encoded
 * (HdrHistogram's V2 compressed encoding, base64); the process that adds them up uses plain ones with 64-bit buckets, and
 * nothing is ever averaged.
 */
import {
  build,
  decodeFromCompressedBase64,
  encodeIntoCompressedBase64,
  type Histogram,
  initWebAssembly,
} from 'hdr-histogram-js';
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
/** What is encoded for practice: a spread of latencies such as a window has. */
const practiceValues = 10_000;
const practiceStep = 7;
const practiceRounds = 4;

/**
 * Loads the WebAssembly module of this thread; needed once before createHistogram. Encodes a histogram a few times: the first
 * encodings of a thread take 3 ms each instead of 0.6, which would hold up a paced sender at the end of the first window.
 */
export const prepareHistograms = async (): Promise<void> => {
  await initWebAssembly();
  const practice = createHistogram();
  for (let value = 1; value < practiceValues; value += practiceStep) practice.recordValue(value);
  for (let round = 0; round < practiceRounds; round++) encodeHistogram(practice);
  practice.destroy();
};

/** A histogram to record into: WebAssembly, to be given back with `destroy()`. Throws before `prepareHistograms()` is done. */
export const createHistogram = (): LatencyHistogram =>
  build({
    useWebAssembly: true,
    bitBucketSize: 64,
    autoResize: true,
    lowestDiscernibleValue: 1,
    highestTrackableValue: initialHighestUs,
    numberOfSignificantValueDigits: significantDigits,
  });

/** A histogram to add others into, on the JavaScript heap. */
export const createTotal = (): LatencyHistogram =>
  build({
    bitBucketSize: 64,
    autoResize: true,
    lowestDiscernibleValue: 1,
    highestTrackableValue: initialHighestUs,
    numberOfSignificantValueDigits: significantDigits,
  });

/**
 * Records `at - from[i]`, in whole microseconds, for each of the entries `start` to `end - 1`. Neighbours with the same value are
 * recorded in one call: the same result at a quarter of the time for records that were sent 0.25 us apart.
 * A negative latency (two clocks that disagree) is recorded as 0.
 * @returns how many were negative by half a microsecond or more, for the caller to count
 */
export const recordLatencies = (
  histogram: LatencyHistogram,
  from: Float64Array,
  start: number,
  end: number,
  at: number,
): number => {
  let negatives = 0;
  let runValue = 0;
  let runLength = 0;
  for (let index = start; index < end; index++) {
    let value = Math.round(at - (from[index] ?? at));
    if (value < 0) {
      negatives++;
      value = 0;
    }
    if (value === runValue) {
      runLength++;
    } else {
      if (runLength > 0) histogram.recordValueWithCount(runValue, runLength);
      runValue = value;
      runLength = 1;
    }
  }
  if (runLength > 0) histogram.recordValueWithCount(runValue, runLength);
  return negatives;
};

/** Encodes a histogram for a message or a file; null when it is empty. */
export const encodeHistogram = (histogram: LatencyHistogram): string | null =>
  histogram.totalCount === 0 ? null : encodeIntoCompressedBase64(histogram);

/** Decodes what encodeHistogram made, for adding up. Throws an Error for anything that is not a V2 encoded histogram. */
export const decodeHistogram = (encoded: string): LatencyHistogram => decodeFromCompressedBase64(encoded, 64, false);

/** Adds an encoded histogram to a total; null adds nothing. */
export const addEncoded = (total: LatencyHistogram, encoded: string | null): void => {
  if (encoded !== null) total.add(decodeHistogram(encoded));
};

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
