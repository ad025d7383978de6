/**
 * One producer of an end-to-end test at a rate: sends its share of the records when they are due, whatever became of those before, so that
 * a stall is felt by all that were due in it. Nothing is allocated for a record.
 */
import type { ProducerDriver, SettledBatch } from '../drivers/driver.ts';
import { createClock } from '../measure/clock.ts';
import { startThreadMeter } from '../measure/resources.ts';
import {
  closeWindowsInTime,
  type JobControl,
  listenForOrders,
  messageOf,
  nextTurn,
  settlesBeforeOrder,
  sleepMs,
} from './control.ts';
import type { E2eDone, E2eProducerJob, FromE2e } from './e2e-messages.ts';
import { E2eMeter, warmupEndUs } from './e2e-meter.ts';
import { e2eHeaders } from './e2e-records.ts';
import { StampedRecords } from './e2e-stamp.ts';
import { IndexSet } from './index-set.ts';
import { createPace, type Pace, recordsOfProducer } from './pace.ts';
import type { OpenProducer } from './producer-loop.ts';
import { progressWriter } from './progress.ts';
import { Spinner } from './spinner.ts';
import { WaitAccount } from './waits.ts';

/** Bound of the flush after a stop or a failure. */
const flushAfterStopMs = 5000;
/** Longest stretch of sending without a turn of the event loop, so that sockets make progress and orders are heard. */
const longestStretchUs = 500;
/** Node's timers are late by up to this much (measured, p99): the rest is waited for in turns of the event loop. */
const timerLatenessUs = 1100;

/** A driver that is open, with who hears of settled batches from the start on. */
type Opened = { readonly driver: ProducerDriver; onSettled: (batch: SettledBatch) => void };

/** What a producer does, and how far it is. */
type SendState = {
  readonly driver: ProducerDriver;
  readonly control: JobControl;
  readonly nowUs: () => number;
  readonly records: StampedRecords;
  /** Wall clock minus run clock, microseconds. */
  readonly wallOffsetUs: number;
  /** When record `index` is due, microseconds on the run's clock. */
  readonly dueAtUs: Pace;
  /** Step from one of this producer's indexes to the next. */
  readonly step: number;
  /** Index after the last one of this producer. */
  readonly endIndex: number;
  /** No record is due at this time or later. */
  readonly endUs: number;
  readonly spinner: Spinner;
  /** Waits for room in `buffer.memory`. */
  readonly blocked: WaitAccount;
  nextIndex: number;
  firstSendUs: number | null;
  maxLatenessUs: number;
};

/** Waits until a time or a stop, precisely: its last millisecond in turns of the event loop, in which acknowledgements come. */
const waitUntilDue = async ({ control, nowUs, spinner }: SendState, dueAtUs: number): Promise<void> => {
  for (;;) {
    const waitUs = dueAtUs - nowUs();
    if (waitUs <= 0 || control.isStopped) return;
    const sleepUs = waitUs - timerLatenessUs;
    if (sleepUs >= 1000) await sleepMs(Math.min(100, Math.floor(sleepUs / 1e3)));
    else await spinner.until(dueAtUs);
  }
};

/** Offers the next record. @returns whether there was room for it */
const offer = (state: SendState, sentAtUs: number, dueAtUs: number): boolean => {
  const { driver, records, nextIndex } = state;
  const timestampMs = Math.floor((sentAtUs + state.wallOffsetUs) * 1e-3);
  const value = records.value(nextIndex, sentAtUs, dueAtUs);
  state.firstSendUs ??= sentAtUs;
  if (!driver.send(-1, timestampMs, records.key, value, sentAtUs, dueAtUs, nextIndex)) return false;
  state.nextIndex = nextIndex + state.step;
  return true;
};

/** Sends on the schedule; a record that is late is sent at once, and its lateness counts. */
const sendPaced = async (state: SendState): Promise<void> => {
  const { driver, control, nowUs } = state;
  let turnEndUs = nowUs() + longestStretchUs;
  while (state.nextIndex < state.endIndex && !control.isStopped) {
    const dueAtUs = state.dueAtUs(state.nextIndex);
    if (dueAtUs >= state.endUs) return;
    const sentAtUs = nowUs();
    if (sentAtUs < dueAtUs || sentAtUs > turnEndUs) {
      if (sentAtUs < dueAtUs) await waitUntilDue(state, dueAtUs);
      else await nextTurn();
      turnEndUs = nowUs() + longestStretchUs;
      continue;
    }
    if (sentAtUs - dueAtUs > state.maxLatenessUs) state.maxLatenessUs = sentAtUs - dueAtUs;
    if (offer(state, sentAtUs, dueAtUs)) continue;
    // A record that finds no room in `buffer.memory` keeps its own times.
    do {
      await settlesBeforeOrder(control, driver.ready(), null);
      if (control.isStopped) return;
    } while (!offer(state, sentAtUs, dueAtUs));
    state.blocked.add(nowUs() - sentAtUs);
  }
};

/** Waits until every record is settled; after a stop or a failure for a bounded time, after an abort not at all. */
const drain = async ({ driver, control }: SendState, hasFailed: boolean): Promise<void> => {
  const flushed = driver.flush();
  // The last wait below may be over before this settles.
  flushed.catch(() => {});
  if (!control.isStopped && !hasFailed && (await settlesBeforeOrder(control, flushed, null))) return;
  if (control.abortMessage === null) await settlesBeforeOrder(control, flushed, flushAfterStopMs);
};

/** Sends all of the job's records. @returns the message of a failure that ended the sending, or null */
const sendAll = async (state: SendState): Promise<string | null> => {
  let failure: string | null = null;
  try {
    await sendPaced(state);
  } catch (error) {
    failure = messageOf(error);
  }
  try {
    await drain(state, failure !== null);
  } catch (error) {
    failure ??= messageOf(error);
  }
  return failure ?? state.control.abortMessage;
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
    hasSchedule: true,
    settled: progressWriter(job.progress, job.worker),
    received: null,
    post: (message) => job.port.postMessage(message),
  });
  const pace = createPace(job.pace, job.worker, job.workers);
  const state: SendState = {
    driver,
    control,
    nowUs,
    records: new StampedRecords(job.records, job.mark, acknowledged.capacity),
    wallOffsetUs: job.wallMsAtOrigin * 1e3,
    dueAtUs: (index) => startUs + pace(index),
    step: job.workers,
    endIndex: job.worker + recordsOfProducer(recordCount, job.worker, job.workers) * job.workers,
    endUs: job.durationMs === null ? Number.POSITIVE_INFINITY : startUs + job.durationMs * 1e3,
    spinner: new Spinner(control, nowUs),
    blocked: new WaitAccount(),
    nextIndex: job.worker,
    firstSendUs: null,
    maxLatenessUs: 0,
  };
  opened.onSettled = (batch) => {
    meter.settle(batch);
    if (batch.error !== null) return;
    for (let place = 0; place < batch.recordCount; place++) acknowledged.add(batch.tags[place] ?? 0);
  };
  const stopClosing = closeWindowsInTime(meter, nowUs);
  const threadMeter = startThreadMeter();
  const failure = await sendAll(state);
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
    firstSendUs: state.firstSendUs,
    lastReceiptUs: null,
    recordsLost: 0,
    recordsDuplicated: 0,
    recordsForeign: 0,
    recordsChanged: 0,
    negativeLatencies: meter.negativeLatencies,
    maxLatenessUs: state.maxLatenessUs,
  };
};

/**
 * Runs one producer's job: opens the driver, waits for the start, sends, and posts windows and the end. Failures of the client are
 * posted, not thrown.
 */
export const runE2eProducerJob = async (job: E2eProducerJob, openProducer: OpenProducer): Promise<void> => {
  const nowUs = createClock(job.clockOriginNs);
  const post = (message: FromE2e): void => job.port.postMessage(message);
  const control = listenForOrders(job.port);
  const openingUs = nowUs();
  let opened: Opened;
  try {
    opened = await open(job, openProducer, nowUs);
  } catch (error) {
    post({ kind: 'refused', message: messageOf(error) });
    return;
  }
  const { partitionCount, notes } = opened.driver;
  post({ kind: 'ready', partitionCount, driverNotes: notes, openingUs, openedUs: nowUs() });
  post(await produce(job, opened, control, nowUs));
};
