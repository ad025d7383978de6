/** Counts and times the records of an end-to-end test, and sends one message for each reporting interval. */
import type { SettledBatch } from '../drivers/driver.ts';
import { LatencyCounts } from '../measure/latency-counts.ts';
import type { E2eCounts, E2eWindowMessage, FromE2e } from './e2e-messages.ts';
import type { FailureCounts } from './messages.ts';
import type { ProgressWriter } from './progress.ts';

/** What a meter needs to know about the job. */
export type E2eMeterOptions = {
  /** Start of the first window, microseconds on the run's clock. */
  readonly startUs: number;
  readonly reportingIntervalMs: number;
  /** Records with a lower index are counted and not timed. */
  readonly warmupRecords: number;
  /** So are those that were due before this time, or sent before it without a schedule; microseconds on the run's clock. */
  readonly warmupEndUs: number;
  readonly hasSchedule: boolean;
  /** Told of settled records; null when nobody asks. */
  readonly settled: ProgressWriter | null;
  /** Told of received records; null when nobody asks. */
  readonly received: ProgressWriter | null;
  readonly post: (message: FromE2e) => void;
};

/**
 * When the warm-up of a job ends. One microsecond early, since times in records are whole: the record that is due just then counts for
 * its producer and for its consumer.
 */
export const warmupEndUs = (startUs: number, warmupMs: number): number => startUs + warmupMs * 1e3 - 1;

/** Kafka's tool prints every thousandth latency. */
const recordsPerSample = 1000;

type Counters = { -readonly [Name in keyof E2eCounts]: E2eCounts[Name] };

const noCounters = (): Counters => ({ recordsSent: 0, recordsFailed: 0, recordsReceived: 0, bytesReceived: 0 });

/** The meter of a worker of an end-to-end test. */
export class E2eMeter {
  negativeLatencies = 0;
  lastReceiptUs: number | null = null;
  /** Records so far that were acknowledged or failed. */
  settledRecords = 0;
  /** When the current interval ends, microseconds on the run's clock. */
  windowEndUs: number;
  readonly #options: E2eMeterOptions;
  readonly #failures = new Map<string, { count: number; message: string }>();
  readonly #ack = new LatencyCounts();
  readonly #ackResponse = new LatencyCounts();
  readonly #endToEndService = new LatencyCounts();
  readonly #endToEndResponse = new LatencyCounts();
  readonly #sendLateness = new LatencyCounts();
  #counts = noCounters();
  #windowIndex = 0;
  #receivedRecords = 0;

  constructor(options: E2eMeterOptions) {
    this.#options = options;
    this.windowEndUs = options.startUs + options.reportingIntervalMs * 1e3;
  }

  /** Failed records so far, by the error's name. */
  get failures(): FailureCounts {
    return Object.fromEntries(this.#failures);
  }

  /** Takes in a batch whose fate is known. */
  settle(batch: SettledBatch): void {
    const { recordCount, settledAtUs, tags, error } = batch;
    this.closeWindows(settledAtUs);
    this.settledRecords += recordCount;
    this.#options.settled?.report(this.settledRecords, settledAtUs);
    // A batch's indexes and times grow, so warm-up records stand at its start.
    const times = this.#options.hasSchedule ? batch.dueAtUs : batch.sentAtUs;
    let first = 0;
    while (first < recordCount && this.#isWarmUp(tags[first] ?? 0, times[first] ?? 0)) first++;
    if (this.#options.hasSchedule) this.#sendLateness.recordBetween(batch.dueAtUs, batch.sentAtUs, first, recordCount);
    if (error !== null) {
      this.#countFailed(recordCount, error.name, error.message);
      return;
    }
    this.#counts.recordsSent += recordCount;
    this.negativeLatencies += this.#ack.recordSince(batch.sentAtUs, first, recordCount, settledAtUs);
    if (this.#options.hasSchedule)
      this.negativeLatencies += this.#ackResponse.recordSince(batch.dueAtUs, first, recordCount, settledAtUs);
  }

  /** Counts as failed what a driver took and never settled; one that keeps its promises leaves none. */
  countUnsettled(takenRecords: number): void {
    const missing = takenRecords - this.settledRecords;
    if (missing <= 0) return;
    this.settledRecords += missing;
    this.#countFailed(missing, 'UNSETTLED', 'the client was closed and said nothing about these records');
  }

  /** Takes in a record that came back. `dueAtUs` is used with a schedule only; `sizeBytes` is its key and value. */
  receive(index: number, sentAtUs: number, dueAtUs: number, receivedAtUs: number, sizeBytes: number): void {
    this.closeWindows(receivedAtUs);
    this.lastReceiptUs = receivedAtUs;
    this.#counts.recordsReceived++;
    this.#counts.bytesReceived += sizeBytes;
    this.#options.received?.report(++this.#receivedRecords, receivedAtUs);
    const { hasSchedule } = this.#options;
    const fromUs = hasSchedule ? dueAtUs : sentAtUs;
    if (this.#isWarmUp(index, fromUs)) return;
    this.negativeLatencies += this.#endToEndService.record(receivedAtUs - sentAtUs);
    if (hasSchedule) this.negativeLatencies += this.#endToEndResponse.record(receivedAtUs - dueAtUs);
    if (index % recordsPerSample === 0)
      this.#options.post({ kind: 'sample', index, latencyUs: Math.max(0, receivedAtUs - fromUs) });
  }

  /** A record of the backlog came: nothing is counted, and reading goes on. */
  hear(receivedAtUs: number): void {
    this.#options.received?.report(this.#receivedRecords, receivedAtUs);
  }

  /** Counts a record that came and is not timed. */
  count(receivedAtUs: number): void {
    this.lastReceiptUs = receivedAtUs;
    this.#counts.recordsReceived++;
    this.#options.received?.report(++this.#receivedRecords, receivedAtUs);
  }

  /** Sends a message for every interval that is over at this time, also for those without records. */
  closeWindows(nowUs: number): void {
    while (nowUs >= this.windowEndUs) {
      this.#postWindow(false);
      this.#windowIndex++;
      this.windowEndUs += this.#options.reportingIntervalMs * 1e3;
    }
  }

  /** Sends the unfinished interval; nothing may come afterwards. */
  close(): void {
    this.#postWindow(true);
  }

  #countFailed(recordCount: number, name: string, message: string): void {
    this.#counts.recordsFailed += recordCount;
    const known = this.#failures.get(name);
    if (known === undefined) this.#failures.set(name, { count: recordCount, message });
    else known.count += recordCount;
  }

  #isWarmUp(index: number, fromUs: number): boolean {
    return index < this.#options.warmupRecords || fromUs < this.#options.warmupEndUs;
  }

  #postWindow(isFinal: boolean): void {
    const counts: E2eCounts = this.#counts;
    this.#counts = noCounters();
    const message: E2eWindowMessage = {
      kind: 'window',
      index: this.#windowIndex,
      isFinal,
      ...counts,
      ackTime: this.#ack.take(),
      ackResponseTime: this.#ackResponse.take(),
      endToEndServiceTime: this.#endToEndService.take(),
      endToEndResponseTime: this.#endToEndResponse.take(),
      sendLateness: this.#sendLateness.take(),
    };
    this.#options.post(message);
  }
}
