/** Runs the worker of an end-to-end test. */
import { randomInt } from 'node:crypto';
import type { FromE2e } from '../load/e2e-messages.ts';
import { createProgress } from '../load/progress.ts';
import { type Driven, driveJobs } from './drive-jobs.ts';
import type { E2eCollector } from './e2e-collector.ts';
import { TestFailure } from './failure.ts';
import { launchJobs } from './jobs.ts';
import type { TestObserver } from './observer.ts';
import type { E2ePlan } from './plan.ts';
import { retryWarnings } from './retry-warnings.ts';
import type { Session } from './session.ts';

/** How a test went, beside what the collector holds. */
export type E2eLoadEnd = Omit<Driven, 'ready'> & {
  readonly partitionCount: number;
  /** Why it ended before its time; null when it did not, or was stopped by the observer. */
  readonly failure: string | null;
};

/**
 * Runs a test to its end, or to the observer's stop, or to the end of the embedded broker.
 * Rejects with a TestFailure when it could not begin.
 */
export const runE2eLoad = async (
  session: Session,
  plan: E2ePlan,
  collector: E2eCollector,
  observer: TestObserver,
): Promise<E2eLoadEnd> => {
  const progress = createProgress(1);
  const bootstrap = { 'bootstrap.servers': session.bootstrapServers };
  const warnOfRetry = retryWarnings(session, observer, 'delivery.timeout.ms or --timeout is over');
  let failure: string | null = null;
  const run = launchJobs<FromE2e>(
    session.pool,
    [
      {
        kind: 'e2e',
        worker: 0,
        workers: 1,
        driver: plan.driver,
        properties: { ...plan.properties, ...bootstrap },
        consumerProperties: { ...plan.consumerProperties, ...bootstrap },
        recordCount: plan.recordCount,
        reportingIntervalMs: plan.reportingIntervalMs,
        printMetrics: plan.printMetrics,
        clockOriginNs: session.origin.monotonicNs,
        wallMsAtOrigin: session.origin.wallMs,
        progress,
        topic: plan.topic,
        records: plan.records,
        mark: randomInt(2 ** 32),
        throughput: plan.throughput,
        warmupRecords: plan.warmupRecords,
        timeoutMs: plan.timeoutMs,
      },
    ],
    {
      onMessage(_worker, message) {
        if (message.kind === 'window') collector.addWindow(message);
        else if (message.kind === 'retry') warnOfRetry(message);
        else if (message.kind === 'sample') observer.onLatencySample?.(message.index, message.latencyUs / 1e3);
        else if (message.kind === 'done') {
          failure ??= message.failure;
          collector.done = message;
        }
      },
      onBreakdown(_worker, message) {
        failure ??= message;
      },
    },
  );
  const { ready, ...driven } = await driveJobs(run, {
    session,
    observer,
    progress,
    recordCount: plan.recordCount,
    hasSchedule: plan.throughput !== null,
  });
  if (failure !== null && collector.recordsSettled === 0) throw new TestFailure(failure);
  return { ...driven, partitionCount: Math.max(...ready.map((one) => one.partitionCount)), failure };
};
