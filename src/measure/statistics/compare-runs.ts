/** Two runs compared: a verdict for each metric, what else is to be known about the trials, and whether more of them are needed. */
import { groupRatioInterval, pairedRatioInterval } from './bootstrap.ts';
import type { Interval } from './hodges-lehmann.ts';
import {
  type Decision,
  decideMetrics,
  type Metric,
  percent,
  type Sides,
  sentenceOf,
  type Verdict,
  valuesOf,
} from './metric-verdict.ts';
import { type Outlier, outliersOf } from './outliers.ts';
import { pairsNeeded } from './power.ts';
import { logRatios, logs, median } from './samples.ts';
import type { Design } from './sequential.ts';
import { smallestSignedRankP } from './signed-rank.ts';
import { type Trend, trendOf } from './trend.ts';

/**
 * What is compared unless a workload says otherwise. Thresholds: 2 % for throughput and CPU, 5 % for latencies up to p99 and for memory; 10 % for p99.9,
 * which few records make.
 */
export const defaultMetrics: readonly Metric[] = [
  { key: 'recordsPerSecond', name: 'records/s', better: 'larger', threshold: 0.02 },
  { key: 'generatorCpuUsPerRecord', name: 'generator CPU per record', better: 'smaller', threshold: 0.02 },
  { key: 'responseTimeP50Ms', name: 'response time p50', better: 'smaller', threshold: 0.05 },
  { key: 'responseTimeP99Ms', name: 'response time p99', better: 'smaller', threshold: 0.05 },
  { key: 'responseTimeP999Ms', name: 'response time p99.9', better: 'smaller', threshold: 0.1 },
  { key: 'peakMemoryBytes', name: 'memory', better: 'smaller', threshold: 0.05 },
];

/** The error rate of all metrics and looks together: of 100 comparisons of equal sides at most one finds a change, half of those a slowdown. */
export const defaultAlpha = 0.01;

/** One line of the verdict table. */
export type MetricComparison = Decision & {
  /** Medians over the trials. */
  readonly baseline: number;
  readonly candidate: number;
  /** The ratio of medians with a bootstrap interval of 95 %: describes, does not decide. */
  readonly ratioOfMedians: Interval;
  /** For pairs that are undecided: about how many in all would show a change of the threshold in 8 of 10 cases; null when 200 would not, or for no pairs. */
  readonly pairsNeeded: number | null;
  readonly sentence: string;
  /** In the order in which trials ran, of logarithms. */
  readonly trends: { readonly baseline: Trend; readonly candidate: Trend };
  readonly outliers: { readonly baseline: readonly Outlier[]; readonly candidate: readonly Outlier[] };
  /** Sentences about drift and outliers, which are shown and change nothing. */
  readonly notes: readonly string[];
};

/** The verdict table. */
export type Comparison = {
  readonly alpha: number;
  readonly isPaired: boolean;
  readonly trialCounts: { readonly baseline: number; readonly candidate: number };
  readonly metrics: readonly MetricComparison[];
  /** Names of metrics that no trial of either side has. */
  readonly notMeasured: readonly string[];
  /** Slower when any metric is; else undecided when any is; else faster when any is. */
  readonly verdict: Verdict;
};

/** What is compared, and how strictly. */
export type ComparisonOptions = {
  readonly metrics: readonly Metric[];
  readonly alpha: number;
  readonly seed: number;
};

const drawnAlpha = 0.05;
const wantedPower = 0.8;
const noteLevel = 0.01;

/**
 * Compares two sides once, after all trials. Throws a RangeError when a metric is missing in some trials or on one side, or when the trials are so few that no
 * result could be told from chance.
 */
export const compareRuns = (sides: Sides, options: ComparisonOptions): Comparison => {
  const { measured, notMeasured } = measuredMetrics(sides, options.metrics);
  requireTrials(sides, options.alpha / measured.length);
  const decisions = decideMetrics(sides, measured, (among) => options.alpha / among);
  return describe(sides, decisions, notMeasured, options);
};

/** The look whose pairs have just been run, or null when the number of pairs is none at which the design looks. */
export const lookAfter = (design: Design, pairCount: number): number | null => {
  const look = design.lookAt.indexOf(pairCount);
  return look < 0 ? null : look;
};

/** Compares pairs at a look of a sequential design, at that look's levels. Throws as `compareRuns` does, but not for few pairs: the last look has enough. */
export const compareAtLook = (
  sides: Sides,
  design: Design,
  { metrics, seed }: { readonly metrics: readonly Metric[]; readonly seed: number },
): Comparison => {
  const { measured, notMeasured } = measuredMetrics(sides, metrics);
  const look = lookAfter(design, sides.baseline.length);
  if (look === null || !sides.isPaired)
    throw new RangeError(
      `the design looks at ${design.lookAt.join(', ')} pairs; got ${sides.baseline.length} trials${sides.isPaired ? '' : ' that are no pairs'}`,
    );
  const decisions = decideMetrics(sides, measured, (among) => design.level(look, among));
  return describe(sides, decisions, notMeasured, { metrics, seed, alpha: design.alpha });
};

/** Whether to run no more pairs: something is slower, which more pairs would not mend, or nothing is undecided. */
export const isSettled = (verdicts: readonly Verdict[]): boolean =>
  verdicts.includes('slower') || !verdicts.includes('undecided');

/** All metrics' verdicts in one. */
export const overallVerdict = (verdicts: readonly Verdict[]): Verdict => {
  const worstFirst: readonly Verdict[] = ['slower', 'undecided', 'faster'];
  return worstFirst.find((verdict) => verdicts.includes(verdict)) ?? 'same';
};

/** Metrics that both sides have in all trials, and those that neither has in any. */
const measuredMetrics = (sides: Sides, metrics: readonly Metric[]): { measured: Metric[]; notMeasured: string[] } => {
  const isAbsent = (metric: Metric): boolean =>
    [...sides.baseline, ...sides.candidate].every((trial) => typeof trial[metric.key] !== 'number');
  const measured = metrics.filter((metric) => !isAbsent(metric));
  if (measured.length === 0)
    throw new RangeError('nothing to compare: neither side has a metric, or there are no trials');
  return { measured, notMeasured: metrics.filter(isAbsent).map(({ name }) => name) };
};

/** Refuses trials so few that even the clearest difference would not reach the level. */
const requireTrials = ({ baseline, candidate, isPaired }: Sides, level: number): void => {
  const smallest = isPaired ? smallestSignedRankP(baseline.length) : 2 / waysToShare(baseline.length, candidate.length);
  if (smallest <= level) return;
  const given = isPaired ? `${baseline.length} pairs` : `${baseline.length} and ${candidate.length} trials`;
  throw new RangeError(
    `${given} are too few: their smallest p-value is ${smallest.toPrecision(2)}, and ${level.toPrecision(2)} is needed; run at least ${leastTrials(level, isPaired)} ${isPaired ? 'pairs' : 'trials of each side'}`,
  );
};

/** The fewest pairs, or trials of each side, with which a test can reach a two-sided level. */
export const leastTrials = (level: number, isPaired: boolean): number => {
  let count = 1;
  while ((isPaired ? smallestSignedRankP(count) : 2 / waysToShare(count, count)) > level) count++;
  return count;
};

const waysToShare = (one: number, other: number): number => {
  let ways = 1;
  for (let place = 1; place <= other; place++) ways *= (one + place) / place;
  return ways;
};

const describe = (
  sides: Sides,
  decisions: readonly Decision[],
  notMeasured: readonly string[],
  options: ComparisonOptions,
): Comparison => ({
  alpha: options.alpha,
  isPaired: sides.isPaired,
  trialCounts: { baseline: sides.baseline.length, candidate: sides.candidate.length },
  metrics: decisions.map((decision) => describeMetric(sides, decision, options)),
  notMeasured,
  verdict: overallVerdict(decisions.map(({ verdict }) => verdict)),
});

const describeMetric = (sides: Sides, decision: Decision, { seed }: ComparisonOptions): MetricComparison => {
  const { metric, level, verdict } = decision;
  const from = valuesOf(sides.baseline, metric, 'baseline');
  const to = valuesOf(sides.candidate, metric, 'candidate');
  const draw = { alpha: drawnAlpha, seed };
  const needed =
    verdict === 'undecided' && sides.isPaired
      ? pairsNeeded({
          logRatios: logRatios(from, to, metric.name),
          change: metric.threshold,
          alpha: level,
          power: wantedPower,
          seed,
        })
      : null;
  const trials = sides.isPaired ? `${from.length} pairs` : `${from.length} and ${to.length} trials`;
  const trends = { baseline: trendOf(logs(from, metric.name)), candidate: trendOf(logs(to, metric.name)) };
  const outliers = { baseline: outliersOf(logs(from, metric.name)), candidate: outliersOf(logs(to, metric.name)) };
  return {
    ...decision,
    baseline: median(from),
    candidate: median(to),
    ratioOfMedians: sides.isPaired ? pairedRatioInterval(from, to, draw) : groupRatioInterval(from, to, draw),
    pairsNeeded: needed,
    sentence: sentenceOf(decision, trials) + powerSentence(decision, needed, sides),
    trends,
    outliers,
    notes: [
      ...notesOn(metric, 'baseline', trends.baseline, outliers.baseline),
      ...notesOn(metric, 'candidate', trends.candidate, outliers.candidate),
    ],
  };
};

const powerSentence = ({ verdict, metric }: Decision, needed: number | null, { baseline, isPaired }: Sides): string => {
  if (verdict !== 'undecided' || !isPaired) return '';
  const change = `a change of ${percent(metric.threshold)} %`;
  if (needed === null) return `; with this noise 200 pairs would not show ${change}`;
  const more = needed - baseline.length;
  return more > 0 ? `; with this noise about ${more} more pairs would be needed to see ${change}` : '';
};

const notesOn = ({ name }: Metric, side: string, trend: Trend, outliers: readonly Outlier[]): string[] => {
  const drift =
    trend.p > noteLevel
      ? []
      : [
          `${name} of the ${side} drifted: ${trend.slope < 0 ? 'down' : 'up'} by about ${percent(Math.abs(Math.expm1(trend.slope)))} % a trial`,
        ];
  return [
    ...drift,
    ...outliers.map(
      ({ place }) => `${name} of the ${side} stands apart in trial ${place + 1}; it counts like the others`,
    ),
  ];
};
