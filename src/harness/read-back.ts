/**
 * Reads back what a producer test sent. Consumers open before the load, and so know where it begins; they read after it, so that the load
 * has the machine and the cluster to itself, and what is measured is what a test without them would measure, but for the stamps.
 */
import { randomInt } from 'node:crypto';
import type { E2eDone, FromE2e } from '../load/e2e-messages.ts';
import type { ProducerJob } from '../load/messages.ts';
import { type PayloadSpec, payloadsOf } from '../load/payload.ts';
import { createProgress, readProgress } from '../load/progress.ts';
import { stampBytes } from '../load/record-stamp.ts';
import type { StampedSpec } from '../load/stamped-records.ts';
import type { Verification } from '../results/verification.ts';
import { connectionProperties } from './configuration.ts';
import { partitionsOf } from './e2e-scheduled-load.ts';
import { TestFailure } from './failure.ts';
import { beginChecking, followRecords, verificationOf, waitForRest } from './followed-records.ts';
import { launchJobs } from './jobs.ts';
import type { TestObserver } from './observer.ts';
import type { ProducerPlan } from './plan.ts';
import { retryWarnings } from './retry-warnings.ts';
import type { Session } from './session.ts';

/** Longest time that a missing record is waited for while none comes. */
const timeoutMs = 10_000;
/** The same once the cluster has said that it cannot read its own files, which wait for nobody. */
const damagedTimeoutMs = 2000;

/** What is to be read back. */
export type ReadBack = {
  /** For the producers' jobs. */
  readonly followed: NonNullable<ProducerJob['followed']>;
  /** Reads and checks everything; never rejects. */
  verify(recordsSent: number): Promise<Verification>;
  /** Lets the consumers go without reading; idempotent. */
  end(): void;
};

/** How many consumers read a test's records back. */
export const readersOf = ({ producers }: Pick<ProducerPlan, 'producers'>, partitions: number): number =>
  Math.min(producers, partitions);

/** Consumers connect as the producers do; the rest are defaults. */
const consumerProperties = (properties: Readonly<Record<string, string>>, worker: number): Record<string, string> => ({
  ...connectionProperties(properties),
  'client.id': `spillway-verify-${worker + 1}`,
  'auto.offset.reset': 'latest',
});

/** As many as a pool of values has. */
const mostLookedAt = 16_384;

/** Throws a TestFailure when a value has no room for its stamp. */
const checkRoom = (payload: PayloadSpec): void => {
  if (payload.kind === 'monotonic') return;
  const payloads = payloadsOf(payload)(0, 1);
  for (let index = 0; index < mostLookedAt; index++) {
    const { length } = payloads(index);
    if (length < stampBytes)
      throw new TestFailure(
        `--verify needs values of ${stampBytes} bytes or more, since each carries its record's number; one has ${length}`,
        { isUsage: true },
      );
  }
};

/** Opens the consumers, before anything is sent. Rejects with a TestFailure. */
export const beginReadBack = async (
  session: Session,
  plan: ProducerPlan,
  payload: PayloadSpec,
  partitions: number,
  observer: TestObserver,
): Promise<ReadBack> => {
  checkRoom(payload);
  const { recordCount, producers, shape, topic } = plan;
  const access = { bootstrapServers: session.bootstrapServers, properties: plan.properties };
  const records = followRecords({ recordCount, durationMs: shape.durationMs, producers }, shape.pace);
  const checking = await session.before(beginChecking(access, topic, partitions));
  const stamped: StampedSpec = {
    payload,
    keys: shape.keys,
    keyBytes: 0,
    isTimed: false,
    mark: randomInt(2 ** 32),
    producers,
  };
  const workers = readersOf(plan, partitions);
  const progress = createProgress(workers);
  const dones: E2eDone[] = [];
  let failure: string | null = null;
  let isDamaged = false;
  const warnOfRetry = retryWarnings(session, observer, `no record has come for ${timeoutMs} ms`);
  const run = launchJobs<FromE2e>(
    session.pool,
    Array.from({ length: workers }, (_, worker) => ({
      kind: 'e2e-consumer' as const,
      worker,
      workers,
      // Whatever sent them: these read.
      driver: 'native' as const,
      properties: {
        ...consumerProperties(plan.properties, worker),
        'bootstrap.servers': session.bootstrapServers,
      },
      recordCount,
      reportingIntervalMs: plan.reportingIntervalMs,
      printMetrics: false,
      clockOriginNs: session.origin.monotonicNs,
      wallMsAtOrigin: session.origin.wallMs,
      progress,
      topic,
      warmupRecords: 0,
      warmupMs: 0,
      durationMs: null,
      partitions: partitionsOf(partitions, worker, workers),
      stamped,
      hasSchedule: false,
      received: records.received,
      backlogRecords: 0,
      checks: checking.job,
    })),
    {
      onMessage(_, message) {
        if (message.kind === 'retry') {
          isDamaged ||= message.name === 'CORRUPT_MESSAGE';
          warnOfRetry(message);
        }
        if (message.kind !== 'done') return;
        dones.push(message);
        failure ??= message.failure;
      },
      onBreakdown(_, message) {
        failure ??= message;
      },
    },
  );
  const stop = (): void => run.send({ kind: 'stop' });
  try {
    await session.before(run.ready);
  } catch (error) {
    stop();
    throw error;
  }
  return {
    followed: { stamped, acknowledged: records.acknowledged },
    async verify(recordsSent) {
      await checking.logs.refresh();
      const startUs = session.nowUs();
      let areOver = false;
      void run.ended.then(() => {
        areOver = true;
      });
      observer.stop.addEventListener('abort', stop, { once: true });
      void session.broker?.broken.then((message) => run.send({ kind: 'abort', message }));
      run.send({ kind: 'start', startUs });
      await waitForRest({
        nowUs: session.nowUs,
        missing: records.missing,
        lastReceiptUs: () => readProgress(progress).lastRecordUs,
        isOver: () => areOver,
        isEarly: () => failure !== null,
        timeoutMs: () => (isDamaged ? damagedTimeoutMs : timeoutMs),
        logs: checking.logs,
      });
      const readBackSeconds = (session.nowUs() - startUs) / 1e6;
      stop();
      await run.ended;
      observer.stop.removeEventListener('abort', stop);
      if (failure !== null) observer.onWarning(`records were not all read back: ${failure}`);
      const recordsReceived = readProgress(progress).records;
      const { logs } = checking;
      return verificationOf({ records, producers, recordsSent, recordsReceived, dones, logs, readBackSeconds });
    },
    end: stop,
  };
};
