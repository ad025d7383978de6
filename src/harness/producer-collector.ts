/** Adds up what the producers report. */

import type {
  FailureCounts,
  ProducerCounts,
  ProducerDone,
  ProducerWindowMessage,
  WindowLatencies,
} from '../load/messages.ts';
import {
  createTotal,
  decodeHistogram,
  type LatencyHistogram,
  percentileDistribution,
  summarise,
} from '../measure/histogram.ts';
import type { ErrorCounts, ProducerSummary, ProducerWindow } from '../results/result.ts';
import { WindowGate } from './window-gate.ts';

/** What a collector needs to know of the test. */
export type ProducerCollectorOptions = {
  readonly workers: number;
  readonly reportingIntervalMs: number;
  readonly hasSchedule: boolean;
  /** Called for each interval that is over. */
  readonly onWindow: (window: ProducerWindow) => void;
};

type Counters = { recordsSent: number; recordsFailed: number; valueBytes: number };
type Totals = { readonly all: LatencyHistogram; readonly steady: LatencyHistogram };

const bytesPerMebibyte = 1024 * 1024;
const noCounters = (): Counters => ({ recordsSent: 0, recordsFailed: 0, valueBytes: 0 });
const createTotals = (): Totals => ({ all: createTotal(), steady: createTotal() });

const addCounts = (to: Counters, from: ProducerCounts): void => {
  to.recordsSent += from.recordsSent;
  to.recordsFailed += from.recordsFailed;
  to.valueBytes += from.valueBytes;
};

const addLatencies = (totals: Totals, window: LatencyHistogram, latencies: WindowLatencies): void => {
  if (latencies.warmUp !== null) {
    const warmUp = decodeHistogram(latencies.warmUp);
    window.add(warmUp);
    totals.all.add(warmUp);
  }
  if (latencies.steady !== null) {
    const steady = decodeHistogram(latencies.steady);
    window.add(steady);
    totals.all.add(steady);
    totals.steady.add(steady);
  }
};

const perSecond = (amount: number, seconds: number): number => (seconds > 0 ? amount / seconds : 0);

const earliest = (times: readonly (number | null)[]): number | null => {
  const known = times.filter((time) => time !== null);
  return known.length === 0 ? null : Math.min(...known);
};

const latest = (times: readonly (number | null)[]): number | null => {
  const known = times.filter((time) => time !== null);
  return known.length === 0 ? null : Math.max(...known);
};

const addFailures = (parts: readonly FailureCounts[]): ErrorCounts => {
  const errors = new Map<string, { count: number; message: string }>();
  for (const [name, { count, message }] of parts.flatMap((part) => Object.entries(part))) {
    const known = errors.get(name);
    if (known === undefined) errors.set(name, { count, message });
    else known.count += count;
  }
  return Object.fromEntries(errors);
};

/** Collects windows and ends of all producers of a test. */
export class ProducerCollector {
  readonly #options: ProducerCollectorOptions;
  readonly #gate: WindowGate<ProducerWindowMessage>;
  readonly #windows: ProducerWindow[] = [];
  readonly #service = createTotals();
  readonly #response: Totals | null;
  readonly #all = noCounters();
  readonly #steady = noCounters();
  readonly #dones: ProducerDone[] = [];
  /** The interval in which the test ended; its length is known with the last end. */
  #unfinished: ((endSeconds: number) => ProducerWindow) | null = null;

  constructor(options: ProducerCollectorOptions) {
    this.#options = options;
    this.#response = options.hasSchedule ? createTotals() : null;
    this.#gate = new WindowGate(options.workers, (index, messages, isWhole) => this.#take(index, messages, isWhole));
  }

  addWindow(worker: number, message: ProducerWindowMessage): void {
    this.#gate.add(worker, message);
  }

  addDone(worker: number, done: ProducerDone): void {
    this.#dones.push(done);
    this.#gate.end(worker);
  }

  /** A worker broke down and reports no more. */
  addBreakdown(worker: number): void {
    this.#gate.end(worker);
  }

  get dones(): readonly ProducerDone[] {
    return this.#dones;
  }

  /** Records that were acknowledged or failed. */
  get recordsSettled(): number {
    return this.#all.recordsSent + this.#all.recordsFailed;
  }

  /** Failed records by the error's name. */
  errors(): ErrorCounts {
    return addFailures(this.#dones.map((done) => done.failures));
  }

  /** All windows; the unfinished one is there when it holds records. */
  windows(startUs: number): readonly ProducerWindow[] {
    const endUs = latest(this.#dones.map((done) => done.lastSettledUs));
    const last = endUs === null ? null : this.#unfinished?.((endUs - startUs) / 1e6);
    const hasRecords = last !== null && last !== undefined && last.recordsSent + last.recordsFailed > 0;
    return hasRecords ? [...this.#windows, last] : this.#windows;
  }

  /** The whole test, warm-up included: first send to last acknowledgement. */
  summary(): ProducerSummary {
    const from = earliest(this.#dones.map((done) => done.firstSendUs));
    return this.#summarise(this.#all, from, this.#service.all, this.#response?.all ?? null);
  }

  /** The part after the warm-up; null when it was not reached. */
  steadySummary(): ProducerSummary | null {
    const from = earliest(this.#dones.map((done) => done.firstSteadySendUs));
    if (from === null) return null;
    return this.#summarise(this.#steady, from, this.#service.steady, this.#response?.steady ?? null);
  }

  /** Percentile distributions of the whole test, milliseconds; null without samples. */
  distributions(): { readonly serviceTime: string | null; readonly responseTime: string | null } {
    const distributionOf = (histogram: LatencyHistogram | null): string | null =>
      histogram === null || histogram.totalCount === 0 ? null : percentileDistribution(histogram);
    return {
      serviceTime: distributionOf(this.#service.all),
      responseTime: distributionOf(this.#response?.all ?? null),
    };
  }

  #summarise(
    counts: Counters,
    fromUs: number | null,
    service: LatencyHistogram,
    response: LatencyHistogram | null,
  ): ProducerSummary {
    // With failures the test lasted until the last of them was known: a rate up to the last acknowledgement would leave out the
    // time in which nothing worked.
    const lastAckUs = counts.recordsFailed > 0 ? null : latest(this.#dones.map((done) => done.lastAckUs));
    const toUs = lastAckUs ?? latest(this.#dones.map((done) => done.lastSettledUs));
    const elapsedSeconds = fromUs === null || toUs === null ? 0 : Math.max(0, toUs - fromUs) / 1e6;
    return {
      recordsSent: counts.recordsSent,
      recordsFailed: counts.recordsFailed,
      elapsedSeconds,
      recordsPerSecond: perSecond(counts.recordsSent, elapsedSeconds),
      mebibytesPerSecond: perSecond(counts.valueBytes / bytesPerMebibyte, elapsedSeconds),
      serviceTimeMs: summarise(service),
      responseTimeMs: response === null ? null : summarise(response),
    };
  }

  #take(index: number, messages: readonly ProducerWindowMessage[], isWhole: boolean): void {
    const counts = noCounters();
    const service = createTotal();
    const response = createTotal();
    for (const message of messages) {
      addCounts(counts, message.all);
      addCounts(this.#all, message.all);
      addCounts(this.#steady, message.steady);
      addLatencies(this.#service, service, message.serviceTime);
      if (this.#response !== null && message.responseTime !== null) {
        addLatencies(this.#response, response, message.responseTime);
      }
    }
    const intervalSeconds = this.#options.reportingIntervalMs / 1e3;
    const startSeconds = index * intervalSeconds;
    const windowUntil = (endSeconds: number): ProducerWindow => ({
      startSeconds,
      endSeconds,
      recordsSent: counts.recordsSent,
      recordsFailed: counts.recordsFailed,
      recordsPerSecond: perSecond(counts.recordsSent, endSeconds - startSeconds),
      mebibytesPerSecond: perSecond(counts.valueBytes / bytesPerMebibyte, endSeconds - startSeconds),
      serviceTimeMs: summarise(service),
      responseTimeMs: this.#options.hasSchedule ? summarise(response) : null,
    });
    if (!isWhole) {
      this.#unfinished = windowUntil;
      return;
    }
    const window = windowUntil(startSeconds + intervalSeconds);
    this.#windows.push(window);
    this.#options.onWindow(window);
  }
}
