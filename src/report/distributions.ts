/** Distributions of latencies: reads `.hgrm` files for charts, and merges interval logs of several runs into new ones. */
import { HistogramLogReader } from 'hdr-histogram-js';
import { createTotal, type LatencyHistogram, percentileDistribution } from '../measure/histogram.ts';

/** A point of a distribution: the part of records, 0 to 1, that took no longer than so many milliseconds. */
export type DistributionPoint = { readonly part: number; readonly ms: number };

/** Reads HdrHistogram's percentile text; lines that are no points are left out. */
export const readDistribution = (text: string): readonly DistributionPoint[] =>
  text.split('\n').flatMap((line) => {
    const match = /^\s*(\d+(?:\.\d+)?)\s+([01](?:\.\d+)?)\s+\d+/.exec(line);
    return match === null ? [] : [{ ms: Number(match[1]), part: Number(match[2]) }];
  });

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
      if ('totalCount' in next) total.add(next as LatencyHistogram);
      totals.set(next.tag ?? '', total);
    }
  }
  return new Map([...totals].map(([tag, total]) => [tag, percentileDistribution(total)]));
};
