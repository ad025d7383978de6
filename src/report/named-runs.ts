/** What can stand in a line of a table of runs: a test that ended, or one trial of a workload. */
import type { TestResult } from '../results/run-record.ts';
import type { StoredRun } from '../results/store.ts';
import { completeTest } from './figures.ts';
import { withFigures } from './so-far.ts';
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

/** A line of a table: a trial that failed before its first record has no result. */
export type NamedLine = {
  readonly name: string;
  readonly run: TestResult | null;
  readonly startedAt?: string;
  readonly trial?: NamedTrial;
  /** Why a trial failed, which its result may not know. */
  readonly failure?: string | null;
};

/** A test and the name it is shown by. */
export type NamedRun = { readonly name: string; readonly run: TestResult; readonly trial?: NamedTrial };

/** The tests of a record: itself, the trials of a workload, failed ones too, or none of any other kind. */
export const namedRuns = (stored: StoredRun): readonly NamedLine[] => {
  const { name, run } = withFigures(stored);
  const test = completeTest(run);
  if (test !== null) return [{ name, run: test }];
  const workload = workloadRun(run);
  if (workload === null) return [];
  const axes = sweepAxes(workload);
  return workload.trials.map(({ step, trial, startedAt, failure, result }) => {
    const values = workload.steps[step]?.point ?? {};
    const point = Object.fromEntries(axes.map((axis) => [axis.name, String(values[axis.name] ?? '')]));
    return { name, run: result, startedAt, failure, trial: { step: step + 1, trial, point } };
  });
};
