/** producer-perf-test: sends records to a topic and finds how many a second it takes and how long each one took. */
import { type Compression, sumOfRepeats } from '../drivers/driver.ts';
import type { ProducerDone } from '../load/messages.ts';
import type { CompressionResult, ProducerResult } from '../results/result.ts';
import type { EmbeddedBroker } from './embedded-broker.ts';
import type { TestObserver } from './observer.ts';
import type { ProducerPlan } from './plan.ts';
import type { ProducerCollector } from './producer-collector.ts';
import type { ProducerLoadEnd } from './producer-load.ts';
import { openSession, type Session, summariseUsage } from './session.ts';
import { systemReason } from './system-reason.ts';

const defaultClientId = 'perf-producer-client';

/** Loaded while broker and threads start: the client and the histograms take longer to load than the rest of the harness. */
const loadParts = async () => {
  const [{ ProducerCollector }, { runProducerLoad }, { prepareTopic }, { describeConfiguration }] = await Promise.all([
    import('./producer-collector.ts'),
    import('./producer-load.ts'),
    import('./topic-setup.ts'),
    import('./configuration.ts'),
  ]);
  return { ProducerCollector, runProducerLoad, prepareTopic, describeConfiguration };
};

const mergeMetrics = (dones: readonly ProducerDone[]): Record<string, number> =>
  Object.assign({}, ...dones.map((done) => done.metrics ?? {}));

const warnOfOddities = (dones: readonly ProducerDone[], observer: TestObserver): void => {
  const negatives = dones.reduce((sum, done) => sum + done.negativeLatencies, 0);
  if (negatives > 0) observer.onWarning(`${negatives} latencies were below zero and count as 0: the clocks disagree`);
};

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
  const opening = openSession(plan, { least: plan.producers, most: plan.producers }, observer, running);
  const parts = loadParts();
  // openSession fails first when both do; a failed import shows below.
  parts.catch(() => {});
  const session = await opening;
  try {
    const { ProducerCollector, runProducerLoad, prepareTopic, describeConfiguration } = await parts;
    const access = { bootstrapServers: session.bootstrapServers, properties: plan.properties };
    await session.before(prepareTopic(access, plan, observer.onWarning));
    const collector = new ProducerCollector({
      workers: plan.producers,
      reportingIntervalMs: plan.reportingIntervalMs,
      onWindow: (window) => observer.onProducerWindow?.(window),
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
    const end = await runProducerLoad(session, { ...plan, properties }, collector, observer);
    warnOfOddities(collector.dones, observer);
    const settings = end.usageAfter.brokerSettings ?? end.usageBefore.brokerSettings;
    const configuration = describeConfiguration(plan, properties, end.partitionCount, settings);
    return keep(session, collector, observer, {
      ...measured(plan, session, collector, end),
      configuration,
      isInterrupted: observer.stop.aborted,
    });
  } catch (error) {
    session.record?.discard();
    throw error;
  } finally {
    await session.close();
  }
};

const measured = (
  plan: ProducerPlan,
  session: Session,
  collector: ProducerCollector,
  end: ProducerLoadEnd,
): Omit<ProducerResult, 'configuration' | 'isInterrupted'> => {
  const { dones } = collector;
  const usage = summariseUsage(
    session,
    end.usageBefore,
    end.usageAfter,
    dones.map((done) => done.thread),
  );
  const repeats = sumOfRepeats(dones.map((done) => done.repeats));
  const maxLatenessMs = plan.throughput === null ? null : Math.max(0, ...dones.map((done) => done.maxLatenessUs)) / 1e3;
  return {
    schemaVersion: 1,
    command: 'producer-perf-test',
    topic: plan.topic,
    startedAt: session.startedAt,
    driver: plan.driver,
    driverNotes: end.driverNotes,
    ...collector.summary(),
    steadyState: plan.warmupRecords > 0 ? collector.steadySummary() : null,
    errors: collector.errors(),
    recordsRetried: repeats.retries,
    compression: sumOfCompressions(dones.map((done) => done.compression)),
    reconnects: repeats.reconnects,
    windows: collector.windows(end.startUs),
    failure: end.failure,
    ...usage,
    generator: { ...usage.generator, maxLatenessMs },
    metrics: plan.printMetrics ? mergeMetrics(dones) : null,
    runRecord: null,
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

const keep = (
  session: Session,
  collector: ProducerCollector,
  observer: TestObserver,
  result: ProducerResult,
): ProducerResult => {
  if (session.record === null) return result;
  try {
    return session.record.finish(result, collector.distributions());
  } catch (error) {
    observer.onWarning(`the run record was not kept: ${systemReason(error)}`);
    return result;
  }
};
