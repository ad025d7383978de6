/** What a comparison says of each metric: slower, faster, same, or undecided. */
import { asRatio, groupShift, type Interval, pairedShift } from './hodges-lehmann.ts';
import { type HolmStep, holmSteps } from './holm.ts';
import { mannWhitney } from './mann-whitney.ts';
import { logRatios, logs } from './samples.ts';
import { signedRank } from './signed-rank.ts';

/** A metric of trials, and from which change on it matters. */
export type Metric = {
  /** Its key in trials, such as `recordsPerSecond`. */
  readonly key: string;
  /** As people read it, such as `records/s`. */
  readonly name: string;
  /** Whether a larger value is better, as of throughput, or a smaller one, as of latency. */
  readonly better: 'larger' | 'smaller';
  /** The smallest change that matters, as a share: 0.02 is 2 %. */
  readonly threshold: number;
};

/** The metrics of one trial by key; null for what was not measured. */
export type TrialMetrics = Readonly<Record<string, number | null>>;

/** Two sides to compare. Trials of pairs are in the order in which they ran, both of a pair at the same place. */
export type Sides = {
  readonly baseline: readonly TrialMetrics[];
  readonly candidate: readonly TrialMetrics[];
  readonly isPaired: boolean;
};

/**
 * *slower*: the metric became worse, that is no chance after correction for several metrics (its interval then excludes no change, too), and the
 * estimate is at the threshold or beyond; *faster*: the same to the better. *same*: the whole interval is within the threshold. *undecided*: neither is known.
 */
export type Verdict = 'slower' | 'faster' | 'same' | 'undecided';

/** A verdict and its numbers. */
export type Decision = {
  readonly metric: Metric;
  readonly verdict: Verdict;
  /** Candidate to baseline, with the interval that this metric has by itself. */
  readonly ratio: Interval;
  /** Two-sided, of the rank test for there being no change. */
  readonly p: number;
  /** What `p` has to reach for a change: the error rate's share for this metric, after Holm's steps and at this look. */
  readonly level: number;
};

/** What a side's metric was in each trial. Refuses what is missing in some trials: gaps are never read as "no change". */
export const valuesOf = (trials: readonly TrialMetrics[], { key, name }: Metric, side: string): number[] =>
  trials.map((trial, place) => {
    const value = trial[key];
    if (typeof value !== 'number')
      throw new RangeError(
        `${name} is missing in trial ${place + 1} of ${trials.length} of the ${side}: leave the metric out, or measure it in all trials`,
      );
    return value;
  });

/**
 * Decides each metric: the signed-rank test for pairs, the Mann-Whitney test else, on logarithms; Hodges and Lehmann's shift with its
 * interval; levels by Holm's steps. `levelAmong(n)` is the two-sided level of a metric that is one of n still in question; intervals are those
 * of `levelAmong(1)`, since "same" is said of each metric by itself.
 */
export const decideMetrics = (
  sides: Sides,
  metrics: readonly Metric[],
  levelAmong: (metricCount: number) => number,
): Decision[] => {
  const tested = metrics.map((metric) => testOf(sides, metric));
  const steps = holmSteps(
    tested.map(({ p }) => p),
    levelAmong,
  );
  return tested.map(({ metric, p, intervalAt }, place) => {
    const step: HolmStep = steps[place] ?? { isRefused: false, among: metrics.length };
    const ratio = asRatio(intervalAt(levelAmong(1)));
    return { metric, verdict: verdictOf(metric, ratio, step.isRefused), ratio, p, level: levelAmong(step.among) };
  });
};

type Tested = { readonly metric: Metric; readonly p: number; readonly intervalAt: (level: number) => Interval };

const testOf = ({ baseline, candidate, isPaired }: Sides, metric: Metric): Tested => {
  const from = valuesOf(baseline, metric, 'baseline');
  const to = valuesOf(candidate, metric, 'candidate');
  if (isPaired) {
    const differences = logRatios(from, to, metric.name);
    return { metric, p: signedRank(differences).p, intervalAt: (level) => pairedShift(differences, level) };
  }
  const fromLogs = logs(from, metric.name);
  const toLogs = logs(to, metric.name);
  return { metric, p: mannWhitney(fromLogs, toLogs).p, intervalAt: (level) => groupShift(fromLogs, toLogs, level) };
};

/** The verdict on an interval of a ratio; `isRefused` is whether the rank test refuses that nothing changed. */
export const verdictOf = ({ better, threshold }: Metric, ratio: Interval, isRefused: boolean): Verdict => {
  const change = ratio.estimate - 1;
  const excludesNone = ratio.low > 1 || ratio.high < 1;
  if (isRefused && excludesNone && Math.abs(change) >= threshold)
    return change > 0 === (better === 'larger') ? 'faster' : 'slower';
  return ratio.low > 1 - threshold && ratio.high < 1 + threshold ? 'same' : 'undecided';
};

/** The verdict as a sentence with its numbers, without the metric's values. */
export const sentenceOf = ({ metric, verdict, ratio, p, level }: Decision, trials: string): string => {
  const threshold = `${percent(metric.threshold)} %`;
  const change = ratio.estimate - 1;
  const moved = `${metric.name} ${change < 0 ? 'fell' : 'rose'} by ${percent(Math.abs(change))} %`;
  const range =
    Number.isFinite(ratio.low) && Number.isFinite(ratio.high) && ratio.low > 0
      ? `${signed(ratio.low - 1)} % to ${signed(ratio.high - 1)} % at ${(100 * ratio.confidence).toFixed(1)} % confidence`
      : 'too few trials for an interval';
  const test = `p = ${shortP(p)}, needed ${shortP(level)}`;
  const facts = `(${range}; ${test}; ${trials})`;
  if (verdict === 'slower' || verdict === 'faster')
    return `${verdict}: ${moved} ${facts}, which reaches the threshold of ${threshold}`;
  if (verdict === 'same') return `same: ${moved} ${facts}, and stays within the threshold of ${threshold}`;
  if (p <= level)
    return `undecided: ${moved} ${facts}; there is a change, but whether it reaches the threshold of ${threshold} is not known`;
  return `undecided: ${moved} ${facts}; this may be noise, and it may be a change beyond the threshold of ${threshold}`;
};

/** A share in per cent, with the digits that matter. */
export const percent = (share: number): string => {
  const value = 100 * share;
  return Math.abs(value) >= 100 ? value.toFixed(0) : value.toFixed(Math.abs(value) >= 0.095 || value === 0 ? 1 : 2);
};

const signed = (share: number): string => `${share < 0 ? '−' : '+'}${percent(Math.abs(share))}`;

const shortP = (p: number): string => (p < 1e-4 ? p.toExponential(0) : p.toPrecision(2));
