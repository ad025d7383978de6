/** Merges the interval logs of several runs into one distribution of latencies. */
import { HistogramLogReader, JsHistogram } from 'hdr-histogram-js';
import { createTotal, type LatencyHistogram, percentileDistribution } from '../measure/histogram.ts';

/**
 * Adds up the interval logs of runs.
 * @param logs texts of `latency.hlog`
 * @returns percentile texts (`.hgrm`) in milliseconds by tag; throws an Error of HdrHistogram for a log that is damaged
 */
export const mergedDistributions = (logs: readonly string[]): ReadonlyMap<string, string> => {
  const totals = new Map<string, LatencyHistogram>();
  for (const log of logs) {
    const reader = new HistogramLogReader(log);
    for (let next = reader.nextIntervalHistogram(); next !== null; next = reader.nextIntervalHistogram()) {
      const total = totals.get(next.tag ?? '') ?? createTotal();
      if (next instanceof JsHistogram) total.add(next);
      totals.set(next.tag ?? '', total);
    }
  }
  return new Map([...totals].map(([tag, total]) => [tag, percentileDistribution(total)]));
};
