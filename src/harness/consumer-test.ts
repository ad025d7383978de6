/** consumer-perf-test: reads records from topics and finds how many a second come. */
import { sumOfRepeats } from '../drivers/driver.ts';
import type { ConsumerResult } from '../results/result.ts';
import type { ConsumerLoadEnd } from './consumer-load.ts';
import { groupIdsOf, ownProperties, type Reader, readersOf } from './consumer-readers.ts';
import { summariseConsumers } from './consumer-summary.ts';
import type { EmbeddedBroker } from './embedded-broker.ts';
import { TestFailure } from './failure.ts';
import { withMachineShare } from './machine-share.ts';
import type { TestObserver } from './observer.ts';
import type { ConsumerPlan } from './plan.ts';
import { openSession, type Session } from './session.ts';
import { commonPart, keepResult } from './test-result.ts';
import type { LoadThreads } from './worker-pool.ts';

const defaultClientId = 'perf-consumer-client';
const bytesPerMebibyte = 1024 * 1024;

/** Loaded while broker and threads start. */
const loadParts = async () => {
  const [{ runConsumerLoad }, { findTopics, prepareTopic }, { describeConfiguration }, { readLag }] = await Promise.all(
    [
      import('./consumer-load.ts'),
      import('./topic-setup.ts'),
      import('./configuration.ts'),
      import('./consumer-lag.ts'),
    ],
  );
  return { runConsumerLoad, findTopics, prepareTopic, describeConfiguration, readLag };
};

/**
 * Without a group, how many partitions there are is known only later, unless we make the topic: no thread is started that would have
 * none. In a group, every consumer joins.
 */
const threadsOf = ({ consumers, consumerGroups, partitionCount, groupId }: ConsumerPlan): LoadThreads =>
  groupId === null
    ? { least: Math.min(consumers, partitionCount ?? 1), most: consumers }
    : { least: consumers * consumerGroups, most: consumers * consumerGroups };

/** Client properties of a consumer; what the plan has a field for comes from there. */
const consumerProperties = (plan: ConsumerPlan, session: Session): Readonly<Record<string, string>> => ({
  'client.id': defaultClientId,
  ...plan.properties,
  'bootstrap.servers': session.bootstrapServers,
  ...(plan.groupId === null ? {} : { 'group.id': plan.groupId }),
  'auto.offset.reset': plan.fromLatest ? 'latest' : (plan.properties['auto.offset.reset'] ?? 'earliest'),
});

/**
 * Runs a consumer test; our own empty broker is filled first. Resolves with what was read, also when the test was stopped, timed out or
 * failed midway; rejects with a TestFailure when reading could not begin. Threads, broker and temporary files are gone when it
 * settles.
 * @param running a broker of our own to test in place of the plan's target; it is left running
 */
export const runConsumerTest = async (
  plan: ConsumerPlan,
  observer: TestObserver,
  running: EmbeddedBroker | null = null,
): Promise<ConsumerResult> => {
  const opening = openSession(plan, threadsOf(plan), observer, running);
  const parts = loadParts();
  // openSession fails first when both do; a failed import shows below.
  parts.catch(() => {});
  const session = await opening;
  try {
    const { runConsumerLoad, findTopics, prepareTopic, describeConfiguration, readLag } = await parts;
    const access = { bootstrapServers: session.bootstrapServers, properties: plan.properties };
    if (plan.fill !== null) {
      await session.before(prepareTopic(access, plan, observer.onWarning));
      const { topic, recordCount, reportingIntervalMs, fill } = plan;
      const { fillTopic } = await import('./fill-topic.ts');
      await fillTopic(session, { topic, recordCount, ...fill, properties: {}, reportingIntervalMs }, observer);
    }
    const topics = await session.before(findTopics(access, plan.topic, plan.include));
    const readers = readersOf(plan, topics);
    if (readers.length < plan.consumers)
      observer.onWarning(`only ${readers.length} of ${plan.consumers} consumers are started, one for each partition`);
    const properties = consumerProperties(plan, session);
    const end = await runConsumerLoad(session, { plan, readers, topics, properties }, observer);
    if (end.failure !== null && end.recordsConsumed === 0) throw new TestFailure(end.failure);
    const groupIds = groupIdsOf(plan);
    const lag =
      end.failure !== null || observer.stop.aborted
        ? null
        : await readLag({
            access,
            topics,
            readPartitions: plan.readPartitions,
            groups: end.positions.map((positions, group) => ({ groupId: groupIds[group] ?? null, positions })),
            fromLatest: plan.fromLatest,
          });
    const partitions = topics.reduce((sum, topic) => sum + topic.partitions, 0);
    const settings = end.usageAfter.brokerSettings ?? end.usageBefore.brokerSettings;
    const result = {
      ...measured(plan, session, readers, properties, end),
      lag,
      configuration: describeConfiguration(plan, properties, partitions, settings),
      isInterrupted: observer.stop.aborted,
    };
    return keepResult(session.record, observer, withMachineShare(plan, result));
  } catch (error) {
    session.record?.discard();
    throw error;
  } finally {
    await session.close();
  }
};

const measured = (
  plan: ConsumerPlan,
  session: Session,
  readers: readonly Reader[],
  properties: Readonly<Record<string, string>>,
  end: ConsumerLoadEnd,
): Omit<ConsumerResult, 'configuration' | 'isInterrupted' | 'lag'> => {
  const dones = end.consumers.flatMap(({ done }) => done ?? []);
  const clientId = (worker: number): string =>
    ownProperties(properties, worker, readers.length)['client.id'] ?? defaultClientId;
  const { rebalanceTimeMs, groups, consumers } = summariseConsumers(plan, readers, end, clientId);
  const elapsedSeconds = (end.lastRecordUs - end.openUs) / 1e6;
  const wallMsAt = (us: number): number => session.origin.wallMs + us / 1e3;
  const mebibytes = end.bytesConsumed / bytesPerMebibyte;
  return {
    command: 'consumer-perf-test',
    ...commonPart(plan, session, end, dones),
    recordsConsumed: end.recordsConsumed,
    bytesConsumed: end.bytesConsumed,
    recordsRedelivered: end.recordsRedelivered,
    elapsedSeconds,
    recordsPerSecond: elapsedSeconds > 0 ? end.recordsConsumed / elapsedSeconds : 0,
    mebibytesPerSecond: elapsedSeconds > 0 ? mebibytes / elapsedSeconds : 0,
    startedAtMs: wallMsAt(end.openUs),
    endedAtMs: wallMsAt(end.lastRecordUs),
    rebalanceTimeMs,
    fetchTimeMs: Math.max(0, elapsedSeconds * 1e3 - rebalanceTimeMs),
    isTimedOut: end.isTimedOut,
    isDurationOver: end.isDurationOver,
    fetchesRetried: sumOfRepeats(dones.map((done) => done.repeats)).retries,
    groups,
    consumers,
    serviceTimeMs: null,
    responseTimeMs: null,
    windows: end.windows,
    failure: end.failure ?? (end.isTimedOut ? timedOut(plan, end.recordsConsumed) : null),
  };
};

const timedOut = (plan: ConsumerPlan, recordsConsumed: number): string =>
  `no record came for ${plan.timeoutMs} ms (--timeout): ${recordsConsumed} of ${plan.recordCount * plan.consumerGroups} records were consumed`;
