/** Runs that did not end: why, as far as the record tells, and the figures of a workload's trials that had ended. */
import type { StoredRun } from '../results/store.ts';
import type { WorkloadTrial } from '../results/workload-run.ts';
import { count } from './text.ts';

/** A run of a workload with the figures that it had when it stopped, in the shape of one that ended; any other record as it is. */
export const withFigures = (stored: StoredRun): StoredRun => {
  const { run, folder, soFar } = stored;
  if (!run.isPartial || soFar === undefined || soFar.end === null) return stored;
  const { trialCount: _, ...end } = soFar.end;
  const ended: unknown = { ...run, ...end, isPartial: false, trials: soFar.trials, runRecord: folder };
  // What workloadRun() of workload-figures.ts takes apart again.
  return { ...stored, run: ended as StoredRun['run'] };
};

/** Why a workload's run stopped before its last trial. */
const reasonOf = (plan: unknown, trials: readonly WorkloadTrial[], failure: string): string => {
  const stops = typeof plan === 'object' && plan !== null && 'onFailure' in plan && plan.onFailure === 'stop';
  return stops && trials.at(-1)?.failure === failure
    ? `the workload stopped the run at a failed trial (onFailure: stop): ${failure}`
    : `the run could not go on: ${failure}`;
};

/** What became of a run that did not end, in one line. */
export const partialText = ({ run, soFar }: StoredRun): string => {
  if (soFar === undefined) return 'the run goes on, or was killed before it could end: there are no figures';
  const { trials, end } = soFar;
  const done = `${count(trials.length)} trial${trials.length === 1 ? '' : 's'}`;
  if (end === null)
    return `the run goes on, or was killed before it could end; ${done} had ended, and --resume goes on`;
  const reason =
    end.failure === null ? 'the run was interrupted' : reasonOf('plan' in run ? run.plan : null, trials, end.failure);
  return `${reason}; ${done} had ended, and --resume goes on with what is left`;
};
