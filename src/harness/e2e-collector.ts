/** Adds up what the workers of an end-to-end test report. */
import type { E2eCounts, E2eDone, E2eLatencies, E2eWindowMessage } from '../load/e2e-messages.ts';
import type { FailureCounts } from '../load/messages.ts';
import {
  addSnapshot,
  createTotal,
  type LatencyHistogram,
  percentileDistribution,
  summarise,
} from '../measure/histogram.ts';
import type { LatencySnapshot } from '../measure/latency-counts.ts';
import type { E2eBacklog, E2eTimes, E2eWindow } from '../results/e2e-result.ts';
import type { ErrorCounts } from '../results/result.ts';
import type { Distributions } from '../results/run-record.ts';
import type { Verification } from '../results/verification.ts';
import { WindowGate } from './window-gate.ts';

const kinds = [
  'ackTime',
  'ackResponseTime',
  'endToEndServiceTime',
  'endToEndResponseTime',
  'sendLateness',
] as const satisfies readonly (keyof E2eLatencies)[];

/** One histogram of each kind; those that need a schedule stay empty without one. */
export type E2eHistograms = Readonly<Record<keyof E2eLatencies, LatencyHistogram>>;

const bytesPerMebibyte = 1024 * 1024;

const createHistograms = (): E2eHistograms => ({
  ackTime: createTotal(),
  ackResponseTime: createTotal(),
  endToEndServiceTime: createTotal(),
  endToEndResponseTime: createTotal(),
  sendLateness: createTotal(),
});

const addAll = (to: E2eHistograms, from: E2eLatencies): void => {
  for (const kind of kinds) addSnapshot(to[kind], from[kind]);
};

const timesOf = (histograms: E2eHistograms): E2eTimes => ({
  ackTimeMs: summarise(histograms.ackTime),
  ackResponseTimeMs: summarise(histograms.ackResponseTime),
  endToEndServiceTimeMs: summarise(histograms.endToEndServiceTime),
  endToEndResponseTimeMs: summarise(histograms.endToEndResponseTime),
  sendLatenessMs: summarise(histograms.sendLateness),
});

type Counters = { -readonly [Name in keyof E2eCounts]: E2eCounts[Name] };

const noCounters = (): Counters => ({ recordsSent: 0, recordsFailed: 0, recordsReceived: 0, bytesReceived: 0 });

const addCounts = (to: Counters, from: E2eCounts): void => {
  to.recordsSent += from.recordsSent;
  to.recordsFailed += from.recordsFailed;
  to.recordsReceived += from.recordsReceived;
  to.bytesReceived += from.bytesReceived;
};

/** What a collector needs to know of the test. */
export type E2eCollectorOptions = {
  readonly workers: number;
  readonly reportingIntervalMs: number;
  /** Whether acknowledgements are kept by interval, to tell those during a backlog from those after it. */
  readonly hasBacklog?: boolean;
  /** Called for each interval that holds latencies, and for the unfinished one at the end, in order. */
  readonly onHistograms: (window: Pick<E2eWindow, 'startSeconds' | 'endSeconds'>, of: E2eHistograms) => void;
};

/** Counters, latencies and rates of a whole test. */
export type E2eSummary = E2eTimes & {
  readonly recordsSent: number;
  readonly recordsFailed: number;
  readonly recordsReceived: number;
  readonly elapsedSeconds: number;
  readonly recordsPerSecond: number;
  readonly mebibytesPerSecond: number;
};

/** Collects windows and ends of all workers of an end-to-end test. */
export class E2eCollector {
  /** Acknowledged records that did not come back, where no worker alone knows them. */
  recordsLost = 0;
  /** What was checked beyond that; null when nothing was. */
  verification: Verification | null = null;
  readonly #intervalSeconds: number;
  readonly #gate: WindowGate<E2eWindowMessage>;
  readonly #windows: E2eWindow[] = [];
  readonly #total = createHistograms();
  readonly #counts = noCounters();
  readonly #dones: E2eDone[] = [];
  readonly #onHistograms: E2eCollectorOptions['onHistograms'];
  /** By interval: from when records were due, or without a schedule sent, to their acknowledgement; null keeps none. */
  readonly #acknowledgements: { readonly startSeconds: number; readonly part: LatencySnapshot | null }[] | null;
  /** The interval in which the test ended; its length is known with the end. */
  #unfinished: { readonly window: (endSeconds: number) => E2eWindow; readonly times: E2eHistograms } | null = null;

  constructor({ workers, reportingIntervalMs, hasBacklog = false, onHistograms }: E2eCollectorOptions) {
    this.#acknowledgements = hasBacklog ? [] : null;
    this.#intervalSeconds = reportingIntervalMs / 1e3;
    this.#onHistograms = onHistograms;
    this.#gate = new WindowGate(workers, (index, messages, isWhole) => this.#take(index, messages, isWhole));
  }

  addWindow(worker: number, message: E2eWindowMessage): void {
    this.#gate.add(worker, message);
  }

  addDone(worker: number, done: E2eDone): void {
    this.#dones.push(done);
    this.#gate.end(worker);
  }

  /** A worker broke down and reports no more. */
  addBreakdown(worker: number): void {
    this.#gate.end(worker);
  }

  get dones(): readonly E2eDone[] {
    return this.#dones;
  }

  /** Records that were acknowledged or failed. */
  get recordsSettled(): number {
    return this.#counts.recordsSent + this.#counts.recordsFailed;
  }

  /** Failed records by the error's name. */
  errors(): ErrorCounts {
    return addFailures(this.#dones.map((done) => done.failures));
  }

  /**
   * All intervals, when every worker has ended; the unfinished one is there when it holds records, and its histograms are handed over
   * now. To be called once.
   */
  windows(startUs: number): readonly E2eWindow[] {
    if (this.#unfinished === null) return this.#windows;
    const receiptUs = latest(this.#dones.map((done) => done.lastReceiptUs)) ?? startUs;
    const last = this.#unfinished.window((receiptUs - startUs) / 1e6);
    if (last.recordsSent + last.recordsFailed + last.recordsReceived === 0) return this.#windows;
    this.#handOver(last, this.#unfinished.times);
    return [...this.#windows, last];
  }

  /**
   * The whole test, to the last receipt.
   * @param scheduleStartUs from when it counts, run clock, so that records sent late do not raise the rate; null counts from the first send
   */
  summary(scheduleStartUs: number | null = null): E2eSummary {
    const firstSendUs = earliest(this.#dones.map((done) => done.firstSendUs));
    const fromUs = firstSendUs === null ? null : Math.min(firstSendUs, scheduleStartUs ?? firstSendUs);
    const toUs = latest(this.#dones.map((done) => done.lastReceiptUs));
    const elapsedSeconds = fromUs === null || toUs === null ? 0 : Math.max(0, toUs - fromUs) / 1e6;
    const { recordsSent, recordsFailed, recordsReceived, bytesReceived } = this.#counts;
    return {
      recordsSent,
      recordsFailed,
      recordsReceived,
      elapsedSeconds,
      ...rates(recordsReceived, bytesReceived, elapsedSeconds),
      ...timesOf(this.#total),
    };
  }

  /** Percentile distributions of the whole test, milliseconds; null without samples. */
  distributions(): Distributions {
    return Object.fromEntries(
      kinds.map((kind) => {
        const histogram = this.#total[kind];
        return [kind, histogram.totalCount === 0 ? null : percentileDistribution(histogram)];
      }),
    );
  }

  /**
   * What became of the backlog, when every worker has ended. An interval counts as one with backlog when it began before the last record
   * of the backlog was read.
   */
  backlog(records: number, startUs: number): E2eBacklog {
    const lastUs = latest(this.#dones.map((done) => done.lastForeignUs));
    const drainedSeconds = lastUs === null ? null : Math.max(0, lastUs - startUs) / 1e6;
    const [draining, drained] = [createTotal(), createTotal()];
    for (const { startSeconds, part } of this.#acknowledgements ?? [])
      addSnapshot(startSeconds < (drainedSeconds ?? 0) ? draining : drained, part);
    return { records, drainedSeconds, ackWhileDrainingMs: summarise(draining), ackAfterwardsMs: summarise(drained) };
  }

  #handOver(window: E2eWindow, histograms: E2eHistograms): void {
    if (kinds.some((kind) => histograms[kind].totalCount > 0)) this.#onHistograms(window, histograms);
  }

  #take(index: number, messages: readonly E2eWindowMessage[], isWhole: boolean): void {
    const histograms = createHistograms();
    const counts = noCounters();
    for (const message of messages) {
      addAll(histograms, message);
      addAll(this.#total, message);
      addCounts(counts, message);
      addCounts(this.#counts, message);
    }
    const startSeconds = index * this.#intervalSeconds;
    for (const { ackTime, ackResponseTime } of messages)
      this.#acknowledgements?.push({ startSeconds, part: ackResponseTime ?? ackTime });
    const windowUntil = (endSeconds: number): E2eWindow => ({
      startSeconds,
      endSeconds: Math.max(startSeconds, endSeconds),
      recordsSent: counts.recordsSent,
      recordsFailed: counts.recordsFailed,
      recordsReceived: counts.recordsReceived,
      ...rates(counts.recordsReceived, counts.bytesReceived, endSeconds - startSeconds),
      ...timesOf(histograms),
    });
    if (!isWhole) {
      this.#unfinished = { window: windowUntil, times: histograms };
      return;
    }
    const window = windowUntil(startSeconds + this.#intervalSeconds);
    this.#windows.push(window);
    this.#handOver(window, histograms);
  }
}

const rates = (records: number, bytes: number, seconds: number) => ({
  recordsPerSecond: seconds > 0 ? records / seconds : 0,
  mebibytesPerSecond: seconds > 0 ? bytes / bytesPerMebibyte / seconds : 0,
});

const known = (times: readonly (number | null)[]): readonly number[] => times.filter((time) => time !== null);

const earliest = (times: readonly (number | null)[]): number | null =>
  known(times).length === 0 ? null : Math.min(...known(times));

const latest = (times: readonly (number | null)[]): number | null =>
  known(times).length === 0 ? null : Math.max(...known(times));

const addFailures = (parts: readonly FailureCounts[]): ErrorCounts => {
  const errors = new Map<string, { count: number; message: string }>();
  for (const [name, { count, message }] of parts.flatMap((part) => Object.entries(part))) {
    const sameName = errors.get(name);
    if (sameName === undefined) errors.set(name, { count, message });
    else sameName.count += count;
  }
  return Object.fromEntries(errors);
};
