/** Adds up what the worker of an end-to-end test reports. */
import type { E2eDone, E2eLatencies, E2eWindowMessage } from '../load/e2e-messages.ts';
import {
  addEncoded,
  createTotal,
  type LatencyHistogram,
  percentileDistribution,
  summarise,
} from '../measure/histogram.ts';
import type { E2eTimes, E2eWindow } from '../results/e2e-result.ts';
import type { Distributions } from '../results/run-record.ts';

type Histograms = { readonly [Name in keyof E2eLatencies]: LatencyHistogram };

const bytesPerMebibyte = 1024 * 1024;

const createHistograms = (): Histograms => ({
  serviceTime: createTotal(),
  responseTime: createTotal(),
  endToEndTime: createTotal(),
  endToEndResponseTime: createTotal(),
});

const addAll = (to: Histograms, from: E2eLatencies): void => {
  addEncoded(to.serviceTime, from.serviceTime);
  addEncoded(to.responseTime, from.responseTime);
  addEncoded(to.endToEndTime, from.endToEndTime);
  addEncoded(to.endToEndResponseTime, from.endToEndResponseTime);
};

const timesOf = (histograms: Histograms): E2eTimes => ({
  serviceTimeMs: summarise(histograms.serviceTime),
  responseTimeMs: summarise(histograms.responseTime),
  endToEndTimeMs: summarise(histograms.endToEndTime),
  endToEndResponseTimeMs: summarise(histograms.endToEndResponseTime),
});

/** Counters, latencies and rates of a whole test. */
export type E2eSummary = E2eTimes & {
  readonly recordsSent: number;
  readonly recordsFailed: number;
  readonly recordsReceived: number;
  readonly elapsedSeconds: number;
  readonly recordsPerSecond: number;
  readonly mebibytesPerSecond: number;
};

/** Collects the windows and the end of an end-to-end test. */
export class E2eCollector {
  done: E2eDone | null = null;
  readonly #intervalSeconds: number;
  readonly #windows: E2eWindow[] = [];
  readonly #total = createHistograms();
  #recordsSent = 0;
  #recordsFailed = 0;
  #recordsReceived = 0;
  #bytesReceived = 0;
  /** The interval in which the test ended; its length is known with the end. */
  #unfinished: E2eWindowMessage | null = null;

  constructor(reportingIntervalMs: number) {
    this.#intervalSeconds = reportingIntervalMs / 1e3;
  }

  /** Takes in the next interval. */
  addWindow(message: E2eWindowMessage): void {
    this.#recordsSent += message.recordsSent;
    this.#recordsFailed += message.recordsFailed;
    this.#recordsReceived += message.recordsReceived;
    this.#bytesReceived += message.bytesReceived;
    addAll(this.#total, message);
    if (message.isFinal) this.#unfinished = message;
    else this.#windows.push(this.#windowOf(message, (message.index + 1) * this.#intervalSeconds));
  }

  /** Records that were acknowledged or failed. */
  get recordsSettled(): number {
    return this.#recordsSent + this.#recordsFailed;
  }

  /** All intervals; the unfinished one is there when it holds records. */
  windows(startUs: number): readonly E2eWindow[] {
    const last = this.#unfinished;
    if (last === null || last.recordsSent + last.recordsFailed + last.recordsReceived === 0) return this.#windows;
    const startSeconds = last.index * this.#intervalSeconds;
    const receiptSeconds = ((this.done?.lastReceiptUs ?? startUs) - startUs) / 1e6;
    return [...this.#windows, this.#windowOf(last, Math.max(startSeconds, receiptSeconds))];
  }

  /** The whole test: first send to last receipt. */
  summary(): E2eSummary {
    const { firstSendUs = null, lastReceiptUs = null } = this.done ?? {};
    const elapsedSeconds =
      firstSendUs === null || lastReceiptUs === null ? 0 : Math.max(0, lastReceiptUs - firstSendUs) / 1e6;
    return {
      recordsSent: this.#recordsSent,
      recordsFailed: this.#recordsFailed,
      recordsReceived: this.#recordsReceived,
      elapsedSeconds,
      ...rates(this.#recordsReceived, this.#bytesReceived, elapsedSeconds),
      ...timesOf(this.#total),
    };
  }

  /** Percentile distributions of the whole test, milliseconds; null without samples. */
  distributions(): Required<Distributions> {
    const of = (histogram: LatencyHistogram): string | null =>
      histogram.totalCount === 0 ? null : percentileDistribution(histogram);
    return {
      serviceTime: of(this.#total.serviceTime),
      responseTime: of(this.#total.responseTime),
      endToEndTime: of(this.#total.endToEndTime),
      endToEndResponseTime: of(this.#total.endToEndResponseTime),
    };
  }

  #windowOf(message: E2eWindowMessage, endSeconds: number): E2eWindow {
    const histograms = createHistograms();
    addAll(histograms, message);
    const startSeconds = message.index * this.#intervalSeconds;
    return {
      startSeconds,
      endSeconds,
      recordsSent: message.recordsSent,
      recordsFailed: message.recordsFailed,
      recordsReceived: message.recordsReceived,
      ...rates(message.recordsReceived, message.bytesReceived, endSeconds - startSeconds),
      ...timesOf(histograms),
    };
  }
}

const rates = (records: number, bytes: number, seconds: number) => ({
  recordsPerSecond: seconds > 0 ? records / seconds : 0,
  mebibytesPerSecond: seconds > 0 ? bytes / bytesPerMebibyte / seconds : 0,
});
