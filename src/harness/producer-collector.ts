/** Adds up what the producers report. */
import type { FailureCounts, ProducerCounts, ProducerDone, ProducerWindowMessage } from '../load/messages.ts';
import type { ErrorCounts, ProducerSummary, ProducerWindow } from '../results/result.ts';
import type { Distributions } from '../results/run-record.ts';
import {
  addHistograms,
  addLatencies,
  createProducerHistograms,
  distributionsOf,
  type ProducerHistograms,
  timesOf,
} from './producer-latencies.ts';
import { WindowGate } from './window-gate.ts';

/** What a collector needs to know of the test. */
export type ProducerCollectorOptions = {
  readonly workers: number;
  readonly reportingIntervalMs: number;
  /** Called for each interval that is over. */
  readonly onWindow: (window: ProducerWindow) => void;
  /** Called for each interval that holds latencies, and for the unfinished one at the end, in order. */
  readonly onHistograms?: (window: Pick<ProducerWindow, 'startSeconds' | 'endSeconds'>, of: ProducerHistograms) => void;
};

type Counters = { recordsSent: number; recordsFailed: number; valueBytes: number };

const bytesPerMebibyte = 1024 * 1024;
const noCounters = (): Counters => ({ recordsSent: 0, recordsFailed: 0, valueBytes: 0 });

const addCounts = (to: Counters, from: ProducerCounts): void => {
  to.recordsSent += from.recordsSent;
  to.recordsFailed += from.recordsFailed;
  to.valueBytes += from.valueBytes;
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
  readonly #allTimes = createProducerHistograms();
  readonly #steadyTimes = createProducerHistograms();
  readonly #all = noCounters();
  readonly #steady = noCounters();
  readonly #dones: ProducerDone[] = [];
  /** The interval in which the test ended; its length is known with the last end. */
  #unfinished: { readonly window: (endSeconds: number) => ProducerWindow; readonly times: ProducerHistograms } | null =
    null;

  constructor(options: ProducerCollectorOptions) {
    this.#options = options;
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

  /**
   * All windows, when every producer has ended; the unfinished one is there when it holds records, and its histograms are handed
   * over now. To be called once.
   */
  windows(startUs: number): readonly ProducerWindow[] {
    const endUs = latest(this.#dones.map((done) => done.lastSettledUs));
    if (endUs === null || this.#unfinished === null) return this.#windows;
    const last = this.#unfinished.window((endUs - startUs) / 1e6);
    if (last.recordsSent + last.recordsFailed === 0) return this.#windows;
    this.#options.onHistograms?.(last, this.#unfinished.times);
    return [...this.#windows, last];
  }

  /**
   * The whole test, warm-up included, to the last acknowledgement.
   * @param scheduleStartUs from when it counts, run clock, so that records sent late do not raise the rate; null counts from the first send
   */
  summary(scheduleStartUs: number | null = null): ProducerSummary {
    const firstSendUs = earliest(this.#dones.map((done) => done.firstSendUs));
    const from = firstSendUs === null ? null : Math.min(firstSendUs, scheduleStartUs ?? firstSendUs);
    return this.#summarise(this.#all, from, this.#allTimes);
  }

  /** The part after the warm-up, from when its first record was due, without a schedule sent; null when it was not reached. */
  steadySummary(): ProducerSummary | null {
    const from = earliest(this.#dones.map((done) => done.firstSteadyDueUs ?? done.firstSteadySendUs));
    if (from === null) return null;
    return this.#summarise(this.#steady, from, this.#steadyTimes);
  }

  /** Percentile distributions of the whole test, milliseconds; null without samples. */
  distributions(): Distributions {
    return distributionsOf(this.#allTimes);
  }

  #summarise(counts: Counters, fromUs: number | null, times: ProducerHistograms): ProducerSummary {
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
      ...timesOf(times),
    };
  }

  #take(index: number, messages: readonly ProducerWindowMessage[], isWhole: boolean): void {
    const counts = noCounters();
    const times = createProducerHistograms();
    for (const message of messages) {
      addCounts(counts, message.all);
      addCounts(this.#all, message.all);
      addCounts(this.#steady, message.steady);
      addLatencies(times, this.#steadyTimes, message);
    }
    addHistograms(this.#allTimes, times);
    const intervalSeconds = this.#options.reportingIntervalMs / 1e3;
    const startSeconds = index * intervalSeconds;
    const windowUntil = (endSeconds: number): ProducerWindow => ({
      startSeconds,
      endSeconds,
      recordsSent: counts.recordsSent,
      recordsFailed: counts.recordsFailed,
      recordsPerSecond: perSecond(counts.recordsSent, endSeconds - startSeconds),
      mebibytesPerSecond: perSecond(counts.valueBytes / bytesPerMebibyte, endSeconds - startSeconds),
      ...timesOf(times),
    });
    if (!isWhole) {
      this.#unfinished = { window: windowUntil, times };
      return;
    }
    const window = windowUntil(startSeconds + intervalSeconds);
    this.#windows.push(window);
    this.#options.onHistograms?.(window, times);
    this.#options.onWindow(window);
  }
}
