/** e2e-latency: sends records and reads them back, and finds how long each one took from end to end. */
import type { E2eResult } from '../results/e2e-result.ts';
import type { E2eCollector } from './e2e-collector.ts';
import type { E2eLoadEnd } from './e2e-load.ts';
import type { EmbeddedBroker } from './embedded-broker.ts';
import type { TestObserver } from './observer.ts';
import type { E2ePlan } from './plan.ts';
import { openSession, type Session, summariseUsage } from './session.ts';
import { systemReason } from './system-reason.ts';

/** Loaded while broker and thread start. */
const loadParts = async () => {
  const [{ E2eCollector }, { runE2eLoad }, { ensureTopic }, { describeE2eConfiguration }] = await Promise.all([
    import('./e2e-collector.ts'),
    import('./e2e-load.ts'),
    import('./topic-setup.ts'),
    import('./configuration.ts'),
  ]);
  return { E2eCollector, runE2eLoad, ensureTopic, describeE2eConfiguration };
};

/**
 * Runs an end-to-end test. Resolves with what was measured, also when the test was stopped or failed midway (`failure` is set then);
 * rejects with a TestFailure when no record could be sent. Thread, broker and temporary files are gone when it settles.
 * @param running a broker of our own to test in place of the plan's target; it is left running
 */
export const runE2eTest = async (
  plan: E2ePlan,
  observer: TestObserver,
  running: EmbeddedBroker | null = null,
): Promise<E2eResult> => {
  const opening = openSession(plan, { least: 1, most: 1 }, observer, running);
  const parts = loadParts();
  // openSession fails first when both do; a failed import shows below.
  parts.catch(() => {});
  const session = await opening;
  try {
    const { E2eCollector, runE2eLoad, ensureTopic, describeE2eConfiguration } = await parts;
    const access = { bootstrapServers: session.bootstrapServers, properties: plan.properties };
    await session.before(ensureTopic(access, plan, observer));
    const collector = new E2eCollector(plan.reportingIntervalMs);
    const end = await runE2eLoad(session, plan, collector, observer);
    const negatives = collector.done?.negativeLatencies ?? 0;
    if (negatives > 0) observer.onWarning(`${negatives} latencies were below zero and count as 0: the clocks disagree`);
    const settings = end.usageAfter.brokerSettings ?? end.usageBefore.brokerSettings;
    return keep(session, collector, observer, {
      ...measured(plan, session, collector, end),
      configuration: describeE2eConfiguration(plan, session.bootstrapServers, end.partitionCount, settings),
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
  plan: E2ePlan,
  session: Session,
  collector: E2eCollector,
  end: E2eLoadEnd,
): Omit<E2eResult, 'configuration' | 'isInterrupted'> => {
  const { done } = collector;
  const usage = summariseUsage(session, end.usageBefore, end.usageAfter, done === null ? [] : [done.thread]);
  return {
    schemaVersion: 1,
    command: 'e2e-latency',
    topic: plan.topic,
    startedAt: session.startedAt,
    driver: plan.driver,
    driverNotes: end.driverNotes,
    ...collector.summary(),
    errors: done?.failures ?? {},
    recordsLost: done?.recordsLost ?? 0,
    recordsDuplicated: done?.recordsDuplicated ?? 0,
    recordsUnexpected: done?.recordsUnexpected ?? 0,
    warmupRecords: plan.warmupRecords,
    recordsRetried: done?.producerRepeats.retries ?? 0,
    fetchesRetried: done?.consumerRepeats.retries ?? 0,
    reconnects: (done?.producerRepeats.reconnects ?? 0) + (done?.consumerRepeats.reconnects ?? 0),
    windows: collector.windows(end.startUs),
    failure: end.failure,
    ...usage,
    generator: {
      ...usage.generator,
      maxLatenessMs: plan.throughput === null ? null : (done?.maxLatenessUs ?? 0) / 1e3,
    },
    metrics: plan.printMetrics ? (done?.metrics ?? {}) : null,
    runRecord: null,
  };
};

const keep = (session: Session, collector: E2eCollector, observer: TestObserver, result: E2eResult): E2eResult => {
  if (session.record === null) return result;
  try {
    return session.record.finish(result, collector.distributions());
  } catch (error) {
    observer.onWarning(`the run record was not kept: ${systemReason(error)}`);
    return result;
  }
};
