/**
 * Producers and consumers of an end-to-end test side by side, each in a thread, on one clock. Consumers know where they begin before the
 * first record is sent, and read until every acknowledged record has come.
 */
import { randomInt } from 'node:crypto';
import type { FromE2e } from '../load/e2e-messages.ts';
import type { PayloadSpec } from '../load/payload.ts';
import { createProgress, readProgress } from '../load/progress.ts';
import type { StampedSpec } from '../load/stamped-records.ts';
import { connectionProperties } from './configuration.ts';
import { type Driven, driveJobs } from './drive-jobs.ts';
import { type E2eLoad, e2eListener } from './e2e-jobs.ts';
import {
  beginChecking,
  type Checking,
  type FollowedRecords,
  followRecords,
  verificationOf,
  waitForRest,
} from './followed-records.ts';
import { type JobRun, launchJobs } from './jobs.ts';
import type { E2ePlan } from './plan.ts';

/** How often is looked whether records still come. */
const lookForTimeoutMs = 50;

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
export const partitionsOf = (partitions: number, worker: number, workers: number): readonly number[] =>
  Array.from({ length: partitions }, (_, partition) => partition).filter((partition) => partition % workers === worker);

/**
 * Two runs of jobs as one. Between their readiness and their start is time to prepare: what is written then lies in front of the
 * consumers. Once they have begun, a stop is the producers' alone: the records on their way are still to be received. */
const together = (producers: JobRun, consumers: JobRun, prepare: () => Promise<void>): JobRun => {
  let hasBegun = false;
  const ready = Promise.all([producers.ready, consumers.ready]).then(async (both) => {
    await prepare();
    return both.flat();
  });
  // Who waits for the end alone is told by the listener.
  ready.catch(() => {});
  return {
    ready,
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
  readonly records: FollowedRecords;
  /** Null when nothing beyond loss and repetition is checked. */
  readonly checking: Checking | null;
};

const failOfTimeout = ({ fail, plan }: E2eLoad): void =>
  fail(`no record came for ${plan.timeoutMs} ms (--timeout) while acknowledged ones were waited for`);

/** Stops the consumers when every acknowledged record has come; after a stop or a failure after a bounded time. */
const stopWhenDrained = async (watched: Watched): Promise<void> => {
  const { load, producers, consumers, receivedProgress, records, checking } = watched;
  let areConsumersOver = false;
  void consumers.ended.then(() => {
    areConsumersOver = true;
  });
  await producers.ended;
  await checking?.logs.refresh();
  const isTimedOut = await waitForRest({
    nowUs: load.session.nowUs,
    missing: records.missing,
    lastReceiptUs: () => readProgress(receivedProgress).lastRecordUs,
    isOver: () => areConsumersOver,
    isEarly: () => load.observer.stop.aborted || load.failure() !== null,
    timeoutMs: () => load.plan.timeoutMs,
    logs: checking?.logs ?? null,
  });
  if (isTimedOut) failOfTimeout(load);
  consumers.send({ kind: 'stop' });
};

/** Ends the test when, while records are sent, settled ones wait and none comes for the time-out. @returns a function that ends this */
const watchForTimeout = (watched: Watched, startUs: number): (() => void) => {
  const { load, producers, settledProgress, receivedProgress } = watched;
  let movedUs = startUs;
  let before = 0;
  const look = (): void => {
    const { records, lastRecordUs } = readProgress(receivedProgress);
    const nowUs = load.session.nowUs();
    // A backlog moves, too.
    movedUs = Math.max(movedUs, lastRecordUs);
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

/** Values that are made, as producers take them. */
const payloadOf = (payload: E2ePlan['payload'], valueBytes: number): PayloadSpec => {
  if (payload === null) return { kind: 'random', sizeBytes: valueBytes, seed: 0 };
  if (payload.kind === 'random') return payload;
  const { content, size, seed } = payload;
  return { kind: 'generated', content, size, randomShare: null, seed };
};

/** Runs the test. Rejects with a TestFailure when it could not begin. @param partitions of the topic */
export const runScheduledLoad = async (load: E2eLoad, partitions: number): Promise<Driven> => {
  const { session, plan, collector, observer, common } = load;
  const { pace } = plan;
  const records = followRecords(plan, pace);
  const access = { bootstrapServers: session.bootstrapServers, properties: plan.properties };
  const checking = plan.verify ? await session.before(beginChecking(access, plan.topic, partitions)) : null;
  const { valueBytes, keyBytes } = plan.records;
  const stamped: StampedSpec = {
    payload: payloadOf(plan.payload, valueBytes),
    keys: plan.keys,
    keyBytes,
    isTimed: true,
    mark: randomInt(2 ** 32),
    producers: plan.producers,
  };
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
      stamped,
      hasSchedule: pace !== null,
      progress: receivedProgress,
      received: records.received,
      backlogRecords: plan.backlogRecords ?? 0,
      checks: checking?.job ?? null,
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
      records: plan.records,
      stamped,
      progress: settledProgress,
      pace,
      acknowledged: records.acknowledged,
    })),
    e2eListener(load, 0, endEarly),
  );
  const { backlogRecords = 0, topic, reportingIntervalMs } = plan;
  const prepare = async (): Promise<void> => {
    if (backlogRecords === 0) return;
    const { fillTopic } = await import('./fill-topic.ts');
    const properties = connectionProperties(plan.properties);
    const filling = {
      topic,
      recordCount: backlogRecords,
      recordSizeBytes: valueBytes,
      properties,
      reportingIntervalMs,
    };
    await fillTopic(session, filling, observer);
  };
  const watched = { load, producers, consumers, settledProgress, receivedProgress, records, checking };
  const driven = await driveJobs(together(producers, consumers, prepare), {
    session,
    observer,
    progress: receivedProgress,
    recordCount: Math.min(plan.recordCount, records.endIndex),
    hasSchedule: pace !== null,
    onStart(startUs) {
      void stopWhenDrained(watched);
      return watchForTimeout(watched, startUs);
    },
  });
  collector.recordsLost = records.missing.count();
  if (checking !== null)
    collector.verification = verificationOf({
      records,
      producers: plan.producers,
      recordsSent: collector.summary().recordsSent,
      recordsReceived: readProgress(receivedProgress).records,
      dones: collector.dones.filter(({ checks }) => checks !== null),
      logs: checking.logs,
      readBackSeconds: null,
    });
  return driven;
};
