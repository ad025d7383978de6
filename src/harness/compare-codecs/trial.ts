/** One trial of a codec: a fresh topic that one process writes and another one reads. */
import { readTopicLogSize } from '../../client/admin/log-dirs.ts';
import { deleteTopic } from '../../client/admin/topics.ts';
import type { Admin } from '../../client/admin.ts';
import type { CodecMeasurement, CodecPace, CodecTrial } from '../../results/codec-result.ts';
import type { ConsumerResult, ProducerResult } from '../../results/result.ts';
import { messageOf, TestFailure } from '../failure.ts';
import { measurementOf } from './accounts.ts';
import { type CodecChoice, type CodecPlan, consumerPlan, producerPlan, type TrialShape } from './plan.ts';
import type { RoleDone } from './role-messages.ts';
import type { RoleProcess } from './role-process.ts';

/** What trials run on. */
export type TrialGround = {
  readonly plan: CodecPlan;
  readonly admin: Admin;
  readonly producer: RoleProcess;
  readonly consumer: RoleProcess;
  /** Null for a cluster. */
  readonly brokerPid: number | null;
  readonly stop: AbortSignal;
  onProgress(recordsPerSecond: number): void;
  onWarning(line: string): void;
  /** Told once what the log sizes could not be had for. */
  onNoLogSize(reason: string): void;
};

/** A trial to be run. */
export type TrialOrder = {
  readonly codec: CodecChoice;
  readonly pace: CodecPace;
  readonly round: number;
  readonly topic: string;
  readonly rate: number | null;
  readonly seconds: number;
  readonly mostRecords: number;
};

/** A trial with the whole document of its producer, for what is the same in all of them. */
export type EndedTrial = {
  readonly trial: CodecTrial;
  readonly producer: ProducerResult | null;
  readonly consumer: ConsumerResult | null;
};

type Produced = RoleDone & { readonly result: ProducerResult };
type Consumed = RoleDone & { readonly result: ConsumerResult };

const produced = (done: RoleDone): Produced => {
  const { result } = done;
  if (result.command !== 'producer-perf-test') throw new TestFailure('the producer ran another test');
  return { ...done, result };
};

const consumed = (done: RoleDone): Consumed => {
  const { result } = done;
  if (result.command !== 'consumer-perf-test') throw new TestFailure('the consumer ran another test');
  return { ...done, result };
};

/** Why a trial counts for nothing; null when it counts. */
const failureOf = (sent: ProducerResult, read: ConsumerResult, rate: number | null): string | null => {
  if (sent.recordsUnsent > 0 && rate !== null)
    return `${sent.recordsUnsent} records were due and not sent: the codec does not hold ${rate} records/s`;
  const [error] = Object.values(sent.errors);
  if (sent.failure !== null) return sent.failure;
  if (sent.recordsFailed > 0) return `${sent.recordsFailed} records failed: ${error?.message ?? 'no reason was given'}`;
  if (read.failure !== null) return read.failure;
  if (read.recordsConsumed !== sent.recordsSent)
    return `${sent.recordsSent} records were sent and ${read.recordsConsumed} read`;
  return sent.recordsSent === 0 ? 'no record was sent' : null;
};

const logSizeOf = async ({ admin, onNoLogSize }: TrialGround, topic: string): Promise<number | null> => {
  try {
    return (await readTopicLogSize(admin.access, topic)).bytes;
  } catch (error) {
    onNoLogSize(messageOf(error));
    return null;
  }
};

/** At full speed one after the other, so that neither takes the other's processor; at a rate side by side, as it is in life. */
const runRoles = async (
  ground: TrialGround,
  shape: TrialShape,
): Promise<{ readonly sent: Produced; readonly read: Consumed }> => {
  const { plan, stop } = ground;
  const stops: (() => void)[] = [];
  const onStop = (): void => {
    for (const each of stops) each();
  };
  stop.addEventListener('abort', onStop, { once: true });
  const watch = { onProgress: ground.onProgress, onWarning: ground.onWarning };
  const produce = () => {
    const run = ground.producer.run(producerPlan(plan, shape), watch);
    stops.push(run.stop);
    return run;
  };
  const consume = (recordCount: number) => {
    const run = ground.consumer.run(consumerPlan(plan, { ...shape, recordCount }), { onWarning: ground.onWarning });
    stops.push(run.stop);
    return run;
  };
  try {
    if (shape.rate === null) {
      const sent = produced(await produce().done);
      if (sent.result.recordsSent === 0 || stop.aborted)
        throw new TestFailure(sent.result.failure ?? 'no record was sent');
      return { sent, read: consumed(await consume(sent.result.recordsSent).done) };
    }
    const reading = consume(shape.recordCount);
    // One that could not begin says so when it is waited for.
    await Promise.race([reading.started, reading.done]);
    try {
      const sent = produced(await produce().done);
      // What was not sent will never come.
      if (sent.result.recordsSent < shape.recordCount) reading.stop();
      return { sent, read: consumed(await reading.done) };
    } catch (error) {
      reading.stop();
      await reading.done.catch(() => {});
      throw error;
    }
  } finally {
    stop.removeEventListener('abort', onStop);
  }
};

/**
 * Runs a trial. Resolves also when it failed; null when it was interrupted.
 * Rejects with a TestFailure for what would fail every trial: wrong usage that only the target could tell.
 */
export const runTrial = async (ground: TrialGround, order: TrialOrder): Promise<EndedTrial | null> => {
  const { plan, admin, stop } = ground;
  const { codec, pace, round, topic, rate, seconds } = order;
  const recordCount = rate === null ? order.mostRecords : Math.min(order.mostRecords, Math.floor(rate * seconds));
  const base = { codec: codec.name, pace, round, topic, startedAt: new Date().toISOString() };
  let measured: CodecMeasurement | null = null;
  let hasTopic = false;
  try {
    await admin.createTopic(topic, plan.partitionCount, -1, plan.topicConfig);
    hasTopic = true;
    const { sent, read } = await runRoles(ground, { topic, codec, rate, seconds, recordCount });
    if (stop.aborted) return null;
    const failure = failureOf(sent.result, read.result, rate);
    if (sent.result.recordsSent > 0)
      measured = measurementOf(sent, read, ground.brokerPid, await logSizeOf(ground, topic));
    return { trial: { ...base, failure, measured }, producer: sent.result, consumer: read.result };
  } catch (error) {
    if (stop.aborted) return null;
    if (error instanceof TestFailure && error.isUsage) throw error;
    return { trial: { ...base, failure: messageOf(error), measured: null }, producer: null, consumer: null };
  } finally {
    if (hasTopic && !plan.keepsTopics) await removeTopic(ground, topic);
  }
};

const removeTopic = async ({ admin, onWarning }: TrialGround, topic: string): Promise<void> => {
  try {
    if ((await admin.describeTopic(topic)) !== null) await deleteTopic(admin.access, topic);
  } catch (error) {
    onWarning(`topic ${topic} was not deleted: ${messageOf(error)}`);
  }
};
