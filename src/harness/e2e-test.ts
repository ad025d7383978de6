/** e2e-latency: sends records and reads them back, and finds how long each one took from end to end. */
import type { E2eResult } from '../results/e2e-result.ts';
import type { E2eCollector, E2eHistograms } from './e2e-collector.ts';
import type { E2eLoadEnd } from './e2e-load.ts';
import { judgeE2e } from './e2e-verdict.ts';
import type { EmbeddedBroker } from './embedded-broker.ts';
import { createLatencyLog, type LogContent } from './latency-log.ts';
import type { TestObserver } from './observer.ts';
import type { E2ePlan } from './plan.ts';
import { openSession, type Session } from './session.ts';
import { commonPart, keepResult } from './test-result.ts';
import { warmUpNotOver } from './warm-up.ts';
import type { LoadThreads } from './worker-pool.ts';

const e2eLog: LogContent<keyof E2eHistograms> = {
  tags: [
    ['ack', 'ackTime'],
    ['ackresponse', 'ackResponseTime'],
    ['service', 'endToEndServiceTime'],
    ['response', 'endToEndResponseTime'],
    ['lateness', 'sendLateness'],
  ],
  about: [
    'Latencies in microseconds, Interval_Max in milliseconds',
    'service: send to receipt; response: due time to receipt; lateness: due time to send',
    'ack: send to acknowledgement; ackresponse: due time to acknowledgement',
  ],
};

/** How many partitions there are is known only later, unless we make the topic: no consumer's thread is started that would have none. */
const threadsOf = ({ isInTurn, producers, consumers, partitionCount, backlogRecords = 0 }: E2ePlan): LoadThreads =>
  isInTurn
    ? { least: 1, most: 1 }
    : {
        least: producers + Math.min(consumers, partitionCount ?? 1),
        most: producers + consumers + (backlogRecords > 0 ? 1 : 0),
      };

/** Loaded while broker and threads start. */
const loadParts = async () => {
  const [{ E2eCollector }, { runE2eLoad }, { startedConsumers }, { ensureTopic }, { describeE2eConfiguration }] =
    await Promise.all([
      import('./e2e-collector.ts'),
      import('./e2e-load.ts'),
      import('./e2e-scheduled-load.ts'),
      import('./topic-setup.ts'),
      import('./configuration.ts'),
    ]);
  return { E2eCollector, runE2eLoad, startedConsumers, ensureTopic, describeE2eConfiguration };
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
  const opening = openSession(plan, threadsOf(plan), observer, running);
  const parts = loadParts();
  // openSession fails first when both do; a failed import shows below.
  parts.catch(() => {});
  const session = await opening;
  try {
    const { E2eCollector, runE2eLoad, startedConsumers, ensureTopic, describeE2eConfiguration } = await parts;
    const access = { bootstrapServers: session.bootstrapServers, properties: plan.properties };
    const partitions = await session.before(ensureTopic(access, plan, observer));
    const consumers = startedConsumers(plan, partitions);
    if (consumers < plan.consumers)
      observer.onWarning(`only ${consumers} of ${plan.consumers} consumers are started, one for each partition`);
    const workers = plan.isInTurn ? 1 : plan.producers + consumers;
    const log = createLatencyLog(session.record, e2eLog, observer.onWarning);
    const collector = new E2eCollector({
      workers,
      reportingIntervalMs: plan.reportingIntervalMs,
      hasBacklog: (plan.backlogRecords ?? 0) > 0,
      onHistograms: log.add,
    });
    const end = await runE2eLoad(session, plan, partitions, collector, {
      ...observer,
      onStart(origin, startUs) {
        log.begin(origin.wallMs + startUs / 1e3);
        observer.onStart?.(origin, startUs);
      },
    });
    const negatives = sum(collector.dones.map((done) => done.negativeLatencies));
    if (negatives > 0) observer.onWarning(`${negatives} latencies were below zero and count as 0: the clocks disagree`);
    const settings = end.usageAfter.brokerSettings ?? end.usageBefore.brokerSettings;
    const result = {
      ...measured(plan, session, collector, end),
      configuration: describeE2eConfiguration(plan, session.bootstrapServers, end.partitionCount, settings),
      isInterrupted: observer.stop.aborted,
    };
    if (result.recordsReceived > 0 && result.endToEndServiceTimeMs === null)
      observer.onWarning(warmUpNotOver('there are no latencies'));
    return keepResult(session.record, observer, result, () => collector.distributions());
  } catch (error) {
    session.record?.discard();
    throw error;
  } finally {
    await session.close();
  }
};

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);

const measured = (
  plan: E2ePlan,
  session: Session,
  collector: E2eCollector,
  end: E2eLoadEnd,
): Omit<E2eResult, 'configuration' | 'isInterrupted'> => {
  const { dones } = collector;
  const common = commonPart(plan, session, end, dones);
  const summary = collector.summary(plan.pace === null ? null : end.startUs);
  const { backlogRecords = 0 } = plan;
  return {
    command: 'e2e-latency',
    ...common,
    ...summary,
    errors: collector.errors(),
    recordsLost: collector.recordsLost + sum(dones.map((done) => done.recordsLost)),
    recordsDuplicated: sum(dones.map((done) => done.recordsDuplicated)),
    recordsForeign: Math.max(0, sum(dones.map((done) => done.recordsForeign)) - backlogRecords),
    recordsChanged: sum(dones.map((done) => done.recordsChanged)),
    warmupRecords: plan.warmupRecords,
    recordsRetried: sum(dones.map((done) => done.recordsRetried)),
    fetchesRetried: sum(dones.map((done) => done.fetchesRetried)),
    verification: collector.verification,
    backlog: backlogRecords === 0 ? null : collector.backlog(backlogRecords, end.startUs),
    verdict: plan.pace === null ? null : judgeE2e(dones, end, summary.sendLatenessMs),
    windows: collector.windows(end.startUs),
    failure: end.failure,
    generator: {
      ...common.generator,
      maxLatenessMs: plan.pace === null ? null : Math.max(0, ...dones.map((done) => done.maxLatenessUs)) / 1e3,
    },
  };
};
