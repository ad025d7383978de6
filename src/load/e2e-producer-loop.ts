/**
 * One producer of an end-to-end test with many records on their way: sends its share of them when they are due, whatever became of those
 * before, so that a stall is felt by all that were due in it; or as fast as possible. Nothing is allocated for a record.
 */

import type { ProducerDriver, SettledBatch } from '../drivers/driver.ts';
import { startThreadMeter } from '../measure/resources.ts';
import { closeWindowsInTime, type JobControl, messageOf, settlesBeforeOrder } from './control.ts';
import type { E2eDone, E2eProducerJob, FromE2e } from './e2e-messages.ts';
import { E2eMeter, warmupEndUs } from './e2e-meter.ts';
import { e2eHeaders } from './e2e-records.ts';
import { IndexSet } from './index-set.ts';
import { createPace, recordsOfProducer } from './pace.ts';
import type { Payloads } from './payload.ts';
import type { OpenProducer } from './producer-loop.ts';
import { progressWriter } from './progress.ts';
import { runJob } from './run-job.ts';
import { sendPaced } from './send-paced.ts';
import { beginSending } from './send-state.ts';
import { lookaheadOf, sendUnpaced } from './send-unpaced.ts';
import { stampedSender } from './stamped-records.ts';

/** Bound of the flush after a stop or a failure. */
const flushAfterStopMs = 5000;

/** A driver that is open, with who hears of settled batches from the start on. */
type Opened = { readonly driver: ProducerDriver; onSettled: (batch: SettledBatch) => void };

/** Sends a producer's records. */
type Send = () => Promise<void>;

/** Waits until every record is settled; after a stop or a failure for a bounded time, after an abort not at all. */
const drain = async (driver: ProducerDriver, control: JobControl, hasFailed: boolean): Promise<void> => {
  const flushed = driver.flush();
  // The last wait below may be over before this settles.
  flushed.catch(() => {});
  if (!control.isStopped && !hasFailed && (await settlesBeforeOrder(control, flushed, null))) return;
  if (control.abortMessage === null) await settlesBeforeOrder(control, flushed, flushAfterStopMs);
};

/** Sends all of the job's records. @returns the message of a failure that ended the sending, or null */
const sendAll = async (send: Send, driver: ProducerDriver, control: JobControl): Promise<string | null> => {
  let failure: string | null = null;
  try {
    await send();
  } catch (error) {
    failure = messageOf(error);
  }
  try {
    await drain(driver, control, failure !== null);
  } catch (error) {
    failure ??= messageOf(error);
  }
  return failure ?? control.abortMessage;
};

const open = async (job: E2eProducerJob, openProducer: OpenProducer, nowUs: () => number): Promise<Opened> => {
  let opened: Opened | null = null;
  const driver = await openProducer({
    topic: job.topic,
    properties: job.properties,
    headers: e2eHeaders(job.records),
    nowUs,
    onSettled: (batch) => opened?.onSettled(batch),
    onRetry: ({ name, message }) => job.port.postMessage({ kind: 'retry', name, message } satisfies FromE2e),
  });
  opened = { driver, onSettled: () => {} };
  return opened;
};

/**
 * Prepares a job's sending. A record's stamp says when its value was made, which is when it was offered, but for the time of a reading
 * of the clock.
 */
const createSending = (
  job: E2eProducerJob,
  driver: ProducerDriver,
  control: JobControl,
  nowUs: () => number,
  { startUs, recordCount }: { readonly startUs: number; readonly recordCount: number },
) => {
  const { worker, workers, durationMs } = job;
  const pace = job.pace === null ? null : createPace(job.pace, worker, workers);
  const { value, keyOf } = stampedSender(job.stamped, worker);
  const endUs = durationMs === null ? Number.POSITIVE_INFINITY : startUs + durationMs * 1e3;
  let firstSendUs: number | null = null;
  const payloads: Payloads =
    pace === null
      ? (index) => {
          const atUs = nowUs();
          return value(index, atUs, atUs);
        }
      : (index) => value(index, startUs + pace(index), nowUs());
  const state = beginSending({ job, driver, control, payloads, keyOf, nowUs, startUs });
  state.onSend = (sentAtUs) => {
    state.onSend = null;
    firstSendUs = sentAtUs;
  };
  const stretch = {
    untilIndex: worker + recordsOfProducer(recordCount, worker, workers) * workers,
    untilDueUs: endUs,
    // What was due in time is sent, however late.
    untilUs: pace === null ? endUs : Number.POSITIVE_INFINITY,
  };
  const send: Send = () =>
    pace === null
      ? sendUnpaced(state, lookaheadOf(job.properties, driver.partitionCount, job.records.valueBytes), stretch)
      : sendPaced(state, { pace, isPrecise: true }, stretch);
  return { state, send, firstSendUs: () => firstSendUs };
};

/** Sends the job's records through an open driver and closes it. @returns the job's last message */
const produce = async (
  job: E2eProducerJob,
  opened: Opened,
  control: JobControl,
  nowUs: () => number,
): Promise<E2eDone> => {
  const { driver } = opened;
  const startUs = (await control.started) ?? nowUs();
  const acknowledged = new IndexSet(job.acknowledged);
  const recordCount = Math.min(job.recordCount, acknowledged.capacity);
  const meter = new E2eMeter({
    startUs,
    reportingIntervalMs: job.reportingIntervalMs,
    warmupRecords: job.warmupRecords,
    warmupEndUs: warmupEndUs(startUs, job.warmupMs),
    hasSchedule: job.pace !== null,
    settled: progressWriter(job.progress, job.worker),
    received: null,
    post: (message) => job.port.postMessage(message),
  });
  const { state, send, firstSendUs } = createSending(job, driver, control, nowUs, { startUs, recordCount });
  opened.onSettled = (batch) => {
    meter.settle(batch);
    state.wake?.();
    if (batch.error !== null) return;
    acknowledged.addFirst(batch.tags, batch.recordCount);
  };
  const stopClosing = closeWindowsInTime(meter, nowUs);
  const threadMeter = startThreadMeter();
  const failure = await sendAll(send, driver, control);
  stopClosing();
  const metrics = job.printMetrics ? driver.metrics() : null;
  const repeats = driver.repeats();
  const limits = driver.limits();
  // What is unsettled fails now, and is counted.
  await driver.close();
  const thread = threadMeter.stop();
  opened.onSettled = () => {};
  meter.countUnsettled((state.nextIndex - job.worker) / job.workers);
  meter.close();
  return {
    kind: 'done',
    failure,
    metrics,
    repeats,
    recordsRetried: repeats.retries,
    fetchesRetried: 0,
    thread,
    sender: { spinUs: state.spinner.spinUs, blocked: state.blocked.totals(), limits },
    failures: meter.failures,
    firstSendUs: firstSendUs(),
    lastReceiptUs: null,
    recordsLost: 0,
    recordsDuplicated: 0,
    recordsForeign: 0,
    recordsChanged: 0,
    checks: null,
    lastForeignUs: null,
    negativeLatencies: meter.negativeLatencies,
    maxLatenessUs: state.maxLatenessUs,
  };
};

/**
 * Runs one producer's job: opens the driver, waits for the start, sends, and posts windows and the end. Failures of the client are
 * posted, not thrown.
 */
export const runE2eProducerJob = (job: E2eProducerJob, openProducer: OpenProducer): Promise<void> =>
  runJob<FromE2e>(job, async ({ nowUs }) => {
    const opened = await open(job, openProducer, nowUs);
    const { partitionCount, notes } = opened.driver;
    return { partitionCount, driverNotes: notes, run: (control) => produce(job, opened, control, nowUs) };
  });
