/** Runs the trials of a workload one after the other. */
import type { WorkloadTrial } from '../../results/workload-run.ts';
import type { Trial } from '../../workload/trials.ts';
import { TestFailure } from '../failure.ts';
import type { Target } from '../plan.ts';
import { openTrialRunner, type StepPlan, type TrialWatcher } from './trial-runner.ts';

/** What is to be run. */
export type TrialsPlan = {
  readonly target: Target;
  readonly steps: readonly StepPlan[];
  /** Those that have not run yet, in their order. */
  readonly trials: readonly Trial[];
  readonly onFailure: 'continue' | 'stop' | 'repeat';
  /** Tells topics of this run from those of others. */
  readonly runId: string;
};

/** Who watches. */
export type TrialsObserver = TrialWatcher & {
  /** Called when a trial ended, failed ones included; not for one that was interrupted. */
  onTrialEnd(trial: WorkloadTrial): void;
  onNotice(line: string): void;
};

/** A trial that fails so often is left at that. */
const mostAttempts = 3;

/**
 * Runs trials until the last one, a failure that ends the run, or an interruption.
 * @returns why the run ended early; null when it did not, or was interrupted
 * Rejects with a TestFailure when the target cannot be used at all.
 */
export const runTrials = async (plan: TrialsPlan, observer: TrialsObserver): Promise<string | null> => {
  const { target, steps, runId } = plan;
  const runner = await openTrialRunner(target, steps[0]?.plan.properties ?? {}, runId, observer);
  try {
    for (const trial of plan.trials) {
      const step = steps[trial.step];
      if (step === undefined) throw new TestFailure(`there is no step ${trial.step}: the file has changed`);
      for (let attempt = 1; attempt <= mostAttempts; attempt += 1) {
        const ended = await runner.run(step, trial, attempt);
        if (ended === null || observer.stop.aborted) return null;
        const isRepeated = ended.failure !== null && plan.onFailure === 'repeat' && attempt < mostAttempts;
        observer.onTrialEnd({ ...ended, isRepeated });
        const broken = runner.brokenReason();
        if (broken !== null) return broken;
        if (ended.failure === null) break;
        if (plan.onFailure === 'stop') return ended.failure;
        if (!isRepeated) break;
      }
    }
    return null;
  } finally {
    await runner.close();
  }
};
