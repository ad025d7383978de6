/**
 * One producer under load: appends its share of the records through a driver, as fast as possible or on the test's schedule, and
 * reports windows and an end. Nothing is allocated for a record.
 */
import type { ProducerDriver, ProducerDriverOptions, SettledBatch } from '../drivers/driver.ts';
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
  withResolvers,
} from './control.ts';
import type { FromProducer, ProducerDone, ProducerJob } from './messages.ts';
import { constantRate, type Pace, recordsOfProducer } from './pace.ts';
import { createPayloads, type Payloads } from './payload.ts';
import { ProducerMeter } from './producer-meter.ts';
import { progressWriter } from './progress.ts';
import { WaitAccount } from './waits.ts';

/** Opens the client under load. */
export type OpenProducer = (options: ProducerDriverOptions) => Promise<ProducerDriver>;

/** Longest stretch of sending without a turn of the event loop, so that sockets make progress and orders are heard. */
const longestStretchUs = 500;
/**
 * Records that share one reading of the clock when there is no schedule. A reading costs as much as a third of all else that
 * is done for a record; three appends take less than the microsecond that histograms resolve, and the time is that of the
 * first, so that no latency is understated.
 */
const recordsPerReading = 4;
/** Most records, and about most bytes, between two looks at the backlog. */
const mostRecordsPerLook = 32;
const bytesPerLook = 64 * 1024;
/**
 * The backlog that an unthrottled producer keeps, in batches a partition, so that half of it is more than the batches that are not
 * full yet and wait for more, and at least in bytes: enough to keep the sockets busy. At 64 KiB
 * batches a megabyte gave a tenth more records a second than a quarter of it, and more than a megabyte gave nothing.
 */
const backlogBatches = 4;
const leastBacklogBytes = 1024 * 1024;
/** A driver may count a batch out of its backlog only after it has settled it: then nothing wakes the sender in time. */
const longestBacklogWaitMs = 5;
const defaultBatchBytes = 16_384;
/** Bound of the flush after a stop. */
const flushAfterStopMs = 5000;
/** Node's timers are late by up to this much (measured, p99). */
const timerLatenessUs = 1100;
/** Below this rate each record is waited for in turns of the event loop after the timer: at most a third of a core. */
const preciseRecordsPerSecond = 300;

type SendState = {
  readonly driver: ProducerDriver;
  readonly control: JobControl;
  readonly payloads: Payloads;
  readonly nowUs: () => number;
  /** Wall clock minus run clock, microseconds. */
  readonly wallOffsetUs: number;
  /** Step from one of this producer's indexes to the next. */
  readonly step: number;
  /** Index after the last one of this producer. */
  readonly endIndex: number;
  readonly startUs: number;
  readonly warmupRecords: number;
  readonly backlogLimit: number;
  readonly recordsPerLook: number;
  readonly onSteady: () => void;
  nextIndex: number;
  firstSendUs: number | null;
  firstSteadySendUs: number | null;
  maxLatenessUs: number;
  /** Waits for `buffer.memory`. */
  readonly blocked: WaitAccount;
  /** Set while the sender waits for the backlog to shrink; called when a batch is settled. */
  wake: (() => void) | null;
};

/** Notes the sending time of the first record and of the first one after the warm-up. */
const noteFirsts = (state: SendState, sentAtUs: number): void => {
  state.firstSendUs ??= sentAtUs;
  if (state.firstSteadySendUs === null && state.nextIndex >= state.warmupRecords) {
    state.firstSteadySendUs = sentAtUs;
    state.onSteady();
  }
};

/** Sends the record at `nextIndex`, which found no room: waits for `buffer.memory`, then offers it again with its own times. */
const sendWhenReady = async (state: SendState, value: Uint8Array, sentAtUs: number, dueAtUs: number): Promise<void> => {
  const { driver, control, wallOffsetUs } = state;
  const timestampMs = Math.floor((sentAtUs + wallOffsetUs) * 1e-3);
  let isTaken = false;
  while (!isTaken) {
    await settlesBeforeOrder(control, driver.ready(), null);
    if (control.isStopped) break;
    isTaken = driver.send(-1, timestampMs, null, value, sentAtUs, dueAtUs, state.nextIndex);
  }
  state.blocked.add(state.nowUs() - sentAtUs);
  if (isTaken) state.nextIndex += state.step;
};

/**
 * Sends records up to an index, until the stretch is over, the backlog is at its limit, or there is no room.
 * @returns when the record at `nextIndex` was offered and found no room, microseconds; 0 when there was room
 */
const sendStretch = (state: SendState, untilIndex: number): number => {
  const { driver, payloads, nowUs, wallOffsetUs, step, backlogLimit, recordsPerLook } = state;
  let index = state.nextIndex;
  let sentAtUs = nowUs();
  const endUs = sentAtUs + longestStretchUs;
  while (index < untilIndex && sentAtUs < endUs && driver.backlogBytes < backlogLimit) {
    const lookIndex = Math.min(untilIndex, index + recordsPerLook * step);
    let timestampMs = 0;
    for (let count = 0; index < lookIndex; count++) {
      if (count % recordsPerReading === 0) {
        sentAtUs = nowUs();
        timestampMs = Math.floor((sentAtUs + wallOffsetUs) * 1e-3);
      }
      if (!driver.send(-1, timestampMs, null, payloads(index), sentAtUs, 0, index)) {
        state.nextIndex = index;
        return sentAtUs;
      }
      index += step;
    }
  }
  state.nextIndex = index;
  return 0;
};

/**
 * Waits until half of the backlog is gone, or for an order. Filling up in large steps costs less than topping up after every batch:
 * at 16 KiB batches a few hundredths of a microsecond a record.
 */
const waitForBacklog = async (state: SendState): Promise<void> => {
  const { driver, control, backlogLimit } = state;
  while (driver.backlogBytes > backlogLimit / 2 && !control.isStopped) {
    const { promise, resolve } = withResolvers<void>();
    state.wake = () => {
      if (driver.backlogBytes <= backlogLimit / 2) resolve();
    };
    await settlesBeforeOrder(control, promise, longestBacklogWaitMs);
    state.wake = null;
  }
};

/**
 * As fast as possible, but never further ahead of the sockets than the backlog limit: more would only wait in `buffer.memory`
 * and be counted as latency.
 */
const sendUnpaced = async (state: SendState): Promise<void> => {
  const { driver, control, endIndex, warmupRecords } = state;
  while (state.nextIndex < endIndex && !control.isStopped) {
    noteFirsts(state, state.nowUs());
    // A stretch ends with the warm-up, so that the first record after it begins one and its time is noted.
    const untilIndex = state.nextIndex < warmupRecords ? Math.min(endIndex, warmupRecords) : endIndex;
    const refusedAtUs = sendStretch(state, untilIndex);
    if (refusedAtUs > 0) await sendWhenReady(state, state.payloads(state.nextIndex), refusedAtUs, 0);
    else if (state.nextIndex < endIndex) await nextTurn();
    if (driver.backlogBytes >= state.backlogLimit && !control.isStopped) await waitForBacklog(state);
  }
};

/** Waits until a record is due or the job is stopped. */
const waitUntilDue = async (state: SendState, dueAtUs: number, isPrecise: boolean): Promise<void> => {
  for (;;) {
    const waitUs = dueAtUs - state.nowUs();
    if (waitUs <= 0 || state.control.isStopped) return;
    const sleepUs = isPrecise ? waitUs - timerLatenessUs : Math.max(waitUs, 1000);
    // Slept in pieces so that a stop is heard soon also at a record a minute.
    if (sleepUs >= 1000) await sleepMs(Math.min(100, Math.floor(sleepUs / 1e3)));
    else await nextTurn();
  }
};

/** On the schedule: record i is due at `start + pace(i)`, whoever sends it; a late sender sends at once. */
const sendPaced = async (state: SendState, pace: Pace, isPrecise: boolean): Promise<void> => {
  const { driver, control, payloads, nowUs, wallOffsetUs, startUs, step, endIndex } = state;
  let turnEndUs = nowUs() + longestStretchUs;
  while (state.nextIndex < endIndex && !control.isStopped) {
    const index = state.nextIndex;
    const dueAtUs = startUs + pace(index);
    const sentAtUs = nowUs();
    if (sentAtUs < dueAtUs || sentAtUs > turnEndUs) {
      if (sentAtUs < dueAtUs) await waitUntilDue(state, dueAtUs, isPrecise);
      else await nextTurn();
      turnEndUs = nowUs() + longestStretchUs;
      continue;
    }
    noteFirsts(state, sentAtUs);
    if (sentAtUs - dueAtUs > state.maxLatenessUs) state.maxLatenessUs = sentAtUs - dueAtUs;
    const value = payloads(index);
    const timestampMs = Math.floor((sentAtUs + wallOffsetUs) * 1e-3);
    if (driver.send(-1, timestampMs, null, value, sentAtUs, dueAtUs, index)) state.nextIndex = index + step;
    else await sendWhenReady(state, value, sentAtUs, dueAtUs);
  }
};

/** Waits until every record is settled; after a stop or a failure for a bounded time, after an abort not at all. */
const drain = async (state: SendState, hasFailed: boolean): Promise<void> => {
  const { driver, control } = state;
  const flushed = driver.flush();
  // The last wait below may be over before this settles.
  flushed.catch(() => {});
  if (!control.isStopped && !hasFailed && (await settlesBeforeOrder(control, flushed, null))) return;
  if (control.abortMessage === null) await settlesBeforeOrder(control, flushed, flushAfterStopMs);
};

const batchBytes = (properties: Readonly<Record<string, string>>): number => {
  const bytes = Number(properties['batch.size'] ?? defaultBatchBytes);
  return Number.isFinite(bytes) ? bytes : defaultBatchBytes;
};

/** Sends all of the job's records. @returns the message of a failure that ended the sending, or null */
const sendAll = async (state: SendState, job: ProducerJob): Promise<string | null> => {
  let failure: string | null = null;
  try {
    if (job.throughput === null) await sendUnpaced(state);
    else await sendPaced(state, constantRate(job.throughput), job.throughput / job.workers < preciseRecordsPerSecond);
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

/** A driver that is open, with who hears of settled batches from then on; nothing is sent, and so nothing settled, before that is set. */
type OpenedProducer = {
  readonly driver: ProducerDriver;
  readonly payloads: Payloads;
  onSettled: (batch: SettledBatch) => void;
};

const openProducer = async (
  job: ProducerJob,
  open: OpenProducer,
  nowUs: () => number,
  post: (message: FromProducer) => void,
): Promise<OpenedProducer> => {
  const payloads = createPayloads(job.payload);
  let opened: OpenedProducer | null = null;
  const driver = await open({
    topic: job.topic,
    properties: job.properties,
    nowUs,
    onSettled: (batch) => opened?.onSettled(batch),
    onRetry: ({ name, message }) => post({ kind: 'retry', name, message }),
  });
  opened = { driver, payloads, onSettled: () => {} };
  return opened;
};

/** Sends the job's records through an open driver and closes it. @returns the job's last message */
const produce = async (
  job: ProducerJob,
  opened: OpenedProducer,
  control: JobControl,
  nowUs: () => number,
): Promise<ProducerDone> => {
  const { driver, payloads } = opened;
  const post = (message: FromProducer): void => job.port.postMessage(message);
  const startUs = (await control.started) ?? nowUs();
  const meter = new ProducerMeter({
    startUs,
    reportingIntervalMs: job.reportingIntervalMs,
    warmupRecords: job.warmupRecords,
    ownWarmupRecords: recordsOfProducer(job.warmupRecords, job.worker, job.workers),
    hasSchedule: job.throughput !== null,
    progress: progressWriter(job.progress, job.worker),
    post,
  });
  const state: SendState = {
    driver,
    control,
    payloads,
    nowUs,
    wallOffsetUs: job.wallMsAtOrigin * 1e3,
    step: job.workers,
    endIndex: job.worker + recordsOfProducer(job.recordCount, job.worker, job.workers) * job.workers,
    startUs,
    warmupRecords: job.warmupRecords,
    backlogLimit: Math.max(leastBacklogBytes, backlogBatches * batchBytes(job.properties) * driver.partitionCount),
    recordsPerLook: Math.max(1, Math.min(mostRecordsPerLook, Math.floor(bytesPerLook / payloads(0).length))),
    onSteady: () => {
      if (job.warmupRecords > 0) post({ kind: 'steady' });
    },
    nextIndex: job.worker,
    firstSendUs: null,
    firstSteadySendUs: null,
    maxLatenessUs: 0,
    blocked: new WaitAccount(),
    wake: null,
  };
  opened.onSettled = (batch) => {
    meter.settle(batch);
    state.wake?.();
  };
  const stopClosing = closeWindowsInTime(meter, nowUs);
  const threadMeter = startThreadMeter();
  const failure = await sendAll(state, job);
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
    firstSendUs: state.firstSendUs,
    firstSteadySendUs: state.firstSteadySendUs,
    lastAckUs: meter.lastAckUs,
    lastSettledUs: meter.lastSettledUs,
    failures: meter.failures,
    negativeLatencies: meter.negativeLatencies,
    maxLatenessUs: state.maxLatenessUs,
    blocked: state.blocked.totals(),
    limits,
    spinUs: 0,
  };
};

/**
 * Runs one producer's job: opens the driver, waits for the start, sends, and posts windows and the end. Failures of the client are
 * posted, not thrown.
 */
export const runProducerJob = async (job: ProducerJob, open: OpenProducer): Promise<void> => {
  const nowUs = createClock(job.clockOriginNs);
  const post = (message: FromProducer): void => job.port.postMessage(message);
  const control = listenForOrders(job.port);
  let opened: OpenedProducer;
  const openingUs = nowUs();
  try {
    opened = await openProducer(job, open, nowUs, post);
  } catch (error) {
    post({ kind: 'refused', message: messageOf(error) });
    return;
  }
  const { partitionCount, notes } = opened.driver;
  post({ kind: 'ready', partitionCount, driverNotes: notes, openingUs, openedUs: nowUs() });
  post(await produce(job, opened, control, nowUs));
};
