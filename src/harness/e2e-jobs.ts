/** What all jobs of an end-to-end test have in common, and who listens to them. */
import type { FromE2e } from '../load/e2e-messages.ts';
import type { E2eCollector } from './e2e-collector.ts';
import type { JobListener } from './jobs.ts';
import type { TestObserver } from './observer.ts';
import type { E2ePlan } from './plan.ts';
import { retryWarnings } from './retry-warnings.ts';
import type { Session } from './session.ts';

/** What a load runs with. */
export type E2eLoad = {
  readonly session: Session;
  readonly plan: E2ePlan;
  readonly collector: E2eCollector;
  readonly observer: TestObserver;
  /** What ended the test before its time; null when nothing did. */
  failure(): string | null;
  /** Notes it; the first one counts. */
  fail(message: string): void;
  /** What every job carries. */
  readonly common: ReturnType<typeof e2eCommonJob>;
};

/** What every job of a test carries but its place, its clients' properties and where it reports how far it is. */
export const e2eCommonJob = (session: Session, plan: E2ePlan) => ({
  driver: plan.driver,
  recordCount: plan.recordCount,
  reportingIntervalMs: plan.reportingIntervalMs,
  printMetrics: plan.printMetrics,
  clockOriginNs: session.origin.monotonicNs,
  wallMsAtOrigin: session.origin.wallMs,
  topic: plan.topic,
  warmupRecords: plan.warmupRecords,
  warmupMs: plan.warmupMs,
  durationMs: plan.durationMs,
});

/**
 * Who listens to the workers from place `firstWorker` on of all workers of the test.
 * @param onEnd called when a worker has ended before it was to
 */
export const e2eListener = (
  { session, collector, observer, fail }: E2eLoad,
  firstWorker: number,
  onEnd: () => void,
): JobListener<FromE2e> => {
  const warnOfRetry = retryWarnings(session, observer, 'delivery.timeout.ms or --timeout is over');
  return {
    onMessage(worker, message) {
      if (message.kind === 'window') collector.addWindow(firstWorker + worker, message);
      else if (message.kind === 'retry') warnOfRetry(message);
      else if (message.kind === 'sample') observer.onLatencySample?.(message.index, message.latencyUs / 1e3);
      else if (message.kind === 'done') {
        collector.addDone(firstWorker + worker, message);
        if (message.failure === null) return;
        fail(message.failure);
        onEnd();
      }
    },
    onBreakdown(worker, message) {
      fail(message);
      collector.addBreakdown(firstWorker + worker);
      onEnd();
    },
  };
};
