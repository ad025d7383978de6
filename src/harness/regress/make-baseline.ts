/** Makes baselines of runs: of a side of a comparison, or of a step of a workload. */
import { defaultAlpha, leastTrials } from '../../measure/statistics/compare-runs.ts';
import { type Baseline, type BaselineTrial, baselineSchemaVersion } from '../../results/baseline.ts';
import { environmentToKeep, withTarget } from '../../results/baseline-environment.ts';
import { BaselineError } from '../../results/baseline-store.ts';
import type { RegressionMetricName, RegressionResult, SideName } from '../../results/regression-result.ts';
import type { WorkloadRun } from '../../results/workload-run.ts';
import { stepsOf, type Workload } from '../run-workload/workloads.ts';
import { allMetrics, figuresOfResult, quantiles, usualMetrics } from './trial-figures.ts';
import { identityOf, withOverrides } from './workload-identity.ts';

/** What a baseline is called, and what it was made from. */
export type BaselineNaming = { readonly name: string; readonly source: string };

/** What our own broker is called where targets are told apart. */
export const ownTarget = 'a broker of our own';

/** Metrics that all trials have. */
const measured = (
  metrics: readonly RegressionMetricName[],
  trials: readonly BaselineTrial[],
): readonly RegressionMetricName[] =>
  metrics.filter(({ key }) => trials.every(({ figures }) => typeof figures[key] === 'number'));

/** Throws a BaselineError for trials so few that no comparison with them could tell anything from chance. */
const requireTrials = (
  trials: readonly BaselineTrial[],
  metrics: readonly RegressionMetricName[],
  hint: string,
): void => {
  const usual = usualMetrics.filter(({ key }) => metrics.some((metric) => metric.key === key)).length;
  const least = leastTrials(defaultAlpha / Math.max(1, usual === 0 ? metrics.length : usual), false);
  if (trials.length >= least) return;
  throw new BaselineError(
    `${trials.length} ${trials.length === 1 ? 'trial is' : 'trials are'} too few for a baseline: with at least ${least} a change can be told from chance; ${hint}`,
  );
};

const withFigures = (
  baseline: Omit<Baseline, 'kind' | 'schemaVersion' | 'savedAt' | 'metrics' | 'quantiles'>,
  metrics: readonly RegressionMetricName[],
  hint: string,
): Baseline => {
  const kept = measured(metrics, baseline.trials);
  requireTrials(baseline.trials, kept, hint);
  const { name, source, workload, trialsRan, environment, trials } = baseline;
  return {
    ...{ kind: 'spillway-baseline', schemaVersion: baselineSchemaVersion, name, savedAt: new Date().toISOString() },
    ...{ source, workload, trialsRan, environment, metrics: kept, quantiles, trials },
  };
};

/** Of a side of a comparison. Throws a BaselineError when it has too few trials, or was stored itself. */
export const baselineOfSide = (result: RegressionResult, side: SideName, naming: BaselineNaming): Baseline => {
  const { overrides, environment, stored, kind } = result.sides[side];
  if (stored !== null) throw new BaselineError(`the ${side} is the baseline ${stored.name} already`);
  const trials = result.trials
    .filter((trial) => trial.side === side && !trial.isWarmup)
    .map(({ startedAt, figures, quantilesMs }) => ({ startedAt, figures, quantilesMs }));
  return withFigures(
    {
      ...{ ...naming, trials, trialsRan: result.design.trialsRan },
      workload: result.workload === null ? null : withOverrides(result.workload, overrides),
      environment: environmentToKeep(environment ?? {}),
    },
    kind === 'figures'
      ? result.metrics.map(({ key, name, unit, better, threshold }) => ({ key, name, unit, better, threshold }))
      : allMetrics,
    'compare with more pairs',
  );
};

/**
 * Of a step of a workload that was run with many trials.
 * @param stepIndex from 0; null when it has one step
 * @throws BaselineError when it has several steps, too few trials, or failed ones
 */
export const baselineOfRun = (run: WorkloadRun, stepIndex: number | null, naming: BaselineNaming): Baseline => {
  // What the record keeps is the workload as it was read.
  const workload = run.plan as Workload;
  if (stepIndex === null && run.steps.length > 1)
    throw new BaselineError(`the run has ${run.steps.length} steps, and a baseline is of one: choose it by --step N`);
  const step = stepsOf(workload)[stepIndex ?? 0];
  if (step === undefined)
    throw new BaselineError(
      `the run has no step ${(stepIndex ?? 0) + 1}: it has ${run.steps.length === 1 ? 'one' : run.steps.length}`,
    );
  const own = run.trials.filter((trial) => trial.step === step.index && !trial.isRepeated);
  const failed = own.filter(({ failure }) => failure !== null).length;
  if (failed > 0) throw new BaselineError(`${failed} of ${own.length} trials failed: a baseline is made of whole ones`);
  const trials = own.map(({ startedAt, result }) => {
    const { figures, quantilesMs } = figuresOfResult(result, false);
    return { startedAt, figures, quantilesMs };
  });
  const environment = own[0]?.result?.environment ?? run.environment;
  const target = workload.target?.bootstrap ?? ownTarget;
  const { brokerVersion, ...around } = environmentToKeep(withTarget(environment, target, null));
  // A run does not ask a cluster for its version.
  const told = target === ownTarget && brokerVersion !== undefined ? { ...around, brokerVersion } : around;
  return withFigures(
    {
      ...{ ...naming, trials, trialsRan: 'together' },
      workload: identityOf(run.workload, workload, step),
      environment: told,
    },
    allMetrics,
    'run it again with --set trials=20',
  );
};
