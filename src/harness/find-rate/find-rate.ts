/** Finds the highest rate that holds a limit: trials one after the other, each with a fresh topic and at one rate from start to end. */

import { readEnvironment } from '../../measure/environment.ts';
import type {
  FindRatePlan,
  FindRateResult,
  RateEdge,
  RateLimitedBy,
  RateTrial,
} from '../../results/find-rate-result.ts';
import { beginRunRecord, type RunRecord } from '../../results/run-record.ts';
import { planWithoutSecrets } from '../configuration.ts';
import { TestFailure } from '../failure.ts';
import type { E2ePlan, ProducerPlan, Target } from '../plan.ts';
import { openTrialRunner, type StepPlan, type TrialRunner, type TrialWatcher } from '../run-workload/trial-runner.ts';
import { systemReason } from '../system-reason.ts';
import { keepResult } from '../test-result.ts';
import type { Edge } from './edge-model.ts';
import { type JudgedTrial, judgeTrial } from './judge-trial.ts';
import type { Limit } from './limit.ts';
import { confidence, type Found, type SearchPhase, type SearchRules, searchRate } from './search.ts';

/** A search. */
export type FindRateRequest = {
  readonly target: Target;
  /** The test of a trial at a rate; throws what a wrong command line does. */
  readonly planAt: (rate: number) => ProducerPlan | E2ePlan;
  readonly limits: readonly Limit[];
  readonly trialMs: number;
  readonly warmupMs: number;
  readonly rules: SearchRules;
  /** Tells topics of this search from those of others. */
  readonly runId: string;
  /** The command line, secrets hidden. */
  readonly argv: readonly string[];
  /** Null keeps no record. */
  readonly resultsDir: string | null;
};

/** Who watches. */
export type FindRateObserver = Omit<TrialWatcher, 'onTrialStart' | 'onProgress'> & {
  /** @param edge what is known of it; null while rates grow */
  onTrialStart(rate: number, edge: Edge | null): void;
  onProgress?(rate: number, recordsPerSecond: number): void;
  onTrialEnd(trial: RateTrial): void;
};

/** Failed trials up to this factor above the edge say what it was; those far above it are too slow for everything. */
const nearEdge = 1.5;

const isOwnLimit = ({ outcome }: RateTrial): boolean => outcome === 'generator' || outcome === 'machine';

/** What kept the rate from being higher, as most of the failed trials near the edge say. */
export const limitedBy = (trials: readonly RateTrial[], edge: Edge | null): RateLimitedBy => {
  const failed = trials.filter(({ isHeld }) => !isHeld);
  if (failed.length === 0) return null;
  const near = failed.filter(({ rate }) => edge !== null && rate <= edge.most * nearEdge && rate >= edge.least);
  const telling = near.length > 0 ? near : failed.slice(-1);
  const share = (outcome: RateTrial['outcome']): number =>
    telling.filter((trial) => trial.outcome === outcome).length / telling.length;
  if (share('generator') > 0.5) return 'generator';
  return share('machine') > 0.5 ? 'machine' : 'target';
};

const beginRecord = (resultsDir: string | null, plan: FindRatePlan): RunRecord | null => {
  if (resultsDir === null) return null;
  try {
    const { command, topic, startedAt } = plan;
    return beginRunRecord(resultsDir, { command, topic, startedAt, plan: { argv: plan.argv } });
  } catch (error) {
    throw new TestFailure(
      `no run record can be kept in ${resultsDir}: ${systemReason(error)}; give another --results-dir, or --no-record`,
      { cause: error, isUsage: true },
    );
  }
};

/**
 * Searches. Resolves also when it was interrupted after its first trial.
 * Rejects with a TestFailure when the target cannot be used, and for wrong usage when no record can be kept.
 */
export const findRate = async (request: FindRateRequest, observer: FindRateObserver): Promise<FindRateResult> => {
  const { target, planAt, limits, trialMs, warmupMs, rules, runId, resultsDir } = request;
  const template = planAt(rules.firstRate);
  const startMs = Date.now();
  const plan: FindRatePlan = {
    schemaVersion: 1,
    command: 'find-rate',
    topic: template.topic,
    startedAt: new Date(startMs).toISOString(),
    argv: request.argv,
    plan: planWithoutSecrets(template),
    limits: limits.map(({ text }) => text),
    trialSeconds: trialMs / 1e3,
    warmupSeconds: warmupMs / 1e3,
    precision: rules.precision,
    environment: readEnvironment(),
  };
  const record = beginRecord(resultsDir, plan);
  const trials: RateTrial[] = [];
  const { onProgress } = observer;
  let current = rules.firstRate;
  const watcher: TrialWatcher = {
    onTrialStart: () => {},
    ...(onProgress === undefined
      ? {}
      : { onProgress: (_, { recordsPerSecond }) => onProgress(current, recordsPerSecond) }),
    onWarning: observer.onWarning,
    stop: observer.stop,
  };
  let runner: TrialRunner | null = null;
  let found: Found;
  try {
    const opened = await openTrialRunner(target, template.properties, runId, watcher);
    runner = opened;
    const seconds = (trialMs + warmupMs) / 1e3;
    found = await searchRate(rules, async (rate, phase, edge) => {
      current = rate;
      observer.onTrialStart(rate, edge);
      const trial = await runTrial(
        opened,
        { plan: planAt(rate), rate, phase, number: trials.length + 1 },
        (result, failure) => judgeTrial(result, failure, { rate, seconds, limits }),
      );
      if (trial === null) return null;
      trials.push(trial);
      observer.onTrialEnd(trial);
      return { ...trial, isOwnLimit: isOwnLimit(trial) };
    });
  } catch (error) {
    record?.discard();
    throw error;
  } finally {
    await runner?.close();
  }
  if (trials.length === 0) {
    record?.discard();
    throw new TestFailure('interrupted before the end of the first trial');
  }
  const { end, rate, trialsAtRate, heldAtRate, edge } = found;
  const result: FindRateResult = {
    ...plan,
    elapsedSeconds: (Date.now() - startMs) / 1e3,
    isInterrupted: observer.stop.aborted,
    failure: end === 'stopped' && !observer.stop.aborted ? 'the search was stopped' : null,
    end,
    rate,
    trialsAtRate,
    heldAtRate,
    edge: edge === null ? openEdge(trials) : { ...edge, confidence },
    // A trial that failed on the way to the highest rate that was allowed was no limit: that rate held.
    limitedBy: end === 'most-rate' ? null : limitedBy(trials, edge),
    trials,
    runRecord: null,
  };
  return keepResult(record, observer, result);
};

/** What is known of the edge when all trials held, or none did. */
export const openEdge = (trials: readonly Pick<RateTrial, 'rate' | 'isHeld'>[]): RateEdge => {
  const rates = trials.map(({ rate }) => rate);
  return trials.every(({ isHeld }) => isHeld)
    ? { median: null, least: Math.max(...rates), most: null, confidence: null }
    : { median: null, least: null, most: Math.min(...rates), confidence: null };
};

type TrialRequest = {
  readonly plan: StepPlan['plan'];
  readonly rate: number;
  readonly phase: SearchPhase;
  /** From 1. */
  readonly number: number;
};

/** Null when it was interrupted. Rejects with a TestFailure when it could not be run at all: no rate would change that. */
const runTrial = async (
  runner: TrialRunner,
  { plan, rate, phase, number }: TrialRequest,
  judge: (result: RateTrial['result'], failure: string | null) => JudgedTrial,
): Promise<RateTrial | null> => {
  const ended = await runner.run({ plan, replication: null, usesTopic: false }, { step: number - 1, trial: 1 }, 1);
  if (ended === null) return null;
  const broken = runner.brokenReason();
  if (ended.result === null || broken !== null)
    throw new TestFailure(broken ?? ended.failure ?? 'nothing was measured');
  return { rate, phase, startedAt: ended.startedAt, ...judge(ended.result, ended.failure), result: ended.result };
};
