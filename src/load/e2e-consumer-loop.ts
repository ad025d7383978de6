/**
 * One consumer of an end-to-end test with many records on their way: times them by what they carry, on the clock that their producers read, too.
 * It is ready when it knows where it begins, which is before the first record is sent, so that it misses none.
 */

import type { ConsumerDriver, RecordSink } from '../drivers/driver.ts';
import { startThreadMeter } from '../measure/resources.ts';
import type { OpenConsumer } from './consumer-loop.ts';
import { closeWindowsInTime, type JobControl, messageOf } from './control.ts';
import type { E2eConsumerJob, E2eDone, FromE2e } from './e2e-messages.ts';
import { E2eMeter, warmupEndUs } from './e2e-meter.ts';
import { createReceiver } from './e2e-receiving.ts';
import { progressWriter } from './progress.ts';
import { runJob } from './run-job.ts';

/** A driver that is open, with who takes its records; none comes before reading begins. */
type Opened = { readonly driver: ConsumerDriver; onRecord: RecordSink };

const open = async (job: E2eConsumerJob, openConsumer: OpenConsumer, nowUs: () => number): Promise<Opened> => {
  let opened: Opened | null = null;
  const driver = await openConsumer({
    topic: job.topic,
    properties: job.properties,
    partitions: job.partitions,
    nowUs,
    onRecord: (bytes, partition, offset, timestampMs, keyStart, keyEnd, valueStart, valueEnd) =>
      opened?.onRecord(bytes, partition, offset, timestampMs, keyStart, keyEnd, valueStart, valueEnd) ?? true,
    onRetry: ({ name, message }) => job.port.postMessage({ kind: 'retry', name, message } satisfies FromE2e),
  });
  opened = { driver, onRecord: () => true };
  return opened;
};

/** Reads until it is told to stop. @returns the message of a failure, or null */
const readAll = async (driver: ConsumerDriver, control: JobControl): Promise<string | null> => {
  control.onOrder = () => driver.stop();
  if (control.isStopped) driver.stop();
  try {
    await driver.run();
    return control.abortMessage;
  } catch (error) {
    return messageOf(error);
  } finally {
    control.onOrder = null;
  }
};

/** Reads through an open driver and closes it. @returns the job's last message */
const consume = async (
  job: E2eConsumerJob,
  opened: Opened,
  control: JobControl,
  nowUs: () => number,
): Promise<E2eDone> => {
  const { driver } = opened;
  const startUs = (await control.started) ?? nowUs();
  const meter = new E2eMeter({
    startUs,
    reportingIntervalMs: job.reportingIntervalMs,
    warmupRecords: job.warmupRecords,
    warmupEndUs: warmupEndUs(startUs, job.warmupMs),
    hasSchedule: job.hasSchedule,
    settled: null,
    received: progressWriter(job.progress, job.worker),
    post: (message) => job.port.postMessage(message),
  });
  const { sink, strays, checks } = createReceiver(job, meter, nowUs);
  opened.onRecord = sink;
  const stopClosing = closeWindowsInTime(meter, nowUs);
  const threadMeter = startThreadMeter();
  const failure = await readAll(driver, control);
  stopClosing();
  const metrics = job.printMetrics ? driver.metrics() : null;
  const repeats = driver.repeats();
  await driver.close();
  opened.onRecord = () => false;
  meter.close();
  return {
    kind: 'done',
    failure,
    metrics,
    repeats,
    recordsRetried: 0,
    fetchesRetried: repeats.retries,
    thread: threadMeter.stop(),
    sender: null,
    failures: {},
    firstSendUs: null,
    lastReceiptUs: meter.lastReceiptUs,
    recordsLost: 0,
    recordsDuplicated: strays.duplicated,
    recordsForeign: strays.foreign,
    recordsChanged: strays.changed,
    checks: checks(),
    lastForeignUs: strays.lastForeignUs,
    negativeLatencies: meter.negativeLatencies,
    maxLatenessUs: 0,
  };
};

/**
 * Runs one consumer's job: opens the driver, waits for the start, reads, and posts windows and the end. Failures of the client are
 * posted, not thrown.
 */
export const runE2eConsumerJob = (job: E2eConsumerJob, openConsumer: OpenConsumer): Promise<void> =>
  runJob<FromE2e>(job, async ({ nowUs }) => {
    const opened = await open(job, openConsumer, nowUs);
    const { partitions, notes } = opened.driver;
    return {
      partitionCount: partitions.length,
      driverNotes: notes,
      run: (control) => consume(job, opened, control, nowUs),
    };
  });
