/** Runs the consumers of a test and adds up what they report. */
import type { ConsumerDone, ConsumerWindowMessage, FromConsumer } from '../load/messages.ts';
import { createProgress, readProgress } from '../load/progress.ts';
import { createQuota } from '../load/quota.ts';
import type { ConsumerWindow } from '../results/result.ts';
import { driveJobs } from './drive-jobs.ts';
import { launchJobs } from './jobs.ts';
import type { TestObserver } from './observer.ts';
import type { ConsumerPlan } from './plan.ts';
import { retryWarnings } from './retry-warnings.ts';
import type { Session, UsageReading } from './session.ts';
import type { ReadableTopic } from './topic-setup.ts';
import { WindowGate } from './window-gate.ts';

/** The partitions of one consumer. */
export type Assignment = readonly { readonly topic: string; readonly partitions: readonly number[] }[];

/** Deals all partitions of all topics out to so many consumers, or to fewer when there are not enough partitions. */
export const assignPartitions = (topics: readonly ReadableTopic[], consumers: number): readonly Assignment[] => {
  const all = topics.flatMap(({ topic, partitions }) =>
    Array.from({ length: partitions }, (_, partition) => ({ topic, partition })),
  );
  return Array.from({ length: Math.min(consumers, all.length) }, (_, consumer) => {
    const byTopic = new Map<string, number[]>();
    for (let place = consumer; place < all.length; place += consumers) {
      const one = all[place];
      if (one !== undefined) byTopic.set(one.topic, [...(byTopic.get(one.topic) ?? []), one.partition]);
    }
    return Array.from(byTopic, ([topic, partitions]) => ({ topic, partitions }));
  });
};

/** What the consumers of a test did. Times are microseconds on the run's clock. */
export type ConsumerLoadEnd = {
  readonly recordsConsumed: number;
  readonly bytesConsumed: number;
  /** Before the first client was opened. */
  readonly openUs: number;
  /** When the last client was open. */
  readonly startUs: number;
  /** When the last record came; the start when none did. */
  readonly lastRecordUs: number;
  readonly windows: readonly ConsumerWindow[];
  readonly isTimedOut: boolean;
  readonly failure: string | null;
  readonly dones: readonly ConsumerDone[];
  /** What the client cannot do. */
  readonly driverNotes: readonly string[];
  readonly usageBefore: UsageReading;
  readonly usageAfter: UsageReading;
};

const bytesPerMebibyte = 1024 * 1024;
const lookForTimeoutMs = 50;

/** Makes the windows of a consumer test. */
class ConsumerCollector {
  recordsConsumed = 0;
  bytesConsumed = 0;
  readonly dones: ConsumerDone[] = [];
  readonly gate: WindowGate<ConsumerWindowMessage>;
  readonly #windows: ConsumerWindow[] = [];
  readonly #intervalSeconds: number;
  readonly #onWindow: (window: ConsumerWindow) => void;
  readonly #wallMsAt: (seconds: number) => number;
  readonly #rebalanceTimeMs: () => number;
  #unfinished: ((endSeconds: number) => ConsumerWindow) | null = null;

  constructor(
    workers: number,
    reportingIntervalMs: number,
    wallMsAt: (seconds: number) => number,
    rebalanceTimeMs: () => number,
    onWindow: (window: ConsumerWindow) => void,
  ) {
    this.#intervalSeconds = reportingIntervalMs / 1e3;
    this.#wallMsAt = wallMsAt;
    this.#rebalanceTimeMs = rebalanceTimeMs;
    this.#onWindow = onWindow;
    this.gate = new WindowGate(workers, (index, messages, isWhole) => this.#take(index, messages, isWhole));
  }

  /** All windows up to the last record. */
  windows(endSeconds: number): readonly ConsumerWindow[] {
    const windows = [...this.#windows];
    const last = this.#unfinished?.(endSeconds);
    if (last !== undefined) windows.push(last);
    while (windows.at(-1)?.recordsConsumed === 0) windows.pop();
    return windows;
  }

  #take(index: number, messages: readonly ConsumerWindowMessage[], isWhole: boolean): void {
    let records = 0;
    let bytes = 0;
    for (const message of messages) {
      records += message.recordsConsumed;
      bytes += message.bytesConsumed;
    }
    this.recordsConsumed += records;
    this.bytesConsumed += bytes;
    const startSeconds = index * this.#intervalSeconds;
    const windowUntil = (endSeconds: number): ConsumerWindow => {
      const seconds = endSeconds - startSeconds;
      return {
        startSeconds,
        endSeconds,
        endedAtMs: this.#wallMsAt(endSeconds),
        rebalanceTimeMs: index === 0 ? this.#rebalanceTimeMs() : 0,
        recordsConsumed: records,
        bytesConsumed: bytes,
        recordsPerSecond: seconds > 0 ? records / seconds : 0,
        mebibytesPerSecond: seconds > 0 ? bytes / bytesPerMebibyte / seconds : 0,
      };
    };
    if (!isWhole) {
      this.#unfinished = windowUntil;
      return;
    }
    const window = windowUntil(startSeconds + this.#intervalSeconds);
    this.#windows.push(window);
    this.#onWindow(window);
  }
}

/** Calls back once when no record has come for a time. @returns a function that ends this */
const watchForTimeout = (
  progress: SharedArrayBuffer,
  startUs: number,
  timeoutMs: number,
  nowUs: () => number,
  onTimeout: () => void,
): (() => void) => {
  const timer = setInterval(
    () => {
      const lastUs = Math.max(startUs, readProgress(progress).lastRecordUs);
      if (nowUs() - lastUs < timeoutMs * 1e3) return;
      clearInterval(timer);
      onTimeout();
    },
    Math.min(lookForTimeoutMs, timeoutMs),
  );
  return () => clearInterval(timer);
};

/**
 * Reads until the plan's number of records is reached, no record comes for `timeoutMs`, the observer stops it or the embedded broker
 * ends. Rejects with a TestFailure when it could not begin.
 */
export const runConsumerLoad = async (
  session: Session,
  plan: ConsumerPlan,
  assignments: readonly Assignment[],
  properties: Readonly<Record<string, string>>,
  observer: TestObserver,
): Promise<ConsumerLoadEnd> => {
  const workers = assignments.length;
  const progress = createProgress(workers);
  const quota = createQuota(plan.recordCount);
  let openUs = session.nowUs();
  let startUs = 0;
  const wallMsAt = (seconds: number): number => session.origin.wallMs + startUs / 1e3 + seconds * 1e3;
  const rebalanceTimeMs = (): number => (startUs - openUs) / 1e3;
  const collector = new ConsumerCollector(workers, plan.reportingIntervalMs, wallMsAt, rebalanceTimeMs, (window) =>
    observer.onConsumerWindow?.(window),
  );
  let failure: string | null = null;
  let isTimedOut = false;
  const warnOfRetry = retryWarnings(session, observer, `no record has come for ${plan.timeoutMs} ms`);
  const run = launchJobs<FromConsumer>(
    session.pool,
    assignments.map((assignment, worker) => ({
      kind: 'consumer' as const,
      worker,
      workers,
      driver: plan.driver,
      properties:
        workers === 1 ? properties : { ...properties, 'client.id': `${properties['client.id']}-${worker + 1}` },
      recordCount: plan.recordCount,
      reportingIntervalMs: plan.reportingIntervalMs,
      printMetrics: plan.printMetrics,
      clockOriginNs: session.origin.monotonicNs,
      wallMsAtOrigin: session.origin.wallMs,
      progress,
      assignments: assignment,
      quota,
    })),
    {
      onMessage(worker, message) {
        if (message.kind === 'window') collector.gate.add(worker, message);
        else if (message.kind === 'retry') warnOfRetry(message);
        else if (message.kind === 'done') {
          failure ??= message.failure;
          collector.dones.push(message);
          collector.gate.end(worker);
          // Who has read the last record knows it; the others wait for records that are not for them.
          if (message.isQuotaUsedUp || message.failure !== null) run.send({ kind: 'stop' });
        }
      },
      onBreakdown(worker, message) {
        failure ??= message;
        collector.gate.end(worker);
        run.send({ kind: 'stop' });
      },
    },
  );
  const { driverNotes, usageBefore, usageAfter } = await driveJobs(run, {
    session,
    observer,
    progress,
    recordCount: plan.recordCount,
    hasSchedule: false,
    onStart(atUs, ready) {
      startUs = atUs;
      // The threads' own start is ours, not the cluster's: what counts is the longest opening of a client.
      openUs = startUs - Math.max(...ready.map((one) => one.openedUs - one.openingUs));
      return watchForTimeout(progress, startUs, plan.timeoutMs, session.nowUs, () => {
        isTimedOut = true;
        run.send({ kind: 'stop' });
      });
    },
  });
  const lastRecordUs = Math.max(startUs, ...collector.dones.map((done) => done.lastRecordUs ?? 0));
  return {
    recordsConsumed: collector.recordsConsumed,
    bytesConsumed: collector.bytesConsumed,
    openUs,
    startUs,
    lastRecordUs,
    windows: collector.windows((lastRecordUs - startUs) / 1e6),
    isTimedOut: isTimedOut && collector.recordsConsumed < plan.recordCount,
    failure,
    dones: collector.dones,
    driverNotes,
    usageBefore,
    usageAfter,
  };
};
