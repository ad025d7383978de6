/** What can stand in a line of a table of runs: a test that ended, or one trial of a workload. */
import type { TestResult } from '../results/run-record.ts';
import type { StoredRun } from '../results/store.ts';
import { completeTest } from './figures.ts';
import { sweepAxes, workloadRun } from './workload-figures.ts';

/** Which trial of a workload it is. */
export type NamedTrial = {
  /** From 1. */
  readonly step: number;
  /** From 1. */
  readonly trial: number;
  /** The values of the axes, by the axis's full name. */
  readonly point: Readonly<Record<string, string>>;
};

/** A test and the name it is shown by. */
export type NamedRun = { readonly name: string; readonly run: TestResult; readonly trial?: NamedTrial };

/** The tests of a record: itself, the trials of a workload that were measured, or none of any other kind. */
export const namedRuns = ({ name, run }: StoredRun): readonly NamedRun[] => {
  const test = completeTest(run);
  if (test !== null) return [{ name, run: test }];
  const workload = workloadRun(run);
  if (workload === null) return [];
  const axes = sweepAxes(workload);
  return workload.trials.flatMap(({ step, trial, result }) => {
    if (result === null) return [];
    const values = workload.steps[step]?.point ?? {};
    const point = Object.fromEntries(axes.map((axis) => [axis.name, String(values[axis.name] ?? '')]));
    return [{ name, run: result, trial: { step: step + 1, trial, point } }];
  });
};
