import type { CompressionTotals } from './batch-compression.ts';
import type { Traffic } from './connection.ts';
import type { ProduceBatch } from './produce-batch.ts';

const US_PER_MS = 1000;
const NS_PER_US = 1000;

/** What stands in a producer's metrics beside its totals, at the moment of asking. */
export type ProducerState = {
  readonly clientId: string;
  readonly bufferBytes: number;
  readonly availableBytes: number;
  readonly waitingThreads: number;
  readonly memoryFullUs: number;
  /** Since the producer was opened. */
  readonly elapsedUs: number;
  readonly requestsInFlight: number;
  /** Of all the producer's connections. */
  readonly traffic: Traffic;
  readonly compression: CompressionTotals;
  /** Under Kafka's names; empty without transactions. */
  readonly transactions: Readonly<Record<string, number>>;
};

/** Counts what a producer sends, batch by batch, for metrics under Kafka's names. All are of the whole life of the producer. */
export class ProducerTotals {
  recordSend = 0;
  recordError = 0;
  recordRetry = 0;
  flushUs = 0;
  #batch = 0;
  #batchBytes = 0;
  #batchBytesMax = 0;
  #queueSumUs = 0;
  #queueMaxUs = 0;
  #queued = 0;
  #request = 0;
  #requestBytes = 0;
  #requestBytesMax = 0;
  #latencySumUs = 0;
  #latencyMaxUs = 0;

  /** A batch goes out for the first time, at `sentUs`. */
  batchLeft(batch: ProduceBatch, sentUs: number): void {
    const waitedUs = sentUs - batch.createdAtUs;
    this.#queued++;
    this.#queueSumUs += waitedUs;
    if (waitedUs > this.#queueMaxUs) this.#queueMaxUs = waitedUs;
  }

  /** A request goes out. */
  requestSent(sizeBytes: number): void {
    this.#request++;
    this.#requestBytes += sizeBytes;
    if (sizeBytes > this.#requestBytesMax) this.#requestBytesMax = sizeBytes;
  }

  /** A request was answered, or never will be, after `latencyUs`. */
  requestDone(latencyUs: number): void {
    this.#latencySumUs += latencyUs;
    if (latencyUs > this.#latencyMaxUs) this.#latencyMaxUs = latencyUs;
  }

  /** A batch was acknowledged or has failed. */
  batchSettled(batch: ProduceBatch, isAcknowledged: boolean): void {
    if (isAcknowledged) this.recordSend += batch.recordCount;
    else this.recordError += batch.recordCount;
    const { sizeBytes } = batch;
    this.#batch++;
    this.#batchBytes += sizeBytes;
    if (sizeBytes > this.#batchBytesMax) this.#batchBytesMax = sizeBytes;
  }

  /** Metrics as `producer-metrics:name:{client-id=...}`. */
  metrics(state: ProducerState): Readonly<Record<string, number>> {
    const { compression, elapsedUs, memoryFullUs } = state;
    const over = (sum: number, count: number): number => (count === 0 ? 0 : sum / count);
    const values = {
      'batch-size-avg': over(this.#batchBytes, this.#batch),
      'batch-size-max': this.#batchBytesMax,
      'buffer-available-bytes': state.availableBytes,
      'buffer-total-bytes': state.bufferBytes,
      'bufferpool-wait-ratio': over(memoryFullUs, elapsedUs),
      'bufferpool-wait-time-ns-total': Math.round(memoryFullUs * NS_PER_US),
      'compression-rate-avg': over(compression.bytesAfter, compression.bytesBefore),
      'flush-time-ns-total': Math.round(this.flushUs * NS_PER_US),
      'incoming-byte-total': state.traffic.receivedBytes,
      'outgoing-byte-total': state.traffic.sentBytes,
      'record-error-total': this.recordError,
      'record-queue-time-avg': over(this.#queueSumUs, this.#queued) / US_PER_MS,
      'record-queue-time-max': this.#queueMaxUs / US_PER_MS,
      'record-retry-total': this.recordRetry,
      'record-send-total': this.recordSend,
      'records-per-request-avg': over(this.recordSend, this.#request),
      'request-latency-avg': over(this.#latencySumUs, this.#request) / US_PER_MS,
      'request-latency-max': this.#latencyMaxUs / US_PER_MS,
      'request-size-avg': over(this.#requestBytes, this.#request),
      'request-size-max': this.#requestBytesMax,
      'request-total': this.#request,
      'requests-in-flight': state.requestsInFlight,
      'waiting-threads': state.waitingThreads,
      ...state.transactions,
    };
    const tags = `{client-id=${state.clientId}}`;
    return Object.fromEntries(
      Object.entries(values).map(([name, value]) => [`producer-metrics:${name}:${tags}`, value]),
    );
  }
}
