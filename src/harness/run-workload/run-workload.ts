/** Runs a planned workload, keeps its record, and judges what came of it. */
import { createHash } from 'node:crypto';
import { shownValue } from '../../client/properties/secrets.ts';
import { readEnvironment } from '../../measure/environment.ts';
import { beginWorkloadRecord, type ResumedRun, type WorkloadRecord } from '../../results/workload-record.ts';
import type { WorkloadPlan, WorkloadRun, WorkloadTrial } from '../../results/workload-run.ts';
import type { Workload } from '../../workload/schema.ts';
import type { Trial } from '../../workload/trials.ts';
import { TestFailure } from '../failure.ts';
import { systemReason } from '../system-reason.ts';
import { judgeRun, type Rules, type UnjudgedStep } from './judge-run.ts';
import { runTrials, type TrialsObserver, type TrialsPlan } from './run-trials.ts';
import type { StepPlan } from './trial-runner.ts';

/** All that a run needs. */
export type WorkloadRunPlan = Omit<TrialsPlan, 'steps'> & {
  readonly name: string;
  /** The file, or the name of a built-in one. */
  readonly source: string;
  readonly workload: Workload;
  readonly steps: readonly (StepPlan & UnjudgedStep)[];
  readonly rules: Rules;
  /** The command line, secrets hidden. */
  readonly argv: readonly string[];
  /** Null keeps no record. */
  readonly resultsDir: string | null;
  /** An interrupted run to go on with; null for a new one. */
  readonly resumed: ResumedRun | null;
};

/** A workload as it may be written down. */
export const withoutSecrets = (value: unknown, key = ''): unknown => {
  if (Array.isArray(value)) return value.map((each) => withoutSecrets(each, key));
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, withoutSecrets(each, name)]));
  return shownValue(key, value);
};

/** Tells whether a workload is still the one that a run was begun with; secrets have no part in it. */
export const fingerprintOf = (workload: Workload, steps: readonly Pick<UnjudgedStep, 'argv'>[]): string =>
  createHash('sha256')
    .update(JSON.stringify([withoutSecrets(workload), steps.map(({ argv }) => argv)]))
    .digest('hex')
    .slice(0, 32);

/** Before anything runs: what cannot be written is said while it costs nobody an hour. */
const openRecord = (run: WorkloadRunPlan, plan: WorkloadPlan): WorkloadRecord | null => {
  if (run.resumed !== null) return run.resumed.record;
  if (run.resultsDir === null) return null;
  try {
    const fingerprint = fingerprintOf(run.workload, run.steps);
    return beginWorkloadRecord(run.resultsDir, { ...plan, isPartial: true, fingerprint });
  } catch (error) {
    throw new TestFailure(
      `no run record can be kept in ${run.resultsDir}: ${systemReason(error)}; give another --results-dir, or --no-record`,
      { cause: error, isUsage: true },
    );
  }
};

const trialKey = ({ step, trial }: { readonly step: number; readonly trial: number }): string => `${step}/${trial}`;

/** What a run that was interrupted had left; everything of a new one. */
export const trialsLeft = (all: readonly Trial[], resumed: ResumedRun | null): readonly Trial[] => {
  const done = new Set((resumed?.trials ?? []).filter(({ isRepeated }) => !isRepeated).map(trialKey));
  return all.filter((trial) => !done.has(trialKey(trial)));
};

/**
 * Runs what has not run yet. An interrupted run, and one that a failure ended, leaves a partial record to go on with.
 * Rejects with a TestFailure when the target cannot be used at all, and for wrong usage when no record can be kept.
 */
export const runWorkload = async (run: WorkloadRunPlan, observer: TrialsObserver): Promise<WorkloadRun> => {
  const startedAt = run.resumed?.plan.startedAt ?? new Date().toISOString();
  const plan: WorkloadPlan = {
    schemaVersion: 1,
    command: 'run',
    workload: run.name,
    source: run.source,
    startedAt,
    argv: run.argv,
    plan: withoutSecrets(run.workload),
    environment: run.resumed?.plan.environment ?? readEnvironment(),
  };
  const record = openRecord(run, plan);
  const trials: WorkloadTrial[] = [...(run.resumed?.trials ?? [])];
  const left = trialsLeft(run.trials, run.resumed);
  let failure: string | null;
  try {
    failure = await runTrials(
      { ...run, trials: left },
      {
        ...observer,
        onTrialEnd(trial) {
          trials.push(trial);
          keep(record, trial, observer);
          observer.onTrialEnd(trial);
        },
      },
    );
  } catch (error) {
    if (trials.length === 0) record?.discard();
    throw error;
  }
  const { steps, thresholds, best } = judgeRun(run.steps, trials, run.rules);
  const ended: WorkloadRun = {
    isPartial: false,
    ...plan,
    elapsedSeconds: (Date.now() - Date.parse(startedAt)) / 1e3,
    isInterrupted: observer.stop.aborted,
    failure,
    steps,
    trials,
    thresholds,
    best,
    runRecord: null,
  };
  const isWhole = !observer.stop.aborted && failure === null;
  if (record === null) return ended;
  if (!isWhole) {
    leave(record, ended, observer);
    return { ...ended, runRecord: record.partial };
  }
  try {
    return record.finish(ended);
  } catch (error) {
    observer.onWarning(
      `the run record was not kept whole, its trials are in ${record.partial}: ${systemReason(error)}`,
    );
    return ended;
  }
};

const leave = (record: WorkloadRecord, run: WorkloadRun, observer: TrialsObserver): void => {
  try {
    record.leave(run);
  } catch (error) {
    observer.onWarning(`the run record has the trials, and no figures of the steps: ${systemReason(error)}`);
  }
};

const keep = (record: WorkloadRecord | null, trial: WorkloadTrial, observer: TrialsObserver): void => {
  try {
    record?.add(trial);
  } catch (error) {
    observer.onWarning(
      `trial ${trial.trial} of step ${trial.step + 1} is not in the run record: ${systemReason(error)}`,
    );
  }
};
