/**
 * Producers and consumers of an end-to-end test side by side, each in a thread, on one clock. Consumers know where they begin before the
 * first record is sent, and read until every acknowledged record has come.
 */
import type { FromE2e } from '../load/e2e-messages.ts';
import { createIndexSet, MissingSearch, mostIndexes } from '../load/index-set.ts';
import { createPace, type PaceSpec } from '../load/pace.ts';
import { createProgress, readProgress } from '../load/progress.ts';
import { type Driven, driveJobs } from './drive-jobs.ts';
import { type E2eLoad, e2eListener } from './e2e-jobs.ts';
import { TestFailure } from './failure.ts';
import { type JobRun, launchJobs } from './jobs.ts';
import type { E2ePlan } from './plan.ts';

/** How often is looked whether records still come. */
const lookForTimeoutMs = 50;
/** How often is looked whether the last records have come. */
const lookForRestMs = 2;
/** Bound of the wait for records on their way after a stop or a failure. */
const drainAfterStopMs = 5000;

/** Fewer consumers than were asked for are started when there are not enough partitions. */
export const startedConsumers = ({ consumers }: Pick<E2ePlan, 'consumers'>, partitions: number): number =>
  Math.min(consumers, partitions);

/** The properties of one of several clients of a kind: each has a client id of its own, as metrics are named by it. */
const propertiesOf = (
  properties: Readonly<Record<string, string>>,
  bootstrapServers: string,
  worker: number,
  workers: number,
): Readonly<Record<string, string>> => {
  const all = { ...properties, 'bootstrap.servers': bootstrapServers };
  return workers === 1 ? all : { ...all, 'client.id': `${properties['client.id'] ?? 'e2e-latency'}-${worker + 1}` };
};

/** The partitions of consumer `worker` of `workers`. */
const partitionsOf = (partitions: number, worker: number, workers: number): readonly number[] =>
  Array.from({ length: partitions }, (_, partition) => partition).filter((partition) => partition % workers === worker);

/**
 * Above this index no record of a test is sent. Random arrivals over a time are more than their mean by ten standard deviations never;
 * each producer has indexes of its own.
 */
export const endIndexOf = (
  { recordCount, durationMs, producers }: Pick<E2ePlan, 'recordCount' | 'durationMs' | 'producers'>,
  pace: PaceSpec,
): number => {
  if (durationMs === null) return recordCount;
  if (pace.kind === 'poisson') {
    const mean = (pace.recordsPerSecond * durationMs) / 1e3 / producers;
    return Math.min(recordCount, producers * Math.ceil(mean + 10 * Math.sqrt(mean) + 100));
  }
  const dueUs = createPace(pace, 0, 1);
  let within = -1;
  let behind = Math.min(recordCount, mostIndexes + 1);
  // The last index that is due within the time: a schedule never goes back.
  while (behind - within > 1) {
    const middle = Math.floor((within + behind) / 2);
    if (dueUs(middle) < durationMs * 1e3) within = middle;
    else behind = middle;
  }
  return behind;
};

/** Two runs of jobs as one. Once they have begun, a stop is the producers' alone: the records on their way are still to be received. */
const together = (producers: JobRun, consumers: JobRun): JobRun => {
  let hasBegun = false;
  return {
    ready: Promise.all([producers.ready, consumers.ready]).then((both) => both.flat()),
    ended: Promise.all([producers.ended, consumers.ended]).then(() => {}),
    send(message) {
      if (message.kind === 'start') hasBegun = true;
      producers.send(message);
      if (message.kind !== 'stop' || !hasBegun) consumers.send(message);
    },
  };
};

/** What is known of a running load from all its workers together. */
type Watched = {
  readonly load: E2eLoad;
  readonly producers: JobRun;
  readonly consumers: JobRun;
  readonly settledProgress: SharedArrayBuffer;
  readonly receivedProgress: SharedArrayBuffer;
  readonly missing: MissingSearch;
};

const failOfTimeout = ({ fail, plan }: E2eLoad): void =>
  fail(`no record came for ${plan.timeoutMs} ms (--timeout) while acknowledged ones were waited for`);

/** Stops the consumers when every acknowledged record has come; after a stop or a failure after a bounded time. */
const stopWhenDrained = async (watched: Watched): Promise<void> => {
  const { load, producers, consumers, receivedProgress, missing } = watched;
  const { session, plan, observer } = load;
  let areConsumersOver = false;
  void consumers.ended.then(() => {
    areConsumersOver = true;
  });
  await producers.ended;
  const endedUs = session.nowUs();
  while (!missing.isComplete() && !areConsumersOver) {
    const nowUs = session.nowUs();
    const isEarly = observer.stop.aborted || load.failure() !== null;
    if (isEarly && nowUs - endedUs >= drainAfterStopMs * 1e3) break;
    if (nowUs - Math.max(endedUs, readProgress(receivedProgress).lastRecordUs) >= plan.timeoutMs * 1e3)
      failOfTimeout(load);
    if (load.failure() !== null && !isEarly) break;
    await new Promise((resolve) => setTimeout(resolve, lookForRestMs));
  }
  consumers.send({ kind: 'stop' });
};

/** Ends the test when, while records are sent, settled ones wait and none comes for the time-out. @returns a function that ends this */
const watchForTimeout = (watched: Watched, startUs: number): (() => void) => {
  const { load, producers, settledProgress, receivedProgress } = watched;
  let movedUs = startUs;
  let before = 0;
  const look = (): void => {
    const { records } = readProgress(receivedProgress);
    const nowUs = load.session.nowUs();
    if (records !== before || readProgress(settledProgress).records <= records) movedUs = nowUs;
    before = records;
    if (nowUs - movedUs < load.plan.timeoutMs * 1e3) return;
    end();
    failOfTimeout(load);
    producers.send({ kind: 'stop' });
  };
  const timer = setInterval(look, Math.min(lookForTimeoutMs, load.plan.timeoutMs));
  const end = (): void => clearInterval(timer);
  void producers.ended.then(end);
  return end;
};

/** Runs the test. Rejects with a TestFailure when it could not begin. @param partitions of the topic */
export const runScheduledLoad = async (load: E2eLoad, pace: PaceSpec, partitions: number): Promise<Driven> => {
  const { session, plan, collector, observer, common } = load;
  const endIndex = endIndexOf(plan, pace);
  if (endIndex > mostIndexes) {
    throw new TestFailure(
      `more than ${mostIndexes} records are due, and each one is followed on its way: lower the rate or the time`,
      { isUsage: true },
    );
  }
  const acknowledged = createIndexSet(endIndex);
  const received = createIndexSet(endIndex);
  const consumerCount = startedConsumers(plan, partitions);
  const settledProgress = createProgress(plan.producers);
  const receivedProgress = createProgress(consumerCount);
  const endEarly = (): void => producers.send({ kind: 'stop' });
  const consumers = launchJobs<FromE2e>(
    session.pool,
    Array.from({ length: consumerCount }, (_, worker) => ({
      ...common,
      kind: 'e2e-consumer' as const,
      worker,
      workers: consumerCount,
      properties: propertiesOf(plan.consumerProperties, session.bootstrapServers, worker, consumerCount),
      partitions: partitionsOf(partitions, worker, consumerCount),
      progress: receivedProgress,
      received,
    })),
    e2eListener(load, plan.producers, endEarly),
  );
  const producers = launchJobs<FromE2e>(
    session.pool,
    Array.from({ length: plan.producers }, (_, worker) => ({
      ...common,
      kind: 'e2e-producer' as const,
      worker,
      workers: plan.producers,
      properties: propertiesOf(plan.properties, session.bootstrapServers, worker, plan.producers),
      progress: settledProgress,
      pace,
      acknowledged,
    })),
    e2eListener(load, 0, endEarly),
  );
  const missing = new MissingSearch(acknowledged, received);
  const watched = { load, producers, consumers, settledProgress, receivedProgress, missing };
  const driven = await driveJobs(together(producers, consumers), {
    session,
    observer,
    progress: receivedProgress,
    recordCount: endIndex,
    hasSchedule: true,
    onStart(startUs) {
      void stopWhenDrained(watched);
      return watchForTimeout(watched, startUs);
    },
  });
  collector.recordsLost = missing.count();
  return driven;
};
