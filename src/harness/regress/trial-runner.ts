/** Runs one trial of a side: a process of its own with a broker of its own, or a program that is somebody else's. */
import { randomUUID } from 'node:crypto';
import { deleteTopic } from '../../client/admin/topics.ts';
import { openAdmin } from '../../client/admin.ts';
import { readEnvironment } from '../../measure/environment.ts';
import type { ExternalResult } from '../../results/external-result.ts';
import type { Environment } from '../../results/result.ts';
import type { WorkloadTrial } from '../../results/workload-run.ts';
import { runExternalConsumer, runExternalProducer } from '../exec/external-test.ts';
import { type ProgramEnd, runProgram } from '../exec/run-process.ts';
import { messageOf, TestFailure } from '../failure.ts';
import type { ConsumerPlan, ProducerPlan } from '../plan.ts';
import { type OwnMetric, ownFiguresOf } from './own-figures.ts';
import { figuresOfResult, lastObject, type TrialFigures } from './trial-figures.ts';

/** A side that can be run. */
export type SideProgram =
  /** A Spillway, this one or another build, that runs a workload file of one step. */
  | { readonly kind: 'spillway'; readonly command: readonly string[]; readonly file: string }
  /** A load generator of somebody else's, whose target and topic are ours. */
  | { readonly kind: 'generator'; readonly plan: ProducerPlan | ConsumerPlan }
  /** A program that prints figures of its own. */
  | { readonly kind: 'figures'; readonly command: readonly string[] };

/** What came of a trial. */
export type TrialOutcome = TrialFigures & {
  readonly startedAt: string;
  /** From the start to the end of its process; null where several trials shared one. */
  readonly seconds: number | null;
  /** Null for figures of a program's own. */
  readonly environment: Environment | null;
  /** What the program says its figures are; null for those of a test. */
  readonly metrics: readonly OwnMetric[] | null;
  /** The trial as a run of a workload keeps it, for the workload's thresholds; null of other programs. */
  readonly trial: WorkloadTrial | null;
};

/** Documents of `run` have every window of every trial. */
const keptChars = 64 * 1024 * 1024;
const longestComplaint = 300;

/** What a program said last. */
const complaintOf = ({ stdout, stderr }: ProgramEnd): string => {
  const lines = `${stdout}\n${stderr}`.split(/\r?\n/).filter((line) => line.trim() !== '' && !line.startsWith('{'));
  return (lines.at(-1) ?? 'it printed nothing').trim().slice(0, longestComplaint);
};

const start = (words: readonly string[], stop: AbortSignal): Promise<ProgramEnd> => {
  const [file = '', ...args] = words;
  return runProgram({ file, args, environment: {} }, { stop, onLine: () => {}, keptChars });
};

const endedWith = (end: ProgramEnd): string =>
  `it ended with ${end.status === null ? 'a signal' : `status ${end.status}`}: ${complaintOf(end)}`;

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Our own threshold status: the trial itself did all it was asked. */
const thresholdStatus = 3;

const environmentOf = (result: unknown): Environment | null => {
  if (!isObject(result) || !isObject(result.environment)) return null;
  const { environment } = result;
  // What bytes become is what a Spillway printed.
  return environment as Environment;
};

const workloadTrials = (end: ProgramEnd, count: number): readonly WorkloadTrial[] => {
  const document = lastObject(end.stdout);
  if (!isObject(document) || !Array.isArray(document.trials)) throw new TestFailure(endedWith(end));
  const trials: readonly WorkloadTrial[] = document.trials;
  const failed = trials.find(({ failure }) => failure !== null);
  const reason = typeof document.failure === 'string' ? document.failure : (failed?.failure ?? null);
  if (reason !== null) throw new TestFailure(reason);
  if (end.status !== 0 && end.status !== thresholdStatus) throw new TestFailure(endedWith(end));
  if (trials.length !== count) throw new TestFailure(`it ran ${trials.length} of ${count} trials`);
  return trials;
};

const runSpillway = async (
  { command, file }: SideProgram & { readonly kind: 'spillway' },
  count: number,
  stop: AbortSignal,
): Promise<readonly TrialOutcome[] | null> => {
  const words = [...command, 'run', file, '--set', `trials=${count}`, 'onFailure=stop', '--json', '--no-record'];
  const end = await start(words, stop);
  if (stop.aborted) return null;
  const isAlone = count === 1;
  return workloadTrials(end, count).map((trial) => ({
    startedAt: trial.startedAt,
    seconds: isAlone ? end.wallSeconds : null,
    ...figuresOfResult(trial.result, isAlone),
    environment: environmentOf(trial.result),
    metrics: null,
    trial,
  }));
};

/** A producer's topic on a cluster: nobody else's, and gone after the trial. */
const withOwnTopic = async (
  plan: ProducerPlan | ConsumerPlan,
  work: (plan: ProducerPlan | ConsumerPlan) => Promise<ExternalResult>,
): Promise<ExternalResult> => {
  const { target } = plan;
  if (target.kind === 'embedded' || plan.command === 'consumer-perf-test') return work(plan);
  const topic = `${plan.topic}-${randomUUID().slice(0, 8)}`;
  try {
    return await work({ ...plan, topic });
  } finally {
    const admin = openAdmin({ bootstrapServers: target.bootstrapServers, properties: plan.properties });
    // A cluster may not allow it, and the trial went well.
    await deleteTopic(admin.access, topic).catch(() => {});
    admin.close();
  }
};

const runGenerator = async (plan: ProducerPlan | ConsumerPlan, stop: AbortSignal): Promise<TrialOutcome | null> => {
  const startedAt = new Date().toISOString();
  const began = performance.now();
  const observer = { onNotice: () => {}, onWarning: () => {}, stop };
  const result = await withOwnTopic(plan, (own) =>
    own.command === 'producer-perf-test' ? runExternalProducer(own, observer) : runExternalConsumer(own, observer),
  );
  if (stop.aborted) return null;
  const failed = result.command === 'producer-perf-test' ? (result.recordsFailed ?? 0) : 0;
  if (result.failure !== null) throw new TestFailure(result.failure);
  if (failed > 0) throw new TestFailure(`it says that ${failed} records failed`);
  const done = result.command === 'producer-perf-test' ? result.recordsSent : result.recordsConsumed;
  if (done < plan.recordCount)
    throw new TestFailure(
      `it ${result.command === 'producer-perf-test' ? 'sent' : 'read'} ${done} records, and ${plan.recordCount} were asked for: what does less work is not faster`,
    );
  return {
    startedAt,
    seconds: (performance.now() - began) / 1e3,
    ...figuresOfResult(result, true),
    environment: result.environment,
    metrics: null,
    trial: null,
  };
};

const hasFigures = (document: unknown): boolean => isObject(document) && isObject(document.figures);

const runFigures = async (command: readonly string[], stop: AbortSignal): Promise<TrialOutcome | null> => {
  const end = await start(command, stop);
  if (stop.aborted) return null;
  const printed = lastObject(end.stdout);
  if (end.status !== 0 && hasFigures(printed))
    throw new TestFailure(`it printed its figures, but ${endedWith(end)}; a program that did well ends with status 0`);
  if (end.status !== 0) throw new TestFailure(endedWith(end));
  const own = ownFiguresOf(printed);
  if (own === null)
    throw new TestFailure(
      'it printed no figures: the last line must be an object such as {"figures": {"NAME": {"value": 1, "better": "larger"}}}',
    );
  return {
    startedAt: new Date(end.startedAtMs).toISOString(),
    seconds: end.wallSeconds,
    ...own.trial,
    environment: { ...readEnvironment() },
    metrics: own.metrics,
    trial: null,
  };
};

/**
 * Runs trials of a side: one, or for a workload also several in one process.
 * @returns null when it was interrupted
 * Rejects with a TestFailure that says in a line why the side failed.
 */
export const runTrialsOf = async (
  side: SideProgram,
  count: number,
  stop: AbortSignal,
): Promise<readonly TrialOutcome[] | null> => {
  try {
    if (side.kind === 'spillway') return await runSpillway(side, count, stop);
    const one = side.kind === 'generator' ? await runGenerator(side.plan, stop) : await runFigures(side.command, stop);
    return one === null ? null : [one];
  } catch (error) {
    if (stop.aborted) return null;
    if (error instanceof TestFailure) throw error;
    throw new TestFailure(messageOf(error), { cause: error });
  }
};
