/** What `spillway regress` found: run.json of a comparison, what its --json prints, and what all its reports are made from. */
import type { QuantileShift } from '../measure/statistics/quantile-shifts.ts';
import type { TrialsRan, WorkloadIdentity } from './baseline.ts';
import type { Environment } from './result.ts';

/** The baseline is what was; the candidate is held against it. */
export type SideName = 'baseline' | 'candidate';

/** *same* is within the threshold; *undecided* says that the trials cannot tell, and not that nothing changed. */
export type RegressionVerdict = 'slower' | 'faster' | 'same' | 'undecided';

/** A ratio, candidate to baseline: 1.03 is 3 % more. */
export type RatioInterval = {
  readonly estimate: number;
  /** Null when the trials are too few for a bound. */
  readonly low: number | null;
  readonly high: number | null;
  /** 0.99 is 99 %. */
  readonly confidence: number;
};

/** How a metric went over the trials of one side, in their order. */
export type TrialTrend = {
  /** From -1 to 1. */
  readonly tau: number;
  /** Two-sided, for there being no trend. */
  readonly p: number;
  /** The share by which a trial grew, about. */
  readonly slope: number;
};

/** What is compared. */
export type RegressionMetricName = {
  /** Its key in `figures` of trials, such as `recordsPerSecond`. */
  readonly key: string;
  /** As people read it, such as `records/s`. */
  readonly name: string;
  /** `records/s`, `µs`, `ms`, `bytes`; empty for figures of a program of one's own. */
  readonly unit: string;
  readonly better: 'larger' | 'smaller';
  /** The smallest change that matters, as a share: 0.02 is 2 %. */
  readonly threshold: number;
};

/** A metric with its verdict. */
export type RegressionMetric = RegressionMetricName & {
  readonly verdict: RegressionVerdict;
  /** Medians over the trials that count, in `unit`. */
  readonly baseline: number;
  readonly candidate: number;
  /** What the verdict stands on: Hodges and Lehmann's shift, as a ratio, with the interval that this metric has by itself. */
  readonly change: RatioInterval;
  /** Describes, does not decide: the ratio of medians with a bootstrap interval of 95 %. */
  readonly ratioOfMedians: RatioInterval;
  /** Two-sided, of the rank test for there being no change; `level` is what it has to reach, after correction for metrics and looks. */
  readonly p: number;
  readonly level: number;
  /** Of an undecided metric of pairs: about how many in all would show a change of the threshold; null when not known or beyond 200. */
  readonly pairsNeeded: number | null;
  /** The verdict with its numbers. */
  readonly sentence: string;
  readonly trends: Readonly<Record<SideName, TrialTrend>>;
  /** Places (from 0) among the side's trials that count, with the distance from the median in standard deviations (null: infinite). */
  readonly outliers: Readonly<Record<SideName, readonly { readonly place: number; readonly score: number | null }[]>>;
  /** Drift and trials that stand apart, in sentences; they are shown and change no verdict. */
  readonly notes: readonly string[];
};

/** One quantile of the latency distributions of both sides, milliseconds. */
export type QuantileComparison = QuantileShift;

/** Whole latency distributions compared: describes, does not decide. */
export type DistributionComparison = {
  /** Such as `response time`. */
  readonly name: string;
  readonly quantiles: readonly QuantileComparison[];
};

/** What is compared with what. */
export type RegressionSide = {
  readonly side: SideName;
  /** In a few words, such as `linger.ms=5` or `baseline laptop`; both sides' are never equal unless nothing differs. */
  readonly label: string;
  /** The workload by this Spillway, by another build of it, or by a program (`exec:`); figures of a program alone; a baseline file. */
  readonly kind: 'workload' | 'build' | 'program' | 'figures' | 'stored';
  /** Settings that differ from the workload's, by name. */
  readonly overrides: Readonly<Record<string, string>>;
  /** Of another build or a program. */
  readonly command: string | null;
  /** `a broker of our own`, or bootstrap servers. */
  readonly target: string;
  /** Of a baseline file. */
  readonly stored: { readonly name: string; readonly file: string; readonly savedAt: string } | null;
  /** Null for figures of a program alone. */
  readonly environment: Environment | null;
};

/** One trial, in the order in which they ran. */
export type RegressionTrial = {
  /** From 1, those of the warm-up too; trials of a baseline file come first. */
  readonly order: number;
  readonly side: SideName;
  /** From 1; 0 is the warm-up, which counts for nothing. Trials that are no pairs are numbered alike, each side for itself. */
  readonly pair: number;
  readonly isWarmup: boolean;
  /** ISO 8601. */
  readonly startedAt: string;
  /** From start to end of the trial's process, seconds; null for a trial of a baseline file. */
  readonly seconds: number | null;
  /** By the key of a metric; null for what was not measured. */
  readonly figures: Readonly<Record<string, number | null>>;
  /** At `quantiles` of the result, milliseconds; null without latencies. */
  readonly quantilesMs: readonly number[] | null;
  /** Time that the hypervisor gave to others, seconds; null where it is not known. */
  readonly stealSeconds: number | null;
  /** What limited the load: `target`, `generator` and so on; null where it is not known. */
  readonly limit: string | null;
};

/** A fixed piece of work that ran before each pair: what it shows is the machine's and no side's. */
export type ControlTrials = {
  /** What was done, in a few words. */
  readonly work: string;
  /** Milliseconds each, with the order of the trial that came next. */
  readonly trials: readonly { readonly beforeOrder: number; readonly milliseconds: number }[];
  readonly trend: TrialTrend;
  readonly outliers: readonly { readonly place: number; readonly score: number | null }[];
  /** In sentences; empty when the machine held still. */
  readonly notes: readonly string[];
};

/** How it was decided when to stop, and with which error rate. */
export type RegressionDesign = {
  /** Trials of both sides in pairs, or of each for itself. */
  readonly isPaired: boolean;
  readonly trialsRan: TrialsRan;
  /** Of 100 comparisons of equal sides, so many hundredths at most find a change, all metrics and looks together. */
  readonly alpha: number;
  /** Numbers of pairs at which it was planned to look; one, the number of trials, for sides that are no pairs. */
  readonly lookAt: readonly number[];
  /** Of those, and where the clock ended it, one more. */
  readonly lookedAt: readonly number[];
  /** Names the method and its source, in a sentence. */
  readonly method: string;
  /** Which pairs ran first is drawn by this. */
  readonly seed: number;
  readonly mostPairs: number;
  readonly budgetSeconds: number;
  /** Why no more pairs ran. */
  readonly ended: 'settled' | 'pairs' | 'time' | 'stored' | 'interrupted' | 'failed';
};

/** How a threshold of the workload stands with both sides' medians. */
export type WorkloadThresholdComparison = {
  /** As the workload says it, such as `responseTimeMs.p99 < 10`. */
  readonly threshold: string;
  /** Null of a baseline file, which holds medians of its metrics only. */
  readonly baseline: { readonly value: number | null; readonly isMet: boolean } | null;
  readonly candidate: { readonly value: number | null; readonly isMet: boolean } | null;
};

/** A fact of the surroundings that the sides do not share. */
export type EnvironmentDifference = {
  /** Such as `Node version`. */
  readonly fact: string;
  readonly baseline: string;
  readonly candidate: string;
};

/** The whole comparison. */
export type RegressionResult = {
  readonly schemaVersion: 1;
  readonly command: 'regress';
  /** Null for figures of programs without a workload. */
  readonly workload: WorkloadIdentity | null;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly elapsedSeconds: number;
  /** The command line, without secrets. */
  readonly argv: readonly string[];
  readonly sides: Readonly<Record<SideName, RegressionSide>>;
  /**
   * Slower when any metric is, or the candidate does not meet a threshold of the workload; else undecided when any is; else faster when any is.
   * Null when nothing was compared: a side failed, or it was interrupted.
   */
  readonly verdict: RegressionVerdict | null;
  /** What became of it, in a sentence or two. */
  readonly sentence: string;
  /** What undecided metrics were to count as. */
  readonly undecided: 'pass' | 'fail';
  /** 0 nothing is slower, 3 something is (or undecided was to fail), 1 a side failed, 130 or the like interrupted. */
  readonly exitStatus: number;
  /** Empty when nothing was compared. */
  readonly metrics: readonly RegressionMetric[];
  /** Names of metrics that no trial of either side has, such as response times without a rate. */
  readonly notMeasured: readonly string[];
  /** Null without latencies on both sides. */
  readonly distribution: DistributionComparison | null;
  /** Empty for a workload without any. */
  readonly thresholds: readonly WorkloadThresholdComparison[];
  /** What `quantilesMs` of trials are at. */
  readonly quantiles: readonly number[];
  readonly trials: readonly RegressionTrial[];
  /** Null when no trial ran. */
  readonly control: ControlTrials | null;
  readonly design: RegressionDesign;
  /** Only where --allow-different-environment let them be, or both sides were run: to be said wherever the verdict is. */
  readonly environmentDifferences: readonly EnvironmentDifference[];
  /** Which side failed, and why, in one line; null when none did. */
  readonly failure: string | null;
  readonly isInterrupted: boolean;
  /** Folder of the run record; null when none was kept. */
  readonly runRecord: string | null;
};
