/** Runs the workers of an end-to-end test. */
import { randomInt } from 'node:crypto';
import type { FromE2e } from '../load/e2e-messages.ts';
import { createProgress } from '../load/progress.ts';
import { type Driven, driveJobs } from './drive-jobs.ts';
import type { E2eCollector } from './e2e-collector.ts';
import { type E2eLoad, e2eCommonJob, e2eListener } from './e2e-jobs.ts';
import { runScheduledLoad } from './e2e-scheduled-load.ts';
import { TestFailure } from './failure.ts';
import { launchJobs } from './jobs.ts';
import type { TestObserver } from './observer.ts';
import type { E2ePlan } from './plan.ts';
import type { Session } from './session.ts';

/** How a test went, beside what the collector holds. */
export type E2eLoadEnd = Omit<Driven, 'ready'> & {
  readonly partitionCount: number;
  /** Why it ended before its time; null when it did not, or was stopped by the observer. */
  readonly failure: string | null;
};

/** One record at a time: one worker with both clients. */
const runInTurn = async (load: E2eLoad): Promise<Driven> => {
  const { session, plan, observer, common } = load;
  const progress = createProgress(1);
  const bootstrap = { 'bootstrap.servers': session.bootstrapServers };
  const run = launchJobs<FromE2e>(
    session.pool,
    [
      {
        ...common,
        kind: 'e2e',
        worker: 0,
        workers: 1,
        properties: { ...plan.properties, ...bootstrap },
        consumerProperties: { ...plan.consumerProperties, ...bootstrap },
        progress,
        records: plan.records,
        mark: randomInt(2 ** 32),
        timeoutMs: plan.timeoutMs,
      },
    ],
    e2eListener(load, 0, () => {}),
  );
  return driveJobs(run, { session, observer, progress, recordCount: plan.recordCount, hasSchedule: false });
};

/**
 * Runs a test to its end, or to the observer's stop, or to the end of the embedded broker.
 * Rejects with a TestFailure when it could not begin.
 * @param partitions of the topic
 */
export const runE2eLoad = async (
  session: Session,
  plan: E2ePlan,
  partitions: number,
  collector: E2eCollector,
  observer: TestObserver,
): Promise<E2eLoadEnd> => {
  let failure: string | null = null;
  const load: E2eLoad = {
    session,
    plan,
    collector,
    observer,
    failure: () => failure,
    fail(message) {
      failure ??= message;
    },
    common: e2eCommonJob(session, plan),
  };
  const { ready: _, ...driven } = await (plan.isInTurn ? runInTurn(load) : runScheduledLoad(load, partitions));
  if (failure !== null && collector.recordsSettled === 0) throw new TestFailure(failure);
  return { ...driven, partitionCount: partitions, failure };
};
