/** What the results of all tests have in common, and how they are kept. */
import { type Repeats, sumOfRepeats } from '../drivers/driver.ts';
import type { ThreadReport } from '../measure/resources.ts';
import type { CommonResult } from '../results/result.ts';
import type { Distributions, RunRecord } from '../results/run-record.ts';
import type { Driven } from './drive-jobs.ts';
import type { TestObserver } from './observer.ts';
import type { TestPlan } from './plan.ts';
import type { Session } from './session.ts';
import { systemReason } from './system-reason.ts';
import { summariseUsage } from './usage.ts';

/** What a worker says at its end, whatever it did. */
export type WorkerEnd = {
  readonly repeats: Repeats;
  readonly thread: ThreadReport;
  readonly metrics: Readonly<Record<string, number>> | null;
};

/** The part of a result that is made in the same way for every test. */
export type CommonPart = Pick<
  CommonResult,
  | 'schemaVersion'
  | 'topic'
  | 'startedAt'
  | 'driver'
  | 'driverNotes'
  | 'reconnects'
  | 'generator'
  | 'brokerCpuSeconds'
  | 'environment'
  | 'metrics'
  | 'runRecord'
>;

/** Makes it from the plan, the session, the meters' readings and the workers' ends. */
export const commonPart = (
  plan: TestPlan,
  session: Session,
  end: Pick<Driven, 'usageBefore' | 'usageAfter' | 'driverNotes'>,
  workers: readonly WorkerEnd[],
): CommonPart => ({
  schemaVersion: 1,
  topic: plan.topic,
  startedAt: session.startedAt,
  driver: plan.driver,
  driverNotes: end.driverNotes,
  reconnects: sumOfRepeats(workers.map(({ repeats }) => repeats)).reconnects,
  ...summariseUsage(
    session,
    end.usageBefore,
    end.usageAfter,
    workers.map(({ thread }) => thread),
  ),
  metrics: plan.printMetrics ? Object.assign({}, ...workers.map(({ metrics }) => metrics ?? {})) : null,
  runRecord: null,
});

/** Puts a result into the run record, if there is one, with its distributions, which take a while to write. @returns the result with where it is kept; what cannot be kept is warned of */
export const keepResult = <Result extends { readonly runRecord: string | null }>(
  record: RunRecord | null,
  observer: Pick<TestObserver, 'onWarning'>,
  result: Result,
  distributions: () => Distributions = () => ({}),
): Result => {
  if (record === null) return result;
  try {
    return record.finish(result, distributions());
  } catch (error) {
    observer.onWarning(`the run record was not kept: ${systemReason(error)}`);
    return result;
  }
};
