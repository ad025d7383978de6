/** Runs the consumers of a test and adds up what they report. */
import type { FromConsumer } from '../load/consumer-messages.ts';
import { createPositions, type SharedPositions } from '../load/positions.ts';
import { createProgress, readProgress } from '../load/progress.ts';
import { createQuota } from '../load/quota.ts';
import { createRateShare } from '../load/rate-share.ts';
import type { ConsumerWindow } from '../results/result.ts';
import { type CollectedConsumer, ConsumerCollector } from './consumer-collector.ts';
import { ownProperties, type Reader } from './consumer-readers.ts';
import { driveJobs } from './drive-jobs.ts';
import { launchJobs } from './jobs.ts';
import type { TestObserver } from './observer.ts';
import type { ConsumerPlan } from './plan.ts';
import { retryWarnings } from './retry-warnings.ts';
import type { Session } from './session.ts';
import type { ReadableTopic } from './topic-setup.ts';
import type { UsageReading } from './usage.ts';

/** Who reads what, and how. */
export type ConsumerLoad = {
  readonly plan: ConsumerPlan;
  readonly readers: readonly Reader[];
  readonly topics: readonly ReadableTopic[];
  /** Kafka's client properties with `bootstrap.servers`. */
  readonly properties: Readonly<Record<string, string>>;
};

/** What the consumers of a test did. Times are microseconds on the run's clock. */
export type ConsumerLoadEnd = {
  readonly recordsConsumed: number;
  readonly bytesConsumed: number;
  readonly recordsRedelivered: number;
  /** Before the first client was opened. */
  readonly openUs: number;
  /** When the last client was open. */
  readonly startUs: number;
  /** When the last record came; the start when none did. */
  readonly lastRecordUs: number;
  readonly windows: readonly ConsumerWindow[];
  readonly isTimedOut: boolean;
  /** The time that the plan gives was over. */
  readonly isDurationOver: boolean;
  readonly failure: string | null;
  /** In the order of the readers. */
  readonly consumers: readonly CollectedConsumer[];
  /** How far each group has read, or (without one) all consumers. */
  readonly positions: readonly SharedPositions[];
  /** What the client cannot do. */
  readonly driverNotes: readonly string[];
  readonly usageBefore: UsageReading;
  readonly usageAfter: UsageReading;
};

const lookForTimeoutMs = 50;
/** Kafka's default.api.timeout.ms. The group's other members decide how long it takes to join. */
const joinPatienceMs = 60_000;

/** Calls back once when nothing has happened for a time. @returns a function that ends this */
const watchForTimeout = (
  lastUs: () => number,
  timeoutMs: () => number,
  nowUs: () => number,
  onTimeout: () => void,
): (() => void) => {
  const timer = setInterval(
    () => {
      if (nowUs() - lastUs() < timeoutMs() * 1e3) return;
      clearInterval(timer);
      onTimeout();
    },
    Math.min(lookForTimeoutMs, timeoutMs()),
  );
  return () => clearInterval(timer);
};

/**
 * Reads until each group has the plan's number of records, its time is over, no record comes for `timeoutMs`, the observer stops it or
 * the embedded broker ends. Rejects with a TestFailure when it could not begin.
 */
export const runConsumerLoad = async (
  session: Session,
  { plan, readers, topics, properties }: ConsumerLoad,
  observer: TestObserver,
): Promise<ConsumerLoadEnd> => {
  const workers = readers.length;
  const progress = createProgress(workers);
  const groups = Math.max(...readers.map(({ group }) => group)) + 1;
  const rateShare = createRateShare();
  const quotas = Array.from({ length: groups }, () => createQuota(plan.recordCount));
  const positions = Array.from({ length: groups }, () => createPositions(topics));
  const recordCount = groups * plan.recordCount;
  const workersOf = (group: number): readonly number[] =>
    readers.flatMap((reader, worker) => (reader.group === group ? [worker] : []));
  let openUs = session.nowUs();
  let startUs = 0;
  let lastRebalanceUs = 0;
  let hasJoined = readers.every(({ reading }) => reading.kind === 'assigned');
  const wallMsAt = (seconds: number): number => session.origin.wallMs + openUs / 1e3 + seconds * 1e3;
  const openingMs = (): number => (startUs - openUs) / 1e3;
  const collector = new ConsumerCollector(workers, plan.reportingIntervalMs, openingMs, wallMsAt, (window) =>
    observer.onConsumerWindow?.(window),
  );
  let failure: string | null = null;
  let isTimedOut = false;
  let isDurationOver = false;
  const warnOfRetry = retryWarnings(session, observer, `no record has come for ${plan.timeoutMs} ms`);
  const run = launchJobs<FromConsumer>(
    session.pool,
    readers.map(({ reading, group }, worker) => ({
      kind: 'consumer' as const,
      worker,
      workers,
      driver: plan.driver,
      properties: ownProperties(properties, worker, workers),
      recordCount: plan.recordCount,
      reportingIntervalMs: plan.reportingIntervalMs,
      printMetrics: plan.printMetrics,
      clockOriginNs: session.origin.monotonicNs,
      wallMsAtOrigin: session.origin.wallMs,
      progress,
      reading,
      throughput: plan.throughput,
      rateShare,
      quota: quotas[group] ?? createQuota(0),
      positions: positions[group] ?? {},
    })),
    {
      onMessage(worker, message) {
        if (message.kind === 'window') collector.gate.add(worker, message);
        else if (message.kind === 'retry') warnOfRetry(message);
        else if (message.kind === 'rebalance') {
          hasJoined = true;
          lastRebalanceUs = Math.max(lastRebalanceUs, message.atUs);
          collector.rebalanced(worker, message);
        } else if (message.kind === 'done') {
          failure ??= message.failure;
          collector.ended(worker, message);
          if (message.failure !== null) run.send({ kind: 'stop' });
          // Who has read the last record knows it; the others of its group wait for records that are not for them.
          else if (message.isQuotaUsedUp) run.send({ kind: 'stop' }, workersOf(readers[worker]?.group ?? 0));
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
    recordCount,
    hasSchedule: false,
    onStart(atUs, ready) {
      startUs = atUs;
      // The threads' own start is ours, not the cluster's: what counts is the longest opening of a client.
      openUs = startUs - Math.max(...ready.map((one) => one.openedUs - one.openingUs));
      const lastUs = (): number => {
        const { lastRecordUs, records } = readProgress(progress);
        // Consumers that are held to a rate pause until the records that they have are due.
        const dueUs = plan.throughput === null ? 0 : startUs + (records * 1e6) / plan.throughput;
        return Math.max(startUs, lastRecordUs, lastRebalanceUs, dueUs);
      };
      const timeoutMs = (): number => (hasJoined ? plan.timeoutMs : Math.max(plan.timeoutMs, joinPatienceMs));
      const endWatch = watchForTimeout(lastUs, timeoutMs, session.nowUs, () => {
        isTimedOut = true;
        run.send({ kind: 'stop' });
      });
      const timer =
        plan.durationMs === null
          ? null
          : setTimeout(() => {
              isDurationOver = true;
              run.send({ kind: 'stop' });
            }, plan.durationMs);
      return () => {
        endWatch();
        if (timer !== null) clearTimeout(timer);
      };
    },
  });
  const lastRecordUs = Math.max(startUs, ...collector.consumers.map(({ done }) => done?.lastRecordUs ?? 0));
  const { recordsConsumed, bytesConsumed, recordsRedelivered, consumers } = collector;
  return {
    recordsConsumed,
    bytesConsumed,
    recordsRedelivered,
    openUs,
    startUs,
    lastRecordUs,
    windows: collector.windows((lastRecordUs - openUs) / 1e6),
    isTimedOut: isTimedOut && recordsConsumed < recordCount,
    isDurationOver,
    failure,
    consumers,
    positions,
    driverNotes,
    usageBefore,
    usageAfter,
  };
};
