/** What both tests stand on: the run's clock, a target that is up, load threads, the environment, and a run record that is begun. */
import { type ClockOrigin, createClock, takeClockOrigin } from '../measure/clock.ts';
import { readEnvironment } from '../measure/environment.ts';
import type { Environment } from '../results/result.ts';
import { beginRunRecord, type RunRecord } from '../results/run-record.ts';
import { planWithoutSecrets } from './configuration.ts';
import { type EmbeddedBroker, startEmbeddedBroker } from './embedded-broker.ts';
import { asTestFailure, messageOf, TestFailure } from './failure.ts';
import type { TestObserver } from './observer.ts';
import type { TestPlan } from './plan.ts';
import { systemReason } from './system-reason.ts';
import { type LoadPool, type LoadThreads, openLoadPool } from './worker-pool.ts';

/** A test's surroundings while it runs. */
export type Session = {
  readonly startedAt: string;
  readonly origin: ClockOrigin;
  readonly nowUs: () => number;
  readonly bootstrapServers: string;
  /** Null when the target is a cluster. */
  readonly broker: EmbeddedBroker | null;
  readonly pool: LoadPool;
  readonly environment: Environment;
  /** Null when none is kept or none can be written. */
  readonly record: RunRecord | null;
  /** Waits for a step before the load begins; rejects with a TestFailure when the test is stopped or the broker ends first. */
  before<Value>(step: Promise<Value>): Promise<Value>;
  /** Ends threads and broker and removes what is temporary; never rejects. */
  close(): Promise<void>;
};

const stopped = (signal: AbortSignal): { readonly promise: Promise<never>; readonly forget: () => void } => {
  let forget = (): void => {};
  const promise = new Promise<never>((_, reject) => {
    const onAbort = (): void => reject(new TestFailure('interrupted before the first record'));
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
    forget = () => signal.removeEventListener('abort', onAbort);
  });
  promise.catch(() => {});
  return { promise, forget };
};

const beginRecord = (plan: TestPlan, startedAt: string, onWarning: (line: string) => void): RunRecord | null => {
  if (plan.resultsDir === null) return null;
  try {
    return beginRunRecord(plan.resultsDir, {
      command: plan.command,
      topic: plan.topic,
      startedAt,
      plan: planWithoutSecrets(plan),
    });
  } catch (error) {
    onWarning(
      `no run record is kept in ${plan.resultsDir}: ${systemReason(error)}; give another --results-dir, or --no-record`,
    );
    return null;
  }
};

/** The broker of a plan's target, null for a cluster. One that runs already is used and left running. */
const brokerOf = (
  target: TestPlan['target'],
  running: EmbeddedBroker | null,
  { onWarning, stop }: TestObserver,
): Promise<EmbeddedBroker | null> => {
  if (running !== null) return Promise.resolve({ ...running, close: () => Promise.resolve() });
  return target.kind === 'embedded' ? startEmbeddedBroker(target, onWarning, { stop }) : Promise.resolve(null);
};

/** From more threads than this on, their start is announced. */
const MANY_THREADS = 8;

/**
 * Opens a session: broker process and load threads start at the same time. Rejects with a TestFailure; nothing is left behind then.
 * @param running a broker of our own that runs already and is left running; null starts what the plan's target says
 */
export const openSession = async (
  plan: TestPlan,
  threads: LoadThreads,
  observer: TestObserver,
  running: EmbeddedBroker | null,
): Promise<Session> => {
  const origin = takeClockOrigin();
  const startedAt = new Date(origin.wallMs).toISOString();
  const { target } = plan;
  // Each thread loads its own code; with many that takes seconds.
  if (threads.least > MANY_THREADS) observer.onNotice(`starting ${threads.least} load threads`);
  const brokerStart = brokerOf(target, running, observer);
  const poolStart = openLoadPool(threads);
  const record = beginRecord(plan, startedAt, observer.onWarning);
  const environment = readEnvironment();
  const [broker, pool] = await Promise.allSettled([brokerStart, poolStart]);
  if (broker.status === 'rejected' || pool.status === 'rejected') {
    record?.discard();
    if (broker.status === 'fulfilled') await broker.value?.close();
    if (pool.status === 'fulfilled') await pool.value.close();
    throw asTestFailure(broker.status === 'rejected' ? broker.reason : pool.status === 'rejected' ? pool.reason : null);
  }
  const bootstrapServers = broker.value?.bootstrapServers ?? (target.kind === 'cluster' ? target.bootstrapServers : '');
  if (broker.value !== null && running === null) observer.onNotice(`embedded broker ready on ${bootstrapServers}`);
  return {
    startedAt,
    origin,
    nowUs: createClock(origin.monotonicNs),
    bootstrapServers,
    broker: broker.value,
    pool: pool.value,
    environment,
    record,
    async before(step) {
      const { promise, forget } = stopped(observer.stop);
      const brokerEnd = broker.value?.broken.then((reason): never => {
        throw new TestFailure(reason);
      });
      brokerEnd?.catch(() => {});
      try {
        return await Promise.race([step, promise, ...(brokerEnd === undefined ? [] : [brokerEnd])]);
      } catch (error) {
        throw asTestFailure(error);
      } finally {
        forget();
      }
    },
    async close() {
      for (const end of await Promise.allSettled([pool.value.close(), broker.value?.close()]))
        if (end.status === 'rejected')
          observer.onWarning(`the test's surroundings did not end well: ${messageOf(end.reason)}`);
    },
  };
};
