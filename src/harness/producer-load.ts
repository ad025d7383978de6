/** Runs the producers of a test, or the ones that fill a topic before it is read. */
import type { DriverName } from '../drivers/driver.ts';
import type { FromProducer, ProducerJob } from '../load/messages.ts';
import type { PayloadSpec } from '../load/payload.ts';
import { createProgress } from '../load/progress.ts';
import type { LoadShape } from '../load/shape.ts';
import { type Driven, driveJobs } from './drive-jobs.ts';
import { TestFailure } from './failure.ts';
import { launchJobs } from './jobs.ts';
import type { TestObserver } from './observer.ts';
import type { ProducerCollector } from './producer-collector.ts';
import { retryWarnings } from './retry-warnings.ts';
import type { Session } from './session.ts';

/** The load that producers make together. */
export type ProducerLoad = {
  readonly topic: string;
  /** Kafka's client properties with bootstrap.servers. */
  readonly properties: Readonly<Record<string, string>>;
  readonly producers: number;
  readonly payload: PayloadSpec;
  readonly shape: LoadShape;
  readonly recordCount: number;
  readonly warmupRecords: number;
  readonly reportingIntervalMs: number;
  readonly printMetrics: boolean;
  readonly driver: DriverName;
  /** To follow each record to its reader; not when left out. */
  readonly followed?: ProducerJob['followed'];
};

/** How a load went, beside what the collector holds. */
export type ProducerLoadEnd = Omit<Driven, 'ready'> & {
  readonly partitionCount: number;
  /** Why it ended before its time; null when it did not, or was stopped by the observer. */
  readonly failure: string | null;
};

/**
 * The client properties of one of several producers: each has a client id of its own, as metrics are named by it, and a transactional id
 * of its own, as producers of one fence each other off.
 */
const propertiesOf = ({ properties, producers }: ProducerLoad, worker: number): Readonly<Record<string, string>> => {
  if (producers === 1) return properties;
  const transactionalId = properties['transactional.id'];
  return {
    ...properties,
    'client.id': `${properties['client.id'] ?? 'producer'}-${worker + 1}`,
    ...(transactionalId === undefined ? {} : { 'transactional.id': `${transactionalId}-${worker + 1}` }),
  };
};

/**
 * Runs a load to its end, or to the observer's stop, or to the end of the embedded broker.
 * Rejects with a TestFailure when it could not begin.
 */
export const runProducerLoad = async (
  session: Session,
  load: ProducerLoad,
  collector: ProducerCollector,
  observer: TestObserver,
): Promise<ProducerLoadEnd> => {
  const progress = createProgress(load.producers);
  let steadyWorkers = 0;
  let failure: string | null = null;
  const deliveryTimeoutMs = load.properties['delivery.timeout.ms'];
  const until = `delivery.timeout.ms${deliveryTimeoutMs === undefined ? '' : `=${deliveryTimeoutMs}`} is over`;
  const warnOfRetry = retryWarnings(session, observer, until);
  const run = launchJobs<FromProducer>(
    session.pool,
    Array.from({ length: load.producers }, (_, worker) => ({
      kind: 'producer' as const,
      worker,
      workers: load.producers,
      driver: load.driver,
      properties: propertiesOf(load, worker),
      recordCount: load.recordCount,
      reportingIntervalMs: load.reportingIntervalMs,
      printMetrics: load.printMetrics,
      clockOriginNs: session.origin.monotonicNs,
      wallMsAtOrigin: session.origin.wallMs,
      progress,
      topic: load.topic,
      payload: load.payload,
      shape: load.shape,
      warmupRecords: load.warmupRecords,
      followed: load.followed ?? null,
    })),
    {
      onMessage(worker, message) {
        if (message.kind === 'window') collector.addWindow(worker, message);
        else if (message.kind === 'retry') warnOfRetry(message);
        else if (message.kind === 'steady' && ++steadyWorkers === load.producers) observer.onSteadyState?.();
        else if (message.kind === 'done') {
          failure ??= message.failure;
          collector.addDone(worker, message);
        }
      },
      onBreakdown(worker, message) {
        failure ??= message;
        collector.addBreakdown(worker);
        run.send({ kind: 'stop' });
      },
    },
  );
  const { ready, ...driven } = await driveJobs(run, {
    session,
    observer,
    progress,
    recordCount: load.recordCount,
    hasSchedule: load.shape.pace !== null,
  });
  if (failure !== null && collector.recordsSettled === 0) throw new TestFailure(failure);
  return { ...driven, partitionCount: Math.max(...ready.map((one) => one.partitionCount)), failure };
};
