/** One consumer under load: reads with a driver, in a group or what it was assigned, until the quota that it shares is used up. */

import {
  type ConsumerDriver,
  type ConsumerDriverOptions,
  type DriverOptions,
  type GroupDriver,
  type GroupDriverOptions,
  type ReadingDriver,
  sumOfRepeats,
} from '../drivers/driver.ts';
import { startThreadMeter } from '../measure/resources.ts';
import type { ConsumerDone, ConsumerJob, ConsumerReading, FromConsumer } from './consumer-messages.ts';
import { ConsumerMeter } from './consumer-meter.ts';
import { closeWindowsInTime, type JobControl, messageOf } from './control.ts';
import { positionsOf } from './positions.ts';
import { progressWriter, readProgress } from './progress.ts';
import { holdQuota } from './quota.ts';
import { holdRateShare } from './rate-share.ts';
import { RebalanceClock } from './rebalance-clock.ts';
import { runJob } from './run-job.ts';

/** Opens the client under load. */
export type OpenConsumer = (options: ConsumerDriverOptions) => Promise<ConsumerDriver>;

/** Opens the client under load, with assigned partitions or in a group. */
export type OpenConsumers = {
  readonly consumer: OpenConsumer;
  readonly groupMember: (options: GroupDriverOptions) => Promise<GroupDriver>;
};

/** A pause that is shorter is not worth its timer. */
const shortestPauseUs = 2000;

/** Consumers that hold records are resumed so long after, however long it is until one is due: others may end the test meanwhile. */
const longestHoldUs = 100_000;

/** And not before: several records are then due at higher rates, and taken at once. */
const shortestHoldUs = 5000;

/** What every driver of a job is opened with. */
type Common = Omit<DriverOptions, 'topic'>;

/** The drivers of a job: one of a group, or one for each assigned topic. */
type Opened = {
  readonly drivers: readonly ReadingDriver[];
  readonly partitionCount: number;
  /** Null without a group. */
  readonly member: GroupDriver | null;
};

/** Opens a driver for each topic, one after the other; closes them again and throws when one fails. */
const openAssigned = async (
  job: ConsumerJob,
  { assignments }: ConsumerReading & { readonly kind: 'assigned' },
  open: OpenConsumer,
  meter: ConsumerMeter,
  common: Common,
): Promise<Opened> => {
  const drivers: ConsumerDriver[] = [];
  try {
    for (const { topic, partitions } of assignments) {
      const onRecord = meter.sink(positionsOf(job.positions, topic));
      drivers.push(await open({ ...common, topic, partitions, onRecord }));
    }
  } catch (error) {
    await Promise.all(drivers.map((driver) => driver.close()));
    throw error;
  }
  const partitionCount = drivers.reduce((sum, driver) => sum + driver.partitions.length, 0);
  return { drivers, partitionCount, member: null };
};

/** Opens a member of a group; what its rebalances bring goes to the clock and is posted. */
const openMember = async (
  job: ConsumerJob,
  { groupId, topics, pattern }: ConsumerReading & { readonly kind: 'group' },
  open: OpenConsumers['groupMember'],
  meter: ConsumerMeter,
  rebalances: RebalanceClock,
  common: Common,
): Promise<Opened> => {
  let rebalanceMs = 0;
  let member: GroupDriver | null = null;
  const opened = await open({
    ...common,
    groupId,
    topics: pattern === null ? topics : new RegExp(`^(?:${pattern})$`),
    listen: (topic) => meter.sink(positionsOf(job.positions, topic)),
    onRebalance(assigned, revoked) {
      const atUs = common.nowUs();
      meter.closeWindows(atUs);
      const tookUs = ((member?.rebalanceTimeMs ?? 0) - rebalanceMs) * 1e3;
      rebalanceMs = member?.rebalanceTimeMs ?? 0;
      const withoutPartitionsUs = rebalances.rebalanced(assigned, revoked, atUs, tookUs);
      const { partitions } = rebalances;
      const message: FromConsumer = { kind: 'rebalance', atUs, withoutPartitionsUs, partitions };
      job.port.postMessage(message);
    },
  });
  member = opened;
  return { drivers: [opened], partitionCount: 0, member: opened };
};

/** Holds all consumers together to a rate: no record is taken before it is due. @returns a function that ends this */
const holdToRate = (
  job: ConsumerJob,
  recordsPerSecond: number,
  startUs: number,
  drivers: readonly ReadingDriver[],
  meter: ConsumerMeter,
): (() => void) => {
  if (drivers.some(({ hold }) => hold === null)) return pauseToRate(job, recordsPerSecond, startUs, drivers, meter);
  let timer: NodeJS.Timeout | null = null;
  const resume = (): void => {
    timer = null;
    for (const driver of drivers) driver.resume();
  };
  meter.pace = {
    recordsPerSecond,
    startUs,
    share: holdRateShare(job.rateShare),
    hold(nowUs, dueUs) {
      // Also those that were resumed a moment ago.
      for (const driver of drivers) driver.hold?.();
      const waitUs = Math.min(longestHoldUs, Math.max(shortestHoldUs, dueUs - nowUs));
      timer ??= setTimeout(resume, waitUs / 1e3);
    },
  };
  return () => {
    if (timer !== null) clearTimeout(timer);
  };
};

/** The same for clients that cannot hold a record: each pauses after a burst that was ahead of the rate. */
const pauseToRate = (
  job: ConsumerJob,
  recordsPerSecond: number,
  startUs: number,
  drivers: readonly ReadingDriver[],
  meter: ConsumerMeter,
): (() => void) => {
  let timer: NodeJS.Timeout | null = null;
  const resume = (): void => {
    timer = null;
    for (const driver of drivers) driver.resume();
  };
  meter.onBurst = (nowUs) => {
    if (timer !== null) return;
    const dueUs = startUs + (readProgress(job.progress).records * 1e6) / recordsPerSecond;
    if (dueUs - nowUs < shortestPauseUs) return;
    for (const driver of drivers) driver.pause();
    timer = setTimeout(resume, (dueUs - nowUs) / 1e3);
  };
  return () => {
    meter.onBurst = null;
    if (timer !== null) clearTimeout(timer);
  };
};

/** Reads with all drivers until each has ended; the first failure or the end of the quota stops the others. */
const readAll = async (
  drivers: readonly ReadingDriver[],
  meter: ConsumerMeter,
  control: JobControl,
): Promise<string | null> => {
  let failure: string | null = null;
  const stopAll = (): void => {
    for (const driver of drivers) driver.stop();
  };
  control.onOrder = stopAll;
  meter.onUsedUp = stopAll;
  if (control.isStopped) stopAll();
  const runs = drivers.map(async (driver) => {
    try {
      await driver.run();
    } catch (error) {
      failure ??= messageOf(error);
    }
    stopAll();
  });
  await Promise.all(runs);
  control.onOrder = null;
  return failure ?? control.abortMessage;
};

/** Adds up the metrics of several drivers; they differ by topic in their names, and counts of the same name belong together. */
const metricsOf = (drivers: readonly ReadingDriver[]): Record<string, number> => {
  const metrics: Record<string, number> = {};
  for (const driver of drivers) Object.assign(metrics, driver.metrics());
  return metrics;
};

/** What a consumer's records and rebalances are measured with. */
type Meters = { readonly meter: ConsumerMeter; readonly rebalances: RebalanceClock };

/** Reads what the opened drivers are for, and closes them. @returns the job's last message */
const consume = async (
  job: ConsumerJob,
  { drivers, member }: Opened,
  { meter, rebalances }: Meters,
  control: JobControl,
  nowUs: () => number,
): Promise<ConsumerDone> => {
  const startUs = (await control.started) ?? nowUs();
  meter.start(startUs);
  if (member === null) rebalances.hold(startUs);
  const endRate = job.throughput === null ? null : holdToRate(job, job.throughput, startUs, drivers, meter);
  const stopClosing = closeWindowsInTime(meter, nowUs);
  const threadMeter = startThreadMeter();
  const failure = await readAll(drivers, meter, control);
  stopClosing();
  endRate?.();
  const metrics = job.printMetrics ? metricsOf(drivers) : null;
  const { memberId, assignor } = member ?? { memberId: null, assignor: null };
  const repeats = sumOfRepeats(drivers.map((driver) => driver.repeats()));
  await Promise.all(drivers.map((driver) => driver.close()));
  const thread = threadMeter.stop();
  meter.close();
  return {
    kind: 'done',
    failure,
    metrics,
    repeats,
    thread,
    ...meter.counts(),
    firstRecordUs: meter.firstRecordUs,
    lastRecordUs: meter.lastRecordUs,
    isQuotaUsedUp: meter.isQuotaUsedUp,
    memberId,
    assignor,
  };
};

/**
 * Runs one consumer's job: opens its drivers, waits for the start, reads, commits, and posts windows and the end. Failures of the
 * client are posted, not thrown.
 */
export const runConsumerJob = (job: ConsumerJob, open: OpenConsumers): Promise<void> =>
  runJob<FromConsumer>(job, async ({ nowUs, post }) => {
    const rebalances = new RebalanceClock();
    const meter = new ConsumerMeter({
      quota: holdQuota(job.quota),
      rebalances,
      nowUs,
      reportingIntervalMs: job.reportingIntervalMs,
      progress: progressWriter(job.progress, job.worker),
      post,
    });
    const common: Common = {
      properties: job.properties,
      nowUs,
      onRetry: ({ name, message }) => post({ kind: 'retry', name, message }),
    };
    const opened =
      job.reading.kind === 'group'
        ? await openMember(job, job.reading, open.groupMember, meter, rebalances, common)
        : await openAssigned(job, job.reading, open.consumer, meter, common);
    const { drivers, partitionCount } = opened;
    const driverNotes = drivers[0]?.notes ?? [];
    return {
      partitionCount,
      driverNotes,
      run: (control) => consume(job, opened, { meter, rebalances }, control, nowUs),
    };
  });
