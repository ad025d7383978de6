/** Cuts a producer's sending into stretches: at the end of the warm-up, of a transaction, of the time, of the records. */
import type { ProducerDriver } from '../drivers/driver.ts';
import type { JobControl } from './control.ts';
import type { Keys } from './keys.ts';
import type { ProducerJob } from './messages.ts';
import { createPace, recordsOfProducer, slowestRate } from './pace.ts';
import type { Payloads } from './payload.ts';
import type { ProducerMeter } from './producer-meter.ts';
import { type Pacing, preciseRecordsPerSecond, sendPaced } from './send-paced.ts';
import { beginSending, type SendState, type Stretch } from './send-state.ts';
import { type Lookahead, lookaheadOf, sendUnpaced } from './send-unpaced.ts';
import { TransactionRunner } from './transactions.ts';

/** Records that were due before the end of the time and are late are still sent for so long: leaving them out would flatter the target. */
const longestOverrunUs = 5e6;
/** Values that are looked at for their size. */
const sizedValues = 64;

/** What the sending of a job is made of. */
export type SendingParts = {
  readonly driver: ProducerDriver;
  readonly payloads: Payloads;
  readonly keyOf: Keys;
  readonly control: JobControl;
  readonly nowUs: () => number;
  readonly meter: ProducerMeter;
  readonly startUs: number;
};

/** A job's sending: where it ends, and how far it is. Times are microseconds on the run's clock. */
export type Sending = {
  readonly state: SendState;
  /** Null sends as fast as possible. */
  readonly pacing: Pacing | null;
  readonly lookahead: Lookahead;
  /** Null without transactions. */
  readonly transactions: TransactionRunner | null;
  /** Index after the last one of this producer. */
  readonly endIndex: number;
  /** No record is due, or without a schedule sent, at this time or later. */
  readonly endUs: number;
  /** Records with a lower index are warm-up. */
  readonly warmupRecords: number;
  /** What is due, or without a schedule sent, before this is warm-up; null when the number of records tells. */
  readonly warmupEndUs: number | null;
  /** Told when a warm-up of so much time is over. */
  readonly onWarmedUp: (firstSteadyIndex: number) => void;
  isWarm: boolean;
  firstSendUs: number | null;
  firstSteadySendUs: number | null;
  /** Null without a schedule. */
  firstSteadyDueUs: number | null;
  recordsUnsent: number;
};

const pacingOf = ({ shape, worker, workers }: ProducerJob): Pacing | null => {
  if (shape.pace === null) return null;
  const isSlow = slowestRate(shape.pace) / workers < preciseRecordsPerSecond;
  return { pace: createPace(shape.pace, worker, workers), isPrecise: shape.isSpinning || isSlow };
};

const transactionsOf = (job: ProducerJob, parts: SendingParts): TransactionRunner | null => {
  const { transactions: spec } = job.shape;
  const { driver, control, nowUs, meter } = parts;
  if (spec === null || driver.transactions === null) return null;
  return new TransactionRunner(driver.transactions, spec, job.worker, {
    control,
    nowUs,
    flush: () => driver.flush(),
    acknowledged: () => meter.acknowledgedRecords,
  });
};

const largestOf = (payloads: Payloads, { worker, workers }: ProducerJob): number => {
  let largest = 0;
  for (let turn = 0; turn < sizedValues; turn++) largest = Math.max(largest, payloads(worker + turn * workers).length);
  return largest;
};

/** Prepares the sending of a job. */
export const createSending = (job: ProducerJob, parts: SendingParts): Sending => {
  const { worker, workers, shape } = job;
  const { driver, control, nowUs, payloads, meter, startUs } = parts;
  const state = beginSending({ job, driver, control, payloads, keyOf: parts.keyOf, nowUs, startUs });
  const hasWarmUp = job.warmupRecords > 0 || shape.warmupDurationMs !== null;
  const sending: Sending = {
    state,
    pacing: pacingOf(job),
    lookahead: lookaheadOf(job.properties, driver.partitionCount, largestOf(payloads, job)),
    transactions: transactionsOf(job, parts),
    endIndex: worker + recordsOfProducer(job.recordCount, worker, workers) * workers,
    endUs: shape.durationMs === null ? Number.POSITIVE_INFINITY : startUs + shape.durationMs * 1e3,
    warmupRecords: job.warmupRecords,
    warmupEndUs: shape.warmupDurationMs === null ? null : startUs + shape.warmupDurationMs * 1e3,
    onWarmedUp: (firstSteadyIndex) => meter.endWarmUp(firstSteadyIndex, (firstSteadyIndex - worker) / workers),
    isWarm: false,
    firstSendUs: null,
    firstSteadySendUs: null,
    firstSteadyDueUs: null,
    recordsUnsent: 0,
  };
  state.onSend = (sentAtUs) => {
    state.onSend = null;
    sending.firstSendUs ??= sentAtUs;
    if (!sending.isWarm) return;
    sending.firstSteadySendUs = sentAtUs;
    if (hasWarmUp) job.port.postMessage({ kind: 'steady' });
  };
  return sending;
};

/** Whether the next record is none of the warm-up. */
const isPastWarmUp = ({ state, pacing, warmupEndUs, warmupRecords }: Sending): boolean => {
  if (warmupEndUs === null) return state.nextIndex >= warmupRecords;
  const atUs = pacing === null ? state.nowUs() : state.startUs + pacing.pace(state.nextIndex);
  return atUs >= warmupEndUs;
};

/** Whether there is no record left to be sent. */
const isOver = ({ state, pacing, endIndex, endUs }: Sending): boolean => {
  if (state.control.isStopped || state.nextIndex >= endIndex) return true;
  if (endUs === Number.POSITIVE_INFINITY) return false;
  if (pacing === null) return state.nowUs() >= endUs;
  return state.startUs + pacing.pace(state.nextIndex) >= endUs || state.nowUs() >= endUs + longestOverrunUs;
};

const nextStretch = (sending: Sending): Stretch => {
  const { state, pacing, transactions, endIndex, endUs, isWarm, warmupEndUs, warmupRecords } = sending;
  const warmupIndex = isWarm || warmupEndUs !== null ? Number.POSITIVE_INFINITY : warmupRecords;
  const borderUs = isWarm || warmupEndUs === null ? endUs : Math.min(endUs, warmupEndUs);
  return {
    untilIndex: Math.min(endIndex, warmupIndex, transactions?.untilIndex(state.step) ?? Number.POSITIVE_INFINITY),
    untilDueUs: borderUs,
    untilUs: Math.min(
      pacing === null ? borderUs : endUs + longestOverrunUs,
      transactions?.untilUs ?? Number.POSITIVE_INFINITY,
    ),
  };
};

/** Records that were due before the end and are not sent. */
const countUnsent = ({ state, pacing, endIndex, endUs }: Sending): number => {
  if (pacing === null || endUs === Number.POSITIVE_INFINITY || state.control.isStopped) return 0;
  let count = 0;
  for (let index = state.nextIndex; index < endIndex; index += state.step) {
    if (state.startUs + pacing.pace(index) >= endUs) break;
    count++;
  }
  return count;
};

/** Sends all of a job's records, but does not end the last transaction. Rejects with what the driver throws. */
export const sendStretches = async (sending: Sending): Promise<void> => {
  const { state, pacing, lookahead, transactions } = sending;
  const note = state.onSend;
  while (!isOver(sending)) {
    if (!sending.isWarm && isPastWarmUp(sending)) {
      sending.isWarm = true;
      if (pacing !== null) sending.firstSteadyDueUs = state.startUs + pacing.pace(state.nextIndex);
      if (sending.warmupEndUs !== null) sending.onWarmedUp(state.nextIndex);
      state.onSend = note;
    }
    transactions?.begin(state.nextIndex);
    const stretch = nextStretch(sending);
    if (pacing === null) await sendUnpaced(state, lookahead, stretch);
    else await sendPaced(state, pacing, stretch);
    await transactions?.endWhenOver(state.nextIndex, state.step);
  }
  sending.recordsUnsent = countUnsent(sending);
};
