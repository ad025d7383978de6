/** Counts and times the records of one producer as they are settled, and sends one message for each reporting interval. */
import type { SettledBatch } from '../drivers/driver.ts';
import { LatencyCounts } from '../measure/latency-counts.ts';
import type { FailureCounts, FromProducer, ProducerCounts, WindowLatencies } from './messages.ts';
import type { ProgressWriter } from './progress.ts';

/** What a meter needs to know about the job. */
export type ProducerMeterOptions = {
  /** Start of the first window, microseconds on the run's clock. */
  readonly startUs: number;
  readonly reportingIntervalMs: number;
  /** Records with a lower index (their tag) are warm-up; Infinity when only endWarmUp() will tell. */
  readonly warmupRecords: number;
  /** How many of the warm-up records this producer sends; Infinity when only endWarmUp() will tell. */
  readonly ownWarmupRecords: number;
  readonly hasSchedule: boolean;
  readonly progress: ProgressWriter;
  readonly post: (message: FromProducer) => void;
};

type Counters = { recordsSent: number; recordsFailed: number; valueBytes: number };
type CountsPair = { readonly warmUp: LatencyCounts; readonly steady: LatencyCounts };

const noCounters = (): Counters => ({ recordsSent: 0, recordsFailed: 0, valueBytes: 0 });
const createPair = (): CountsPair => ({ warmUp: new LatencyCounts(), steady: new LatencyCounts() });

const take = ({ warmUp, steady }: CountsPair): WindowLatencies => ({ warmUp: warmUp.take(), steady: steady.take() });

/** What is known only of records with a due time. */
type ScheduleCounts = { readonly response: CountsPair; readonly lateness: CountsPair };

/** The meter of one producer. */
export class ProducerMeter {
  lastAckUs: number | null = null;
  lastSettledUs: number | null = null;
  negativeLatencies = 0;
  readonly #options: ProducerMeterOptions;
  readonly #failures = new Map<string, { count: number; message: string }>();
  readonly #service = createPair();
  readonly #batchWait = createPair();
  readonly #requestTime = createPair();
  readonly #schedule: ScheduleCounts | null;
  #all = noCounters();
  #steady = noCounters();
  #windowIndex = 0;
  #windowEndUs: number;
  #warmupEndIndex: number;
  #warmupUnsettled: number;
  #warmupSettled = 0;
  #settledRecords = 0;

  constructor(options: ProducerMeterOptions) {
    this.#options = options;
    this.#schedule = options.hasSchedule ? { response: createPair(), lateness: createPair() } : null;
    this.#windowEndUs = options.startUs + options.reportingIntervalMs * 1e3;
    this.#warmupEndIndex = options.warmupRecords;
    this.#warmupUnsettled = options.ownWarmupRecords;
  }

  /** The warm-up was of so much time and is over: records from this index on are none of it, and `ownRecords` of this producer were. */
  endWarmUp(firstSteadyIndex: number, ownRecords: number): void {
    this.#warmupEndIndex = firstSteadyIndex;
    this.#warmupUnsettled = ownRecords - this.#warmupSettled;
  }

  /** Failed records so far, by the error's name. */
  get failures(): FailureCounts {
    return Object.fromEntries(this.#failures);
  }

  /** Records so far whose fate is known. */
  get settledRecords(): number {
    return this.#settledRecords;
  }

  /** Records so far that were acknowledged. */
  get acknowledgedRecords(): number {
    let failed = 0;
    for (const { count } of this.#failures.values()) failed += count;
    return this.#settledRecords - failed;
  }

  /** Takes in a batch; all of it counts in the interval in which its acknowledgement was read. */
  settle(batch: SettledBatch): void {
    const { recordCount, settledAtUs } = batch;
    this.closeWindows(settledAtUs);
    const warmUp = this.#warmupUnsettled > 0 ? this.#countWarmUp(batch) : 0;
    this.lastSettledUs = settledAtUs;
    if (batch.error === null) {
      this.lastAckUs = settledAtUs;
      this.#all.recordsSent += recordCount;
      this.#all.valueBytes += batch.valueBytes;
      this.#steady.recordsSent += recordCount - warmUp;
      // A batch on the border of the warm-up is shared out by records; batches are small beside a warm-up.
      this.#steady.valueBytes +=
        warmUp === 0 ? batch.valueBytes : (batch.valueBytes * (recordCount - warmUp)) / recordCount;
      if (warmUp > 0) this.#recordTimes('warmUp', batch, 0, warmUp);
      if (warmUp < recordCount) this.#recordTimes('steady', batch, warmUp, recordCount);
      this.#recordBatch(batch, warmUp);
    } else {
      this.#all.recordsFailed += recordCount;
      this.#steady.recordsFailed += recordCount - warmUp;
      this.#countFailure(batch.error.name, batch.error.message, recordCount);
      if (this.#schedule !== null) this.#recordLateness(this.#schedule.lateness, batch, warmUp);
    }
    this.#settledRecords += recordCount;
    this.#options.progress.report(this.#settledRecords, settledAtUs);
  }

  /** Sends a message for every interval that is over at this time, also for those without records. */
  closeWindows(nowUs: number): void {
    while (nowUs >= this.#windowEndUs) {
      this.#postWindow(false);
      this.#windowIndex++;
      this.#windowEndUs += this.#options.reportingIntervalMs * 1e3;
    }
  }

  /** Counts as failed what the driver took and never settled; a driver that keeps its promises leaves none. */
  countUnsettled(recordsTaken: number): void {
    const missing = recordsTaken - this.#settledRecords;
    if (missing <= 0) return;
    this.#all.recordsFailed += missing;
    this.#steady.recordsFailed += Math.max(0, missing - this.#warmupUnsettled);
    this.#settledRecords += missing;
    this.#countFailure('UNSETTLED', 'the client was closed and said nothing about these records', missing);
  }

  /** When the current interval ends, microseconds on the run's clock. */
  get windowEndUs(): number {
    return this.#windowEndUs;
  }

  /** Sends the unfinished interval; nothing may be settled afterwards. */
  close(): void {
    this.#postWindow(true);
  }

  /** Warm-up records of a batch: a producer's indexes grow, so they stand at the batch's start. */
  #countWarmUp(batch: SettledBatch): number {
    let count = 0;
    while (count < batch.recordCount && (batch.tags[count] ?? 0) < this.#warmupEndIndex) count++;
    this.#warmupUnsettled -= count;
    this.#warmupSettled += count;
    return count;
  }

  /** Times the records `start` to `end - 1` of a batch that was acknowledged. */
  #recordTimes(part: keyof CountsPair, batch: SettledBatch, start: number, end: number): void {
    const { sentAtUs, dueAtUs, settledAtUs } = batch;
    const service = this.#service[part];
    if (this.#schedule === null) {
      this.negativeLatencies += service.recordSince(sentAtUs, start, end, settledAtUs);
      return;
    }
    const { response, lateness } = this.#schedule;
    this.negativeLatencies += service.recordScheduled(
      response[part],
      lateness[part],
      sentAtUs,
      dueAtUs,
      start,
      end,
      settledAtUs,
    );
  }

  /** A send was late whatever became of its record. */
  #recordLateness(pair: CountsPair, { dueAtUs, sentAtUs, recordCount }: SettledBatch, warmUp: number): void {
    if (warmUp > 0) pair.warmUp.recordBetween(dueAtUs, sentAtUs, 0, warmUp);
    if (warmUp < recordCount) pair.steady.recordBetween(dueAtUs, sentAtUs, warmUp, recordCount);
  }

  /** A batch on the border of the warm-up belongs to it. */
  #recordBatch({ openedAtUs, requestSentAtUs, settledAtUs }: SettledBatch, warmUp: number): void {
    if (Number.isNaN(requestSentAtUs)) return;
    const part = warmUp > 0 ? 'warmUp' : 'steady';
    this.#batchWait[part].record(requestSentAtUs - openedAtUs);
    this.#requestTime[part].record(settledAtUs - requestSentAtUs);
  }

  #countFailure(name: string, message: string, recordCount: number): void {
    const known = this.#failures.get(name);
    if (known === undefined) this.#failures.set(name, { count: recordCount, message });
    else known.count += recordCount;
  }

  #postWindow(isFinal: boolean): void {
    const all: ProducerCounts = this.#all;
    const steady: ProducerCounts = this.#steady;
    this.#all = noCounters();
    this.#steady = noCounters();
    this.#options.post({
      kind: 'window',
      index: this.#windowIndex,
      isFinal,
      all,
      steady,
      serviceTime: take(this.#service),
      responseTime: this.#schedule === null ? null : take(this.#schedule.response),
      sendLateness: this.#schedule === null ? null : take(this.#schedule.lateness),
      batchWait: take(this.#batchWait),
      requestTime: take(this.#requestTime),
    });
  }
}
