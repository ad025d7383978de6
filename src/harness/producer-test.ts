/** producer-perf-test: sends records to a topic and finds how many a second it takes and how long each one took. */
import { type Compression, sumOfRepeats } from '../drivers/driver.ts';
import type { ProducerDone } from '../load/messages.ts';
import { judge } from '../measure/verdict.ts';
import type { BlockedTime, CompressionResult, ProducerResult } from '../results/result.ts';
import type { EmbeddedBroker } from './embedded-broker.ts';
import { gatherEvidence } from './evidence.ts';
import { createLatencyLog, producerLog } from './latency-log.ts';
import { withMachineShare } from './machine-share.ts';
import type { TestObserver } from './observer.ts';
import type { ProducerPlan } from './plan.ts';
import type { ProducerCollector } from './producer-collector.ts';
import type { ProducerLoadEnd } from './producer-load.ts';
import { beginValues, sumOfTransactions, type TestValues } from './producer-values.ts';
import type { ReadBack } from './read-back.ts';
import { openSession, type Session } from './session.ts';
import { commonPart, keepResult } from './test-result.ts';
import { usageBetween } from './usage.ts';
import { warmUpNotOver } from './warm-up.ts';

const defaultClientId = 'perf-producer-client';

/** Loaded while broker and threads start: the client and the histograms take longer to load than the rest of the harness. */
const loadParts = async () => {
  const [{ ProducerCollector }, { runProducerLoad }, topics, { describeConfiguration }] = await Promise.all([
    import('./producer-collector.ts'),
    import('./producer-load.ts'),
    import('./topic-setup.ts'),
    import('./configuration.ts'),
  ]);
  return { ProducerCollector, runProducerLoad, topics, describeConfiguration };
};

const warnOfOddities = (dones: readonly ProducerDone[], observer: TestObserver): void => {
  const negatives = dones.reduce((sum, done) => sum + done.negativeLatencies, 0);
  if (negatives > 0) observer.onWarning(`${negatives} latencies were below zero and count as 0: the clocks disagree`);
};

const hasWarmUp = ({ warmupRecords, shape }: ProducerPlan): boolean =>
  warmupRecords > 0 || shape.warmupDurationMs !== null;

/**
 * Runs a producer test. Resolves with what was measured, also when the test was stopped or failed midway (`failure` is set then);
 * rejects with a TestFailure when no record could be sent. Threads, broker and temporary files are gone when it settles.
 * @param running a broker of our own to test in place of the plan's target; it is left running
 */
export const runProducerTest = async (
  plan: ProducerPlan,
  observer: TestObserver,
  running: EmbeddedBroker | null = null,
): Promise<ProducerResult> => {
  const { producers, verify = false } = plan;
  // No more readers than producers.
  const opening = openSession(plan, { least: producers, most: verify ? 2 * producers : producers }, observer, running);
  const parts = loadParts();
  const valuesFor = beginValues(plan, observer.onWarning);
  // openSession fails first when both do; a failed import shows below.
  parts.catch(() => {});
  const session = await opening;
  let readBack: ReadBack | null = null;
  try {
    const { ProducerCollector, runProducerLoad, topics, describeConfiguration } = await parts;
    const access = { bootstrapServers: session.bootstrapServers, properties: plan.properties };
    // Who reads is to be there first, and so is the topic.
    const partitions = verify
      ? await session.before(topics.ensureTopic(access, plan, observer))
      : await session.before(topics.prepareTopic(access, plan, observer.onWarning));
    const values = await session.before(valuesFor(access, session.nowUs));
    const log = createLatencyLog(session.record, producerLog, observer.onWarning);
    const collector = new ProducerCollector({
      workers: plan.producers,
      reportingIntervalMs: plan.reportingIntervalMs,
      onWindow: (window) => observer.onProducerWindow?.(window),
      onHistograms: log.add,
    });
    const properties = {
      'client.id': defaultClientId,
      ...plan.properties,
      'bootstrap.servers': session.bootstrapServers,
    };
    if (plan.properties.acks === '0')
      observer.onNotice(
        'with acks=0 the broker does not answer: records count as sent once the socket took them, and lost ones are not seen',
      );
    if (partitions !== undefined) {
      const { beginReadBack } = await import('./read-back.ts');
      readBack = await beginReadBack(session, plan, values.payload, partitions, observer);
    }
    const load = {
      ...plan,
      properties,
      payload: values.payload,
      ...(readBack === null ? {} : { followed: readBack.followed }),
    };
    const end = await runProducerLoad(session, load, collector, {
      ...observer,
      onStart(origin, startUs) {
        log.begin(origin.wallMs + startUs / 1e3);
        observer.onStart?.(origin, startUs);
      },
    });
    warnOfOddities(collector.dones, observer);
    if (hasWarmUp(plan) && collector.recordsSettled > 0 && collector.steadySummary() === null)
      observer.onWarning(warmUpNotOver('the figures are of the whole test'));
    const settings = end.usageAfter.brokerSettings ?? end.usageBefore.brokerSettings;
    const configuration = describeConfiguration(plan, properties, end.partitionCount, settings);
    const result = {
      ...measured(plan, session, collector, end, values),
      configuration,
      verification: (await readBack?.verify(collector.summary(null).recordsSent)) ?? null,
      isInterrupted: observer.stop.aborted,
    };
    return keepResult(session.record, observer, withMachineShare(plan, result), () => collector.distributions());
  } catch (error) {
    session.record?.discard();
    throw error;
  } finally {
    readBack?.end();
    await session.close();
  }
};

const measured = (
  plan: ProducerPlan,
  session: Session,
  collector: ProducerCollector,
  end: ProducerLoadEnd,
  { description }: TestValues,
): Omit<ProducerResult, 'configuration' | 'verification' | 'isInterrupted'> => {
  const { dones } = collector;
  const common = commonPart(plan, session, end, dones);
  const hasSchedule = plan.shape.pace !== null;
  const summary = collector.summary(hasSchedule ? end.startUs : null);
  const maxLatenessMs = hasSchedule ? Math.max(0, ...dones.map((done) => done.maxLatenessUs)) / 1e3 : null;
  const used = usageBetween(end.usageBefore, end.usageAfter);
  return {
    command: 'producer-perf-test',
    ...common,
    ...summary,
    steadyState: hasWarmUp(plan) ? collector.steadySummary() : null,
    errors: collector.errors(),
    recordsRetried: sumOfRepeats(dones.map((done) => done.repeats)).retries,
    blockedTime: sumOfBlocked(dones),
    verdict: judge(gatherEvidence(dones, used, { hasSchedule, latenessMs: summary.sendLatenessMs })),
    compression: sumOfCompressions(dones.map((done) => done.compression)),
    payload: description,
    transactions: sumOfTransactions(dones.map((done) => done.transactions)),
    recordsUnsent: dones.reduce((sum, done) => sum + done.recordsUnsent, 0),
    windows: collector.windows(end.startUs),
    failure: end.failure,
    generator: { ...common.generator, maxLatenessMs },
  };
};

const sumOfBlocked = (dones: readonly ProducerDone[]): BlockedTime => {
  const waits = dones.map((done) => done.blocked);
  const totalMs = waits.reduce((sum, { totalUs }) => sum + totalUs / 1e3, 0);
  const elapsedMs = dones.reduce((sum, { thread }) => sum + thread.elapsedSeconds * 1e3, 0);
  return {
    count: waits.reduce((sum, { count }) => sum + count, 0),
    totalMs,
    maxMs: Math.max(0, ...waits.map(({ maxUs }) => maxUs / 1e3)),
    share: elapsedMs > 0 ? Math.min(1, totalMs / elapsedMs) : 0,
  };
};

/** What the codecs of all producers did, which are the same one. */
const sumOfCompressions = (parts: readonly Compression[]): CompressionResult | null => {
  const [first] = parts;
  if (first === undefined) return null;
  const sum = (of: (part: Compression) => number): number => parts.reduce((total, part) => total + of(part), 0);
  const bytesBefore = sum((part) => part.bytesBefore);
  const bytesAfter = sum((part) => part.bytesAfter);
  const { codec, level, implementation } = first;
  const ratio = bytesBefore === 0 ? null : bytesAfter / bytesBefore;
  return { codec, level, implementation, bytesBefore, bytesAfter, ratio, batchesLeft: sum((part) => part.batchesLeft) };
};
