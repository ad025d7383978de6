/** What a run of a workload found: run.json of `spillway run`, and what its --json prints. */
import type { E2eResult } from './e2e-result.ts';
import type { ConsumerResult, Environment, ProducerResult } from './result.ts';

/** What a trial found; the document that the test's own command prints. */
export type TrialResult = ProducerResult | ConsumerResult | E2eResult;

/** One trial, in the order in which they ran. */
export type WorkloadTrial = {
  /** The step's index. */
  readonly step: number;
  /** From 1. */
  readonly trial: number;
  /** From 1; more after a failed trial that was repeated. */
  readonly attempt: number;
  /** ISO 8601. */
  readonly startedAt: string;
  /** Why it failed, in one line; null when it did all it was asked. */
  readonly failure: string | null;
  /** It failed and was tried again: its step is not judged by it. */
  readonly isRepeated: boolean;
  /** Null when it failed before its first record. */
  readonly result: TrialResult | null;
};

/** Median over the trials of a step with the range. */
export type FigureRange = { readonly median: number; readonly least: number; readonly most: number };

/** A step with what its trials came to. */
export type WorkloadStep = {
  readonly index: number;
  /** The values of the axes, by setting. */
  readonly point: Readonly<Record<string, string | number | boolean>>;
  /** The command line of its test, without target, topic and output. */
  readonly argv: readonly string[];
  /** Trials that did all they were asked. */
  readonly trialsDone: number;
  readonly trialsFailed: number;
  /** By name, such as `responseTimeMs.p99`; those that were measured. */
  readonly figures: Readonly<Record<string, FigureRange>>;
  /** Kinds of the generator's verdicts with how many trials had them that did not fail. */
  readonly verdicts: Readonly<Record<string, number>>;
};

/** How one step stands to one threshold. */
export type WorkloadThreshold = {
  readonly threshold: string;
  readonly step: number;
  /** The median; null when it was not measured. */
  readonly value: number | null;
  readonly isMet: boolean;
};

/** The best step. */
export type WorkloadBest = {
  readonly step: number;
  /** The rule in words. */
  readonly rule: string;
  /** Steps whose range overlaps with the best one's: trials do not tell them apart. */
  readonly notTold: readonly number[];
};

/** What is known of a run before its first trial. */
export type WorkloadPlan = {
  readonly schemaVersion: 1;
  readonly command: 'run';
  /** The workload's name. */
  readonly workload: string;
  /** The file, or the name of a built-in one. */
  readonly source: string;
  /** ISO 8601. */
  readonly startedAt: string;
  /** The command line, without secrets. */
  readonly argv: readonly string[];
  /** The workload with what --set changed, without secrets. */
  readonly plan: unknown;
  readonly environment: Environment;
};

/** run.json of a run that has not ended; its trials so far are lines of `trials.jsonl` beside it. */
export type PartialWorkloadRun = { readonly isPartial: true } & WorkloadPlan & {
    /** Tells whether a file that a run is resumed with is still the same. */
    readonly fingerprint: string;
  };

/** `so-far.json`: what a run that stopped before its last trial had found. */
export type WorkloadSoFar = Pick<
  WorkloadRun,
  'elapsedSeconds' | 'isInterrupted' | 'failure' | 'steps' | 'thresholds' | 'best'
> & {
  /** Trials that it is of, repeated ones included. */
  readonly trialCount: number;
};

/** run.json of a run that ended. */
export type WorkloadRun = { readonly isPartial: false } & WorkloadPlan & {
    /** Time from start to end of all trials, pauses of a resumed run included, seconds. */
    readonly elapsedSeconds: number;
    readonly isInterrupted: boolean;
    /** Why the run ended before its last trial, in one line; null when it did not. */
    readonly failure: string | null;
    readonly steps: readonly WorkloadStep[];
    readonly trials: readonly WorkloadTrial[];
    readonly thresholds: readonly WorkloadThreshold[];
    /** Null when no step did all it was asked and met the thresholds. */
    readonly best: WorkloadBest | null;
    /** Folder of the run record; null when none was kept. */
    readonly runRecord: string | null;
  };
