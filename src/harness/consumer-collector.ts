/** Makes the windows of a consumer test, and keeps what its consumers tell. */
import type { ConsumerDone, ConsumerWindowMessage, RebalanceMessage } from '../load/consumer-messages.ts';
import type { ConsumerWindow } from '../results/result.ts';
import { WindowGate } from './window-gate.ts';

const bytesPerMebibyte = 1024 * 1024;

/** What is known of a consumer when it has ended. */
export type CollectedConsumer = {
  /** Its rebalances, in order. */
  readonly rebalances: readonly RebalanceMessage[];
  /** Null when it broke down. */
  readonly done: ConsumerDone | null;
};

/** The mean of the consumers' times without partitions; those for which there are none are left out, unless that is all of them. */
const meanRebalanceMs = (messages: readonly ConsumerWindowMessage[]): number => {
  const readers = messages.filter(({ isIdle }) => !isIdle);
  const waiting = readers.length === 0 ? messages : readers;
  const totalUs = waiting.reduce((sum, { rebalanceUs }) => sum + rebalanceUs, 0);
  return waiting.length === 0 ? 0 : totalUs / waiting.length / 1e3;
};

/** Collects what consumers report. */
export class ConsumerCollector {
  recordsConsumed = 0;
  bytesConsumed = 0;
  recordsRedelivered = 0;
  readonly gate: WindowGate<ConsumerWindowMessage>;
  readonly #consumers: { rebalances: RebalanceMessage[]; done: ConsumerDone | null }[];
  readonly #windows: ConsumerWindow[] = [];
  readonly #intervalSeconds: number;
  readonly #onWindow: (window: ConsumerWindow) => void;
  readonly #wallMsAt: (seconds: number) => number;
  readonly #openingMs: () => number;
  #unfinished: ((endSeconds: number) => ConsumerWindow) | null = null;

  /**
   * @param openingMs time before the first interval, in which the clients were opened: it is part of the first window
   * @param wallMsAt milliseconds since the epoch, of seconds since the first client was opened
   */
  constructor(
    workers: number,
    reportingIntervalMs: number,
    openingMs: () => number,
    wallMsAt: (seconds: number) => number,
    onWindow: (window: ConsumerWindow) => void,
  ) {
    this.#consumers = Array.from({ length: workers }, () => ({ rebalances: [], done: null }));
    this.#intervalSeconds = reportingIntervalMs / 1e3;
    this.#openingMs = openingMs;
    this.#wallMsAt = wallMsAt;
    this.#onWindow = onWindow;
    this.gate = new WindowGate(workers, (index, messages, isWhole) => this.#take(index, messages, isWhole));
  }

  /** All consumers, in their order. */
  get consumers(): readonly CollectedConsumer[] {
    return this.#consumers;
  }

  rebalanced(worker: number, message: RebalanceMessage): void {
    this.#consumers[worker]?.rebalances.push(message);
  }

  ended(worker: number, done: ConsumerDone): void {
    const consumer = this.#consumers[worker];
    if (consumer !== undefined) consumer.done = done;
    this.gate.end(worker);
  }

  /** All windows up to the last record; seconds since the first client was opened. */
  windows(endSeconds: number): readonly ConsumerWindow[] {
    const windows = [...this.#windows];
    const last = this.#unfinished?.(endSeconds);
    if (last !== undefined) windows.push(last);
    while (windows.at(-1)?.recordsConsumed === 0) windows.pop();
    return windows;
  }

  #take(index: number, messages: readonly ConsumerWindowMessage[], isWhole: boolean): void {
    let [records, bytes, redelivered] = [0, 0, 0];
    for (const message of messages) {
      records += message.recordsConsumed;
      bytes += message.bytesConsumed;
      redelivered += message.recordsRedelivered;
    }
    this.recordsConsumed += records;
    this.bytesConsumed += bytes;
    this.recordsRedelivered += redelivered;
    const openingMs = this.#openingMs();
    const startSeconds = index === 0 ? 0 : openingMs / 1e3 + index * this.#intervalSeconds;
    const windowUntil = (endSeconds: number): ConsumerWindow => {
      const seconds = endSeconds - startSeconds;
      const rebalanceTimeMs = Math.min(
        (index === 0 ? openingMs : 0) + meanRebalanceMs(messages),
        Math.max(0, seconds * 1e3),
      );
      return {
        startSeconds,
        endSeconds,
        endedAtMs: this.#wallMsAt(endSeconds),
        rebalanceTimeMs,
        fetchTimeMs: Math.max(0, seconds * 1e3 - rebalanceTimeMs),
        recordsConsumed: records,
        bytesConsumed: bytes,
        recordsRedelivered: redelivered,
        recordsPerSecond: seconds > 0 ? records / seconds : 0,
        mebibytesPerSecond: seconds > 0 ? bytes / bytesPerMebibyte / seconds : 0,
      };
    };
    if (!isWhole) {
      this.#unfinished = windowUntil;
      return;
    }
    const window = windowUntil(openingMs / 1e3 + (index + 1) * this.#intervalSeconds);
    this.#windows.push(window);
    this.#onWindow(window);
  }
}
