/** Several runs of workloads as one: all their steps, told apart by one more axis, the run. */
import type { WorkloadRun } from '../results/workload-run.ts';

/** A run of a workload and the name of its record. */
export type NamedWorkload = { readonly name: string; readonly run: WorkloadRun };

/** The axis that tells the runs apart. */
const runAxis = 'run';

/**
 * All steps and trials of the runs, numbered on; none is the best of all, as each run has a rule of its own.
 * @param runs at least one, in the order in which they are shown
 */
export const mergedWorkload = (runs: readonly [NamedWorkload, ...NamedWorkload[]]): WorkloadRun => {
  const [{ run: first }] = runs;
  const firsts = runs.map((_, index) => runs.slice(0, index).reduce((sum, { run }) => sum + run.steps.length, 0));
  const placed = runs.map((each, index) => ({ ...each, from: firsts[index] ?? 0 }));
  return {
    ...first,
    startedAt: runs.map(({ run }) => run.startedAt).toSorted()[0] ?? first.startedAt,
    plan: Object.fromEntries(runs.map(({ name, run }) => [name, run.plan])),
    environment: first.environment,
    elapsedSeconds: runs.reduce((sum, { run }) => sum + run.elapsedSeconds, 0),
    isInterrupted: runs.some(({ run }) => run.isInterrupted),
    failure: runs.find(({ run }) => run.failure !== null)?.run.failure ?? null,
    steps: placed.flatMap(({ name, run, from }) =>
      run.steps.map((step) => ({ ...step, index: step.index + from, point: { [runAxis]: name, ...step.point } })),
    ),
    trials: placed.flatMap(({ run, from }) => run.trials.map((trial) => ({ ...trial, step: trial.step + from }))),
    thresholds: placed.flatMap(({ run, from }) => run.thresholds.map((each) => ({ ...each, step: each.step + from }))),
    best: null,
  };
};
