/** Compares two sides: runs what is to be run, decides, and keeps a record. */
import type { Baseline, TrialsRan, WorkloadIdentity } from '../../results/baseline.ts';
import { differencesText, environmentDifferences, withTarget } from '../../results/baseline-environment.ts';
import { beginRegressionRecord, type RegressionRecord } from '../../results/regression-record.ts';
import type {
  EnvironmentDifference,
  RegressionMetricName,
  RegressionResult,
  RegressionSide,
  SideName,
} from '../../results/regression-result.ts';
import type { Environment } from '../../results/result.ts';
import type { Threshold } from '../../workload/thresholds.ts';
import { TestFailure } from '../failure.ts';
import { systemReason } from '../system-reason.ts';
import {
  type Compared,
  comparePairs,
  type Effort,
  type RegressionProgress,
  type Surroundings,
} from './compare-pairs.ts';
import { compareStored } from './compare-stored.ts';
import { controlWork, describeControl } from './control-work.ts';
import {
  describeDistribution,
  describeMetrics,
  describeThresholds,
  exitStatusOf,
  summaryText,
  verdictOf,
} from './describe.ts';
import { methodText } from './design.ts';
import { OwnMetrics } from './own-figures.ts';
import { quantiles } from './trial-figures.ts';
import { TrialLimits } from './trial-limits.ts';
import { runTrialsOf, type SideProgram, type TrialOutcome } from './trial-runner.ts';

/** A side before it is run. */
export type SidePlan = Omit<RegressionSide, 'side' | 'environment' | 'stored'> & {
  /** Its own, of a cluster as far as it can be told; null for our own broker. */
  readonly brokerVersion: string | null;
} & (
    | { readonly program: SideProgram; readonly stored: null }
    | { readonly program: null; readonly stored: { readonly file: string; readonly baseline: Baseline } }
  );

/** What is compared. */
export type RegressionPlan = {
  readonly sides: Readonly<Record<SideName, SidePlan>>;
  /** Null for figures of programs. */
  readonly workload: WorkloadIdentity | null;
  readonly thresholds: readonly Threshold[];
  /** Null takes what the programs say. */
  readonly metrics: readonly RegressionMetricName[] | null;
  readonly effort: Effort;
  readonly undecided: 'pass' | 'fail';
  /** The longest that a trial may take; null takes what the budget and the trials before allow. */
  readonly trialTimeoutSeconds: number | null;
  readonly allowsDifferentEnvironment: boolean;
  /** The command line, secrets hidden. */
  readonly argv: readonly string[];
  /** Null keeps no record. */
  readonly resultsDir: string | null;
};

/** Who watches. */
export type RegressionObserver = {
  onProgress(progress: RegressionProgress): void;
  onNotice(line: string): void;
  onWarning(line: string): void;
  readonly stop: AbortSignal;
  /** The exit status when it is interrupted. */
  interruptStatus(): number;
};

/** What stands for processes and clocks in a test. */
export type RegressionTools = {
  readonly runTrials: typeof runTrialsOf;
  readonly control: () => number;
  readonly nowMs: () => number;
};

const realTools: RegressionTools = { runTrials: runTrialsOf, control: controlWork, nowMs: () => performance.now() };

/** The trials of a baseline file as those of a side. */
const storedOutcomes = ({ trials, environment }: Baseline): readonly TrialOutcome[] =>
  trials.map(({ startedAt, figures, quantilesMs }) => ({
    ...{ startedAt, figures, quantilesMs, environment },
    ...{ seconds: null, stealSeconds: null, limit: null, metrics: null, trial: null },
  }));

const environmentOf = (
  { stored, target, brokerVersion }: SidePlan,
  outcome: TrialOutcome | undefined,
): Environment | null => {
  if (stored !== null) return stored.baseline.environment;
  const environment = outcome?.environment ?? null;
  return environment === null ? null : withTarget(environment, target, brokerVersion);
};

const sideOf = (plan: SidePlan, side: SideName, environment: Environment | null): RegressionSide => {
  const { label, kind, overrides, command, target, stored } = plan;
  const { name = '', savedAt = '' } = stored?.baseline ?? {};
  return {
    ...{ side, label, kind, overrides, command, target, environment },
    stored: stored === null ? null : { name, file: stored.file, savedAt },
  };
};

/** Metrics of programs: both must have the same ones, and say the same of them. */
const ownMetrics = (
  plan: RegressionPlan,
  outcomes: Readonly<Record<SideName, TrialOutcome>>,
): readonly RegressionMetricName[] => {
  const of = (side: SideName): readonly RegressionMetricName[] =>
    outcomes[side].metrics?.map(({ saysBetter: _, ...metric }) => metric) ??
    plan.sides[side].stored?.baseline.metrics ??
    [];
  const [baseline, candidate] = [of('baseline'), of('candidate')];
  return [...candidate, ...baseline.filter(({ key }) => !candidate.some((other) => other.key === key))];
};

/** How trials of the sides ran or will run. Throws a TestFailure for two baselines that ran differently. */
const trialsRanOf = ({ sides: { baseline, candidate } }: RegressionPlan): TrialsRan => {
  const [from, to] = [baseline.stored?.baseline.trialsRan, candidate.stored?.baseline.trialsRan];
  if (from !== undefined && to !== undefined && from !== to)
    throw new TestFailure(
      `the baselines cannot be compared: trials of one ran ${from}, those of the other ${to}; save both from spillway regress, or both from spillway run`,
      { isUsage: true },
    );
  return from ?? to ?? 'apart';
};

const differencesOf = (
  plan: RegressionPlan,
  outcomes: Readonly<Record<SideName, TrialOutcome | undefined>>,
): readonly EnvironmentDifference[] => {
  const [from, to] = [
    environmentOf(plan.sides.baseline, outcomes.baseline),
    environmentOf(plan.sides.candidate, outcomes.candidate),
  ];
  return from === null || to === null ? [] : environmentDifferences(from, to);
};

const isStored = ({ sides }: RegressionPlan): boolean =>
  sides.baseline.stored !== null || sides.candidate.stored !== null;

/** Decides what is compared, and refuses what was measured elsewhere. */
const chooser =
  (plan: RegressionPlan): Surroundings['choose'] =>
  (outcomes) => {
    const differences = differencesOf(plan, outcomes);
    if (isStored(plan) && differences.length > 0 && !plan.allowsDifferentEnvironment)
      throw new TestFailure(
        `the baseline was measured elsewhere: ${differencesText(differences)}; compare where it was made, save a new one, or --allow-different-environment, which the verdict then says`,
        { isUsage: true },
      );
    return plan.metrics ?? ownMetrics(plan, outcomes);
  };

const openRecord = (plan: RegressionPlan, startedAt: string): RegressionRecord | null => {
  if (plan.resultsDir === null) return null;
  try {
    const name = plan.workload?.name ?? 'programs';
    return beginRegressionRecord(plan.resultsDir, { startedAt, name, argv: plan.argv });
  } catch (error) {
    throw new TestFailure(
      `no run record can be kept in ${plan.resultsDir}: ${systemReason(error)}; give another --results-dir, or --no-record`,
      { cause: error, isUsage: true },
    );
  }
};

/**
 * Runs a comparison. Resolves also when a side failed (`failure`) or it was interrupted, with the trials until then.
 * Rejects with a NotCompared when the sides cannot be compared, and with a TestFailure for wrong usage before any trial.
 */
export const runRegression = async (
  plan: RegressionPlan,
  observer: RegressionObserver,
  tools: RegressionTools = realTools,
): Promise<RegressionResult> => {
  const startedAt = new Date().toISOString();
  const began = tools.nowMs();
  const trialsRan = trialsRanOf(plan);
  const record = openRecord(plan, startedAt);
  const heard = new OwnMetrics();
  const limits = new TrialLimits(plan.effort.budgetSeconds, plan.trialTimeoutSeconds);
  const around: Surroundings = {
    async run(side, count) {
      const { program } = plan.sides[side];
      if (program === null) return [];
      const outcomes = await limits.run(count, observer.stop, (stop) => tools.runTrials(program, count, stop));
      for (const { metrics } of outcomes ?? []) if (metrics !== null) heard.hear(side, metrics);
      // The one to warm up runs alone, and its memory is a trial's; that of trials in one process is not, and so not the baseline's.
      return trialsRan === 'together' ? (outcomes?.map(withoutMemory) ?? null) : outcomes;
    },
    control: tools.control,
    nowMs: tools.nowMs,
    choose: chooser(plan),
    onProgress: (progress) => observer.onProgress(progress),
    onNotice: (line) => observer.onNotice(line),
  };
  const ending = (): Ending => ({
    startedAt,
    trialsRan,
    elapsedSeconds: (tools.nowMs() - began) / 1e3,
    interruptStatus: observer.stop.aborted ? observer.interruptStatus() : null,
  });
  let compared: Compared;
  try {
    for (const side of ['baseline', 'candidate'] as const) {
      const { stored } = plan.sides[side];
      if (stored !== null && plan.workload === null) heard.hear(side, stored.baseline.metrics);
    }
    if (trialsRan === 'together' && plan.metrics?.some(({ key }) => key === memoryKey))
      observer.onNotice(
        "memory is left out: trials of the baseline ran together in one process, whose memory is no trial's; spillway regress --save-baseline keeps a baseline with memory",
      );
    compared = isStored(plan)
      ? await compareStored(
          { baseline: storedOf(plan, 'baseline'), candidate: storedOf(plan, 'candidate') },
          { ...plan.effort, runsTogether: trialsRan === 'together' },
          around,
        )
      : await comparePairs(plan.effort, around);
  } catch (error) {
    record?.discard();
    if (!(error instanceof TestFailure)) throw error;
    throw new NotCompared(error, notComparedOf(plan, error, ending()));
  }
  const result = resultOf(plan, compared, ending());
  if (record === null) return result;
  try {
    return record.finish(result);
  } catch (error) {
    observer.onWarning(`the run record was not kept: ${systemReason(error)}`);
    return result;
  }
};

const memoryKey = 'peakMemoryBytes';

const withoutMemory = (outcome: TrialOutcome): TrialOutcome =>
  memoryKey in outcome.figures ? { ...outcome, figures: { ...outcome.figures, [memoryKey]: null } } : outcome;

/** The sides cannot be compared, or not in the time: what reports say of that. */
export class NotCompared extends TestFailure {
  /** Without a verdict, with the reason as its `failure`. */
  readonly result: RegressionResult;
  constructor(reason: TestFailure, result: RegressionResult) {
    super(reason.message, { cause: reason, isUsage: reason.isUsage });
    this.result = result;
  }
}

const notComparedOf = (plan: RegressionPlan, { message, isUsage }: TestFailure, ending: Ending): RegressionResult => {
  const compared: Compared = {
    ...{ comparison: null, metrics: [], trials: [], control: [], failure: null },
    outcomes: { baseline: [], candidate: [] },
    design: { lookAt: [], lookedAt: [], mostPairs: plan.effort.mostPairs, ended: 'failed' },
  };
  return {
    ...resultOf(plan, compared, ending),
    ...{ sentence: `not compared: ${message}`, failure: message, exitStatus: isUsage ? 2 : 1 },
  };
};

const storedOf = ({ sides }: RegressionPlan, side: SideName): readonly TrialOutcome[] | null => {
  const { stored } = sides[side];
  return stored === null ? null : storedOutcomes(stored.baseline);
};

type Ending = Pick<RegressionResult, 'startedAt' | 'elapsedSeconds'> & {
  readonly trialsRan: TrialsRan;
  readonly interruptStatus: number | null;
};

const resultOf = (plan: RegressionPlan, compared: Compared, ending: Ending): RegressionResult => {
  const { comparison, outcomes, design } = compared;
  const isPaired = !isStored(plan);
  const { alpha, seed, budgetSeconds } = plan.effort;
  const { baseline, candidate } = plan.sides;
  const failure =
    compared.failure === null
      ? null
      : `the ${compared.failure.side} (${plan.sides[compared.failure.side].label}) failed: ${compared.failure.reason}`;
  const metrics = describeMetrics(comparison, compared.metrics);
  const thresholds = comparison === null ? [] : describeThresholds(plan.thresholds, outcomes);
  const verdict = verdictOf(comparison, thresholds);
  const environments = differencesOf(plan, { baseline: outcomes.baseline[0], candidate: outcomes.candidate[0] });
  const { undecided } = plan;
  const summary = {
    ...{ verdict, metrics, thresholds, undecided, failure },
    environmentDifferences: environments,
    isAcross: !isPaired,
  };
  return {
    schemaVersion: 1,
    command: 'regress',
    workload: plan.workload,
    startedAt: ending.startedAt,
    elapsedSeconds: ending.elapsedSeconds,
    argv: plan.argv,
    sides: {
      baseline: sideOf(baseline, 'baseline', environmentOf(baseline, outcomes.baseline[0])),
      candidate: sideOf(candidate, 'candidate', environmentOf(candidate, outcomes.candidate[0])),
    },
    verdict,
    sentence: summaryText(summary),
    undecided,
    exitStatus: ending.interruptStatus ?? exitStatusOf(summary),
    metrics,
    notMeasured: comparison?.notMeasured ?? [],
    distribution: comparison === null ? null : describeDistribution(outcomes, isPaired, seed),
    thresholds,
    quantiles,
    trials: compared.trials,
    control: describeControl(compared.control),
    design: {
      ...{ isPaired, trialsRan: ending.trialsRan, alpha, seed, budgetSeconds, method: methodText(isPaired) },
      ...design,
    },
    environmentDifferences: environments,
    failure,
    isInterrupted: ending.interruptStatus !== null,
    runRecord: null,
  };
};
