/**
 * One consumer under load: takes records from a driver until the quota that all consumers share is used up. A record costs a few
 * additions; clocks are read once for each burst of records, which is what a driver hands over in one turn of the event loop.
 */
import { type ConsumerDriver, type ConsumerDriverOptions, type RecordSink, sumOfRepeats } from '../drivers/driver.ts';
import { createClock } from '../measure/clock.ts';
import { startThreadMeter } from '../measure/resources.ts';
import { closeWindowsInTime, type JobControl, listenForOrders, messageOf } from './control.ts';
import type { ConsumerJob, FromConsumer } from './messages.ts';
import { type ProgressWriter, progressWriter } from './progress.ts';
import { holdQuota, type QuotaHolder } from './quota.ts';

/** Opens the client under load. */
export type OpenConsumer = (options: ConsumerDriverOptions) => Promise<ConsumerDriver>;

/** Records reserved from the shared quota at a time. */
const recordsPerReservation = 4096;

/** Counts the records of one consumer and sends one message for each reporting interval. */
export class ConsumerMeter {
  firstRecordUs: number | null = null;
  lastRecordUs: number | null = null;
  /** The test's last record has been consumed. */
  isQuotaUsedUp = false;
  /** Called once when isQuotaUsedUp becomes true between two records, as no record may follow to be refused. */
  onUsedUp: () => void = () => {};
  readonly #quota: QuotaHolder;
  readonly #nowUs: () => number;
  readonly #intervalUs: number;
  readonly #progress: ProgressWriter;
  readonly #post: (message: FromConsumer) => void;
  #windowIndex = 0;
  #windowEndUs = Number.POSITIVE_INFINITY;
  /** Of the current interval. */
  #records = 0;
  #bytes = 0;
  #recordsBefore = 0;
  /** Left of the reserved part. */
  #reserved = 0;
  #isInBurst = false;

  constructor(options: {
    readonly quota: QuotaHolder;
    readonly nowUs: () => number;
    readonly reportingIntervalMs: number;
    readonly progress: ProgressWriter;
    readonly post: (message: FromConsumer) => void;
  }) {
    this.#quota = options.quota;
    this.#nowUs = options.nowUs;
    this.#intervalUs = options.reportingIntervalMs * 1e3;
    this.#progress = options.progress;
    this.#post = options.post;
  }

  /** Begins the first interval; before any record comes. */
  start(startUs: number): void {
    this.#windowEndUs = startUs + this.#intervalUs;
  }

  /** What the driver calls for each record; false once all records of the test have been consumed. */
  readonly onRecord: RecordSink = (
    _bytes,
    _partition,
    _offset,
    _timestampMs,
    keyStart,
    keyEnd,
    valueStart,
    valueEnd,
  ) => {
    if (this.#reserved === 0 && !this.#reserve()) return false;
    this.#reserved--;
    this.#records++;
    if (keyStart >= 0) this.#bytes += keyEnd - keyStart;
    if (valueStart >= 0) this.#bytes += valueEnd - valueStart;
    return true;
  };

  /** Sends a message for every interval that is over at this time. */
  closeWindows(nowUs: number): void {
    while (nowUs >= this.#windowEndUs) {
      this.#postWindow(false);
      this.#windowEndUs += this.#intervalUs;
    }
  }

  /** When the current interval ends, microseconds on the run's clock. */
  get windowEndUs(): number {
    return this.#windowEndUs;
  }

  /** Gives back what was reserved and sends the unfinished interval. */
  close(): void {
    this.#endBurst(this.#nowUs());
    this.#postWindow(true);
  }

  /** Reserves the next part; the first one of a burst also reads the clock. */
  #reserve(): boolean {
    if (this.isQuotaUsedUp) return false;
    const nowUs = this.#nowUs();
    this.closeWindows(nowUs);
    this.#reserved = this.#quota.reserve(recordsPerReservation);
    if (this.#reserved === 0) {
      this.isQuotaUsedUp = true;
      this.#endBurst(nowUs);
      return false;
    }
    this.firstRecordUs ??= nowUs;
    if (!this.#isInBurst) {
      this.#isInBurst = true;
      setImmediate(() => this.#endBurst(this.#nowUs()));
    }
    return true;
  }

  /** The driver's turn is over: its last record came at this time, and what is reserved and unused goes back. */
  #endBurst(lastRecordUs: number): void {
    if (!this.#isInBurst) return;
    this.#isInBurst = false;
    this.#quota.settle(this.#reserved);
    this.#reserved = 0;
    if (!this.isQuotaUsedUp && this.#quota.isUsedUp()) {
      this.isQuotaUsedUp = true;
      this.onUsedUp();
    }
    this.lastRecordUs = lastRecordUs;
    this.#progress.report(this.#recordsBefore + this.#records, lastRecordUs);
  }

  #postWindow(isFinal: boolean): void {
    this.#post({
      kind: 'window',
      index: this.#windowIndex++,
      isFinal,
      recordsConsumed: this.#records,
      bytesConsumed: this.#bytes,
    });
    this.#recordsBefore += this.#records;
    this.#records = 0;
    this.#bytes = 0;
  }
}

/** Opens a driver for each topic, one after the other; closes them again and throws when one fails. */
const openAll = async (
  job: ConsumerJob,
  open: OpenConsumer,
  options: Pick<ConsumerDriverOptions, 'nowUs' | 'onRecord' | 'onRetry'>,
): Promise<ConsumerDriver[]> => {
  const drivers: ConsumerDriver[] = [];
  try {
    for (const { topic, partitions } of job.assignments) {
      drivers.push(await open({ topic, partitions, properties: job.properties, ...options }));
    }
    return drivers;
  } catch (error) {
    await Promise.all(drivers.map((driver) => driver.close()));
    throw error;
  }
};

/** Reads with all drivers until each has ended; the first failure or the end of the quota stops the others. */
const readAll = async (
  drivers: readonly ConsumerDriver[],
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
const metricsOf = (drivers: readonly ConsumerDriver[]): Record<string, number> => {
  const metrics: Record<string, number> = {};
  for (const driver of drivers) Object.assign(metrics, driver.metrics());
  return metrics;
};

/**
 * Runs one consumer's job: opens its drivers, waits for the start, reads, and posts windows and the end. Failures of the client
 * are posted, not thrown.
 */
export const runConsumerJob = async (job: ConsumerJob, open: OpenConsumer): Promise<void> => {
  const nowUs = createClock(job.clockOriginNs);
  const post = (message: FromConsumer): void => job.port.postMessage(message);
  const control = listenForOrders(job.port);
  const meter = new ConsumerMeter({
    quota: holdQuota(job.quota),
    nowUs,
    reportingIntervalMs: job.reportingIntervalMs,
    progress: progressWriter(job.progress, job.worker),
    post,
  });
  let drivers: ConsumerDriver[];
  const openingUs = nowUs();
  try {
    drivers = await openAll(job, open, {
      nowUs,
      onRecord: meter.onRecord,
      onRetry: ({ name, message }) => post({ kind: 'retry', name, message }),
    });
  } catch (error) {
    post({ kind: 'refused', message: messageOf(error) });
    return;
  }
  const partitionCount = drivers.reduce((sum, driver) => sum + driver.partitions.length, 0);
  const driverNotes = drivers[0]?.notes ?? [];
  post({ kind: 'ready', partitionCount, driverNotes, openingUs, openedUs: nowUs() });
  meter.start((await control.started) ?? nowUs());
  const stopClosing = closeWindowsInTime(meter, nowUs);
  const threadMeter = startThreadMeter();
  const failure = await readAll(drivers, meter, control);
  stopClosing();
  const metrics = job.printMetrics ? metricsOf(drivers) : null;
  const repeats = sumOfRepeats(drivers.map((driver) => driver.repeats()));
  await Promise.all(drivers.map((driver) => driver.close()));
  const thread = threadMeter.stop();
  meter.close();
  post({
    kind: 'done',
    failure,
    metrics,
    repeats,
    thread,
    firstRecordUs: meter.firstRecordUs,
    lastRecordUs: meter.lastRecordUs,
    isQuotaUsedUp: meter.isQuotaUsedUp,
  });
};
