/**
 * One consumer of an end-to-end test at a rate: times the records that come by what they carry, on the clock that their producers read, too.
 * It is ready when it knows where it begins, which is before the first record is sent, so that it misses none.
 */
import type { ConsumerDriver, RecordSink } from '../drivers/driver.ts';
import { createClock } from '../measure/clock.ts';
import { startThreadMeter } from '../measure/resources.ts';
import type { OpenConsumer } from './consumer-loop.ts';
import { closeWindowsInTime, type JobControl, listenForOrders, messageOf } from './control.ts';
import type { E2eConsumerJob, E2eDone, FromE2e } from './e2e-messages.ts';
import { E2eMeter, warmupEndUs } from './e2e-meter.ts';
import { foreign } from './e2e-records.ts';
import { StampedRecords } from './e2e-stamp.ts';
import { IndexSet } from './index-set.ts';
import { progressWriter } from './progress.ts';

/** Records that came and are no samples, counted. */
type Strays = { duplicated: number; foreign: number; changed: number };

/** A driver that is open, with who takes its records; none comes before reading begins. */
type Opened = { readonly driver: ConsumerDriver; onRecord: RecordSink };

/** Makes what takes the records. A record that came before, to whichever consumer, is counted and not timed. */
const receiver = (job: E2eConsumerJob, meter: E2eMeter, strays: Strays, nowUs: () => number): RecordSink => {
  const received = new IndexSet(job.received);
  const records = new StampedRecords(job.records, job.mark, received.capacity);
  return (bytes, _partition, _offset, _timestampMs, keyStart, keyEnd, valueStart, valueEnd) => {
    const receivedAtUs = nowUs();
    const index = records.read(bytes, keyStart, keyEnd, valueStart, valueEnd);
    if (index < 0) {
      if (index === foreign) strays.foreign++;
      else strays.changed++;
    } else if (received.add(index)) {
      const sizeBytes = valueEnd - valueStart + (keyStart < 0 ? 0 : keyEnd - keyStart);
      meter.receive(index, records.sentAtUs, records.dueAtUs, receivedAtUs, sizeBytes);
    } else {
      strays.duplicated++;
    }
    return true;
  };
};

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
  const strays: Strays = { duplicated: 0, foreign: 0, changed: 0 };
  const meter = new E2eMeter({
    startUs,
    reportingIntervalMs: job.reportingIntervalMs,
    warmupRecords: job.warmupRecords,
    warmupEndUs: warmupEndUs(startUs, job.warmupMs),
    hasSchedule: true,
    settled: null,
    received: progressWriter(job.progress, job.worker),
    post: (message) => job.port.postMessage(message),
  });
  opened.onRecord = receiver(job, meter, strays, nowUs);
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
    negativeLatencies: meter.negativeLatencies,
    maxLatenessUs: 0,
  };
};

/**
 * Runs one consumer's job: opens the driver, waits for the start, reads, and posts windows and the end. Failures of the client are
 * posted, not thrown.
 */
export const runE2eConsumerJob = async (job: E2eConsumerJob, openConsumer: OpenConsumer): Promise<void> => {
  const nowUs = createClock(job.clockOriginNs);
  const post = (message: FromE2e): void => job.port.postMessage(message);
  const control = listenForOrders(job.port);
  const openingUs = nowUs();
  let opened: Opened;
  try {
    opened = await open(job, openConsumer, nowUs);
  } catch (error) {
    post({ kind: 'refused', message: messageOf(error) });
    return;
  }
  const { partitions, notes } = opened.driver;
  post({ kind: 'ready', partitionCount: partitions.length, driverNotes: notes, openingUs, openedUs: nowUs() });
  post(await consume(job, opened, control, nowUs));
};
