/** Histograms of all that is timed in a producer test. */
import type { ProducerLatencies } from '../load/messages.ts';
import {
  addSnapshot,
  createTotal,
  type LatencyHistogram,
  percentileDistribution,
  summarise,
} from '../measure/histogram.ts';
import type { ProducerTimes } from '../results/result.ts';
import type { Distributions } from '../results/run-record.ts';

const kinds = ['serviceTime', 'responseTime', 'sendLateness', 'batchWait', 'requestTime'] as const;

/** One histogram of each kind; those that need a schedule stay empty without one. */
export type ProducerHistograms = Readonly<Record<(typeof kinds)[number], LatencyHistogram>>;

/** Empty histograms to add to. */
export const createProducerHistograms = (): ProducerHistograms => ({
  serviceTime: createTotal(),
  responseTime: createTotal(),
  sendLateness: createTotal(),
  batchWait: createTotal(),
  requestTime: createTotal(),
});

/** Adds what one producer timed in one window to the window's histograms, and its part after the warm-up to `steady`. */
export const addLatencies = (window: ProducerHistograms, steady: ProducerHistograms, from: ProducerLatencies): void => {
  for (const kind of kinds) {
    const latencies = from[kind];
    if (latencies === null) continue;
    addSnapshot(window[kind], latencies.warmUp);
    addSnapshot(window[kind], latencies.steady);
    addSnapshot(steady[kind], latencies.steady);
  }
};

/** Adds histograms to others. */
export const addHistograms = (to: ProducerHistograms, from: ProducerHistograms): void => {
  for (const kind of kinds) to[kind].add(from[kind]);
};

/** Figures of each histogram, milliseconds; null for an empty one. */
export const timesOf = (histograms: ProducerHistograms): ProducerTimes => ({
  serviceTimeMs: summarise(histograms.serviceTime),
  responseTimeMs: summarise(histograms.responseTime),
  sendLatenessMs: summarise(histograms.sendLateness),
  batchWaitMs: summarise(histograms.batchWait),
  requestTimeMs: summarise(histograms.requestTime),
});

/** Percentile distributions, milliseconds; null for an empty histogram. */
export const distributionsOf = (histograms: ProducerHistograms): Distributions =>
  Object.fromEntries(
    kinds.map((kind) => [kind, histograms[kind].totalCount === 0 ? null : percentileDistribution(histograms[kind])]),
  );
