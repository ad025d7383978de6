/** Counts and times the records of an end-to-end test, and sends one message for each reporting interval. */
import type { SettledBatch } from '../drivers/driver.ts';
import { createHistogram, encodeHistogram, type LatencyHistogram, recordLatencies } from '../measure/histogram.ts';
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
  readonly hasSchedule: boolean;
  readonly progress: ProgressWriter;
  readonly post: (message: FromE2e) => void;
};

/** Kafka's tool prints every thousandth latency. */
const recordsPerSample = 1000;

type Counters = { -readonly [Name in keyof E2eCounts]: E2eCounts[Name] };

const noCounters = (): Counters => ({ recordsSent: 0, recordsFailed: 0, recordsReceived: 0, bytesReceived: 0 });

const take = (histogram: LatencyHistogram): string | null => {
  const encoded = encodeHistogram(histogram);
  if (encoded !== null) histogram.reset();
  return encoded;
};

/** The meter of an end-to-end test; `close()` gives its histograms' memory back. */
export class E2eMeter {
  negativeLatencies = 0;
  lastReceiptUs: number | null = null;
  /** Records so far that were acknowledged or failed. */
  settledRecords = 0;
  /** When the current interval ends, microseconds on the run's clock. */
  windowEndUs: number;
  readonly #options: E2eMeterOptions;
  readonly #failures = new Map<string, { count: number; message: string }>();
  readonly #service = createHistogram();
  readonly #response = createHistogram();
  readonly #endToEnd = createHistogram();
  readonly #endToEndResponse = createHistogram();
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
    if (error !== null) {
      this.#counts.recordsFailed += recordCount;
      const known = this.#failures.get(error.name);
      if (known === undefined) this.#failures.set(error.name, { count: recordCount, message: error.message });
      else known.count += recordCount;
      return;
    }
    this.#counts.recordsSent += recordCount;
    // A batch's indexes grow, so warm-up records stand at its start.
    let first = 0;
    while (first < recordCount && (tags[first] ?? 0) < this.#options.warmupRecords) first++;
    this.negativeLatencies += recordLatencies(this.#service, batch.sentAtUs, first, recordCount, settledAtUs);
    if (this.#options.hasSchedule)
      this.negativeLatencies += recordLatencies(this.#response, batch.dueAtUs, first, recordCount, settledAtUs);
  }

  /** Takes in a record that came back. `dueAtUs` is used with a schedule only; `sizeBytes` is its key and value. */
  receive(index: number, sentAtUs: number, dueAtUs: number, receivedAtUs: number, sizeBytes: number): void {
    this.closeWindows(receivedAtUs);
    this.lastReceiptUs = receivedAtUs;
    this.#counts.recordsReceived++;
    this.#counts.bytesReceived += sizeBytes;
    this.#options.progress.report(++this.#receivedRecords, receivedAtUs);
    if (index < this.#options.warmupRecords) return;
    this.#record(this.#endToEnd, receivedAtUs - sentAtUs);
    if (this.#options.hasSchedule) this.#record(this.#endToEndResponse, receivedAtUs - dueAtUs);
    if (index % recordsPerSample !== 0) return;
    const latencyUs = Math.max(0, receivedAtUs - (this.#options.hasSchedule ? dueAtUs : sentAtUs));
    this.#options.post({ kind: 'sample', index, latencyUs });
  }

  /** Sends a message for every interval that is over at this time, also for those without records. */
  closeWindows(nowUs: number): void {
    while (nowUs >= this.windowEndUs) {
      this.#postWindow(false);
      this.#windowIndex++;
      this.windowEndUs += this.#options.reportingIntervalMs * 1e3;
    }
  }

  /** Sends the unfinished interval and frees the histograms; nothing may come afterwards. */
  close(): void {
    this.#postWindow(true);
    for (const histogram of [this.#service, this.#response, this.#endToEnd, this.#endToEndResponse])
      histogram.destroy();
  }

  #record(histogram: LatencyHistogram, latencyUs: number): void {
    const value = Math.round(latencyUs);
    if (value < 0) this.negativeLatencies++;
    histogram.recordValue(Math.max(0, value));
  }

  #postWindow(isFinal: boolean): void {
    const counts: E2eCounts = this.#counts;
    this.#counts = noCounters();
    const message: E2eWindowMessage = {
      kind: 'window',
      index: this.#windowIndex,
      isFinal,
      ...counts,
      serviceTime: take(this.#service),
      responseTime: take(this.#response),
      endToEndTime: take(this.#endToEnd),
      endToEndResponseTime: take(this.#endToEndResponse),
    };
    this.#options.post(message);
  }
}
