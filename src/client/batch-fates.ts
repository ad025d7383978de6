import type { Accumulator } from './accumulator.ts';
import { backoffMs } from './backoff.ts';
import type { BufferMemory } from './buffer-memory.ts';
import { ClientError } from './client-error.ts';
import { kafkaError } from './connection.ts';
import type { ProduceBatch } from './produce-batch.ts';
import type { ProduceOutcome } from './produce-request.ts';
import type { ProducerTotals } from './producer-metrics.ts';
import type { ProducerConfig } from './properties/producer-properties.ts';
import { isDuplicate, isSequenceGap, type Sequences } from './sequences.ts';
import type { TopicInTransaction } from './transactions/topic-in-transaction.ts';

/** Told about each batch when its records are acknowledged or have failed; the batch is valid only during the call. */
export type SettledListener = (batch: ProduceBatch, error: ClientError | null, settledAtUs: number) => void;

/** Told once about each kind of error (its name) for which records are sent again. */
export type RetryListener = (error: ClientError) => void;

/** What becomes of batches that were sent: they are acknowledged, wait to be sent again, or fail. */
export class BatchFates {
  /** Why nothing can be sent any more; null while all is well. */
  failure: ClientError | null = null;
  readonly #config: ProducerConfig;
  readonly #topicName: string;
  readonly #accumulator: Accumulator;
  readonly #memory: BufferMemory;
  readonly #totals: ProducerTotals;
  readonly #sequences: Sequences | null;
  readonly #transaction: TopicInTransaction | null;
  readonly #deliveryTimeoutUs: number;
  readonly #nowUs: () => number;
  readonly #onSettled: SettledListener;
  readonly #onRetry: RetryListener;
  readonly #onAcknowledged: () => void;
  readonly #onStale: () => void;
  /** The last error of each partition that has had no success since: why its records time out. */
  readonly #lastErrors = new Map<number, ClientError>();
  /** Names of the errors that were told as reasons for a retry. */
  readonly #toldErrors = new Set<string>();

  constructor(options: {
    readonly config: ProducerConfig;
    readonly topicName: string;
    readonly accumulator: Accumulator;
    readonly memory: BufferMemory;
    readonly totals: ProducerTotals;
    /** Null without `enable.idempotence`. */
    readonly sequences: Sequences | null;
    /** Null without `transactional.id`. */
    readonly transaction: TopicInTransaction | null;
    readonly nowUs: () => number;
    readonly onSettled: SettledListener;
    readonly onRetry: RetryListener;
    readonly onAcknowledged: () => void;
    /** Metadata may be out of date. */
    readonly onStale: () => void;
  }) {
    this.#config = options.config;
    this.#topicName = options.topicName;
    this.#accumulator = options.accumulator;
    this.#memory = options.memory;
    this.#totals = options.totals;
    this.#sequences = options.sequences;
    this.#transaction = options.transaction;
    this.#deliveryTimeoutUs = options.config.deliveryTimeoutMs * 1000;
    this.#nowUs = options.nowUs;
    this.#onSettled = options.onSettled;
    this.#onRetry = options.onRetry;
    this.#onAcknowledged = options.onAcknowledged;
    this.#onStale = options.onStale;
  }

  /** The last error of any partition that has had no success since. */
  get lastError(): ClientError | undefined {
    const [last] = this.#lastErrors.values();
    return last;
  }

  /** The broker has answered the request of these batches, `atUs` on the producer's clock. */
  answered(batches: readonly ProduceBatch[], outcomes: readonly ProduceOutcome[], atUs: number): void {
    for (const batch of batches) {
      this.#sequences?.returned(batch);
      const { partition } = batch;
      const outcome = outcomes.find((candidate) => candidate.partition === partition);
      if (outcome === undefined)
        this.settle(batch, new ClientError('PROTOCOL_ERROR', `the broker's answer leaves partition ${partition} out`));
      else if (outcome.errorCode === 0 || isDuplicate(outcome.errorCode)) {
        batch.baseOffset = outcome.baseOffset;
        batch.logAppendTimeMs = outcome.logAppendTimeMs;
        this.settle(batch, null, atUs);
      } else {
        const what = `partition ${partition} of ${this.#topicName} refused a batch`;
        this.#retryOrFail(batch, kafkaError(outcome.errorCode, what, outcome.errorMessage));
      }
    }
  }

  /** The request of these batches is never answered. */
  unanswered(batches: readonly ProduceBatch[], error: ClientError): void {
    for (const batch of batches) {
      this.#sequences?.returned(batch);
      this.#retryOrFail(batch, error);
    }
  }

  /** The time of a batch that waits is over. */
  timeOut(batch: ProduceBatch): void {
    this.settle(batch, this.#timedOut(batch.partition));
  }

  /** A batch is acknowledged (`error` is null) or has failed for good. */
  settle(batch: ProduceBatch, error: ClientError | null, settledAtUs = this.#nowUs()): void {
    const wasSent = batch.sequence >= 0;
    this.#sequences?.settled(batch, error === null);
    this.#totals.batchSettled(batch, error === null);
    if (error === null) {
      this.#onAcknowledged();
      if (this.#lastErrors.size > 0) this.#lastErrors.delete(batch.partition);
    }
    this.#onSettled(batch, error, settledAtUs);
    this.#memory.pool.giveBack(batch);
    this.#memory.released(settledAtUs);
    if (error !== null) this.#transaction?.batchFailed(error, wasSent);
  }

  #retryOrFail(batch: ProduceBatch, error: ClientError): void {
    const nowUs = this.#nowUs();
    const isGap = this.#sequences !== null && isSequenceGap(error);
    const isOver = this.failure !== null || this.#transaction?.isLost === true;
    if (isOver || !(error.isRetriable || isGap) || batch.attempts > this.#config.retries) {
      this.settle(batch, this.failure ?? error);
      return;
    }
    const isNews = this.#sequences?.refused(batch, error) !== false;
    if (isGap && isNews && this.#transaction !== null) {
      // Only a new epoch would help, and that begins when the transaction has ended.
      this.settle(batch, error);
      return;
    }
    // That a batch comes back because the one before it did says nothing new.
    const isEcho = isGap && !isNews;
    if (!isEcho) this.#lastErrors.set(batch.partition, error);
    if (nowUs >= batch.createdAtUs + this.#deliveryTimeoutUs) {
      this.timeOut(batch);
      return;
    }
    if (!isEcho && !this.#toldErrors.has(error.name)) {
      this.#toldErrors.add(error.name);
      this.#onRetry(error);
    }
    this.#totals.recordRetry += batch.recordCount;
    batch.notBeforeUs = nowUs + backoffMs(this.#config, batch.attempts) * 1000;
    this.#accumulator.putBack(batch);
    if (!isGap) this.#onStale();
  }

  /** The error of records whose time is over, with what kept them from being acknowledged. */
  #timedOut(partition: number): ClientError {
    const last = this.#lastErrors.get(partition);
    return new ClientError(
      'DELIVERY_TIMED_OUT',
      `not acknowledged within delivery.timeout.ms=${this.#config.deliveryTimeoutMs}${lastErrorText(last)}`,
      { cause: last },
    );
  }
}

/** What an error's message says of the error before it. */
export const lastErrorText = (last: ClientError | undefined): string =>
  last === undefined ? '' : `; last error: ${last.message}`;
