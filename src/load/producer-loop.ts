/**
 * One producer under load: appends its share of the records through a driver, as fast as possible or on the test's schedule, and
 * reports windows and an end. The sending is cut into stretches, at whose ends everything is decided; within one, nothing is
 * decided or allocated for a record.
 */

import type { ProducerDriver, ProducerDriverOptions, SettledBatch } from '../drivers/driver.ts';
import { startThreadMeter } from '../measure/resources.ts';
import { closeWindowsInTime, type JobControl, messageOf, settlesBeforeOrder } from './control.ts';
import { IndexSet } from './index-set.ts';
import { createKeys, type Keys } from './keys.ts';
import type { FromProducer, ProducerDone, ProducerJob } from './messages.ts';
import { recordsOfProducer } from './pace.ts';
import { createPayloads, type Payloads } from './payload.ts';
import { ProducerMeter } from './producer-meter.ts';
import { progressWriter } from './progress.ts';
import { runJob } from './run-job.ts';
import type { SendState } from './send-state.ts';
import { createSending, type Sending, sendStretches } from './send-stretches.ts';
import { type StampedSpec, stampedSender } from './stamped-records.ts';

/** Opens the client under load. */
export type OpenProducer = (options: ProducerDriverOptions) => Promise<ProducerDriver>;

/** Bound of the flush after a stop. */
const flushAfterStopMs = 5000;

/** Waits until every record is settled; after a stop or a failure for a bounded time, after an abort not at all. */
const drain = async (driver: ProducerDriver, control: JobControl, hasFailed: boolean): Promise<void> => {
  const flushed = driver.flush();
  // The last wait below may be over before this settles.
  flushed.catch(() => {});
  if (!control.isStopped && !hasFailed && (await settlesBeforeOrder(control, flushed, null))) return;
  if (control.abortMessage === null) await settlesBeforeOrder(control, flushed, flushAfterStopMs);
};

/** Sends all of the job's records, and ends the last transaction. @returns the message of a failure that ended the sending, or null */
const sendAll = async (sending: Sending): Promise<string | null> => {
  const { driver, control } = sending.state;
  let failure: string | null = null;
  try {
    await sendStretches(sending);
  } catch (error) {
    failure = messageOf(error);
  }
  try {
    await drain(driver, control, failure !== null);
    await (failure === null ? sending.transactions?.end() : sending.transactions?.giveUp());
  } catch (error) {
    failure ??= messageOf(error);
  }
  return failure ?? control.abortMessage;
};

/** A driver that is open, with who hears of settled batches from then on; nothing is sent, and so nothing settled, before that is set. */
type OpenedProducer = {
  readonly driver: ProducerDriver;
  readonly payloads: Payloads;
  readonly keyOf: Keys;
  onSettled: (batch: SettledBatch) => void;
};

/** Values that say who they are. */
const stamped = (spec: StampedSpec, { worker }: ProducerJob): Payloads => {
  const { value } = stampedSender(spec, worker);
  return (index) => value(index, 0, 0);
};

/** Hears of settled batches: those that are followed are noted when they are acknowledged. */
const settler = (
  { followed }: ProducerJob,
  meter: ProducerMeter,
  state: SendState,
): ((batch: SettledBatch) => void) => {
  const settle = (batch: SettledBatch): void => {
    meter.settle(batch);
    state.wake?.();
  };
  if (followed === null) return settle;
  const acknowledged = new IndexSet(followed.acknowledged);
  return (batch) => {
    if (batch.error === null) acknowledged.addFirst(batch.tags, batch.recordCount);
    settle(batch);
  };
};

const openProducer = async (
  job: ProducerJob,
  open: OpenProducer,
  nowUs: () => number,
  post: (message: FromProducer) => void,
): Promise<OpenedProducer> => {
  const { payload, shape, worker, workers } = job;
  const payloads =
    job.followed === null ? createPayloads(payload, worker, workers) : stamped(job.followed.stamped, job);
  const sample = payload.kind === 'given' ? payload.values : null;
  const keyOf = shape.keys === null ? () => null : createKeys(shape.keys, sample, worker, workers);
  let opened: OpenedProducer | null = null;
  const driver = await open({
    topic: job.topic,
    properties: job.properties,
    nowUs,
    headers: shape.headers.map(([key, value]) => [key, Buffer.from(value)]),
    onSettled: (batch) => opened?.onSettled(batch),
    onRetry: ({ name, message }) => post({ kind: 'retry', name, message }),
  });
  if (shape.transactions !== null && driver.transactions === null) {
    await driver.close();
    throw new Error(`the ${job.driver} client has no transactions: leave them out, or use --driver native`);
  }
  opened = { driver, payloads, keyOf, onSettled: () => {} };
  return opened;
};

/** Sends the job's records through an open driver and closes it. @returns the job's last message */
const produce = async (
  job: ProducerJob,
  opened: OpenedProducer,
  control: JobControl,
  nowUs: () => number,
): Promise<ProducerDone> => {
  const { driver } = opened;
  const post = (message: FromProducer): void => job.port.postMessage(message);
  const startUs = (await control.started) ?? nowUs();
  const isWarmedUpByTime = job.shape.warmupDurationMs !== null;
  const meter = new ProducerMeter({
    startUs,
    reportingIntervalMs: job.reportingIntervalMs,
    warmupRecords: isWarmedUpByTime ? Number.POSITIVE_INFINITY : job.warmupRecords,
    ownWarmupRecords: isWarmedUpByTime
      ? Number.POSITIVE_INFINITY
      : recordsOfProducer(job.warmupRecords, job.worker, job.workers),
    hasSchedule: job.shape.pace !== null,
    progress: progressWriter(job.progress, job.worker),
    post,
  });
  const sending = createSending(job, { ...opened, control, nowUs, meter, startUs });
  const { state } = sending;
  opened.onSettled = settler(job, meter, state);
  const stopClosing = closeWindowsInTime(meter, nowUs);
  const threadMeter = startThreadMeter();
  const failure = await sendAll(sending);
  stopClosing();
  const metrics = job.printMetrics ? driver.metrics() : null;
  const repeats = driver.repeats();
  const compression = driver.compression();
  const limits = driver.limits();
  await driver.close();
  const thread = threadMeter.stop();
  // What is not settled by now counts as failed; a driver that speaks of it later is too late.
  opened.onSettled = () => {};
  meter.countUnsettled((state.nextIndex - job.worker) / job.workers);
  meter.close();
  return {
    kind: 'done',
    failure,
    metrics,
    repeats,
    compression,
    thread,
    firstSendUs: sending.firstSendUs,
    firstSteadySendUs: sending.firstSteadySendUs,
    firstSteadyDueUs: sending.firstSteadySendUs === null ? null : sending.firstSteadyDueUs,
    lastAckUs: meter.lastAckUs,
    lastSettledUs: meter.lastSettledUs,
    failures: meter.failures,
    negativeLatencies: meter.negativeLatencies,
    maxLatenessUs: state.maxLatenessUs,
    blocked: state.blocked.totals(),
    limits,
    recordsUnsent: sending.recordsUnsent,
    transactions: sending.transactions?.counts() ?? null,
    spinUs: state.spinner.spinUs,
  };
};

/**
 * Runs one producer's job: opens the driver, waits for the start, sends, and posts windows and the end. Failures of the client are
 * posted, not thrown.
 */
export const runProducerJob = (job: ProducerJob, open: OpenProducer): Promise<void> =>
  runJob<FromProducer>(job, async ({ nowUs, post }) => {
    const opened = await openProducer(job, open, nowUs, post);
    const { partitionCount, notes } = opened.driver;
    return { partitionCount, driverNotes: notes, run: (control) => produce(job, opened, control, nowUs) };
  });
