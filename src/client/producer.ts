import { prepareCodecs } from '../protocol/compression/compression.ts';
import { packHeaders, type RecordHeaders } from '../protocol/record-headers.ts';
import { Accumulator } from './accumulator.ts';
import type { CompressionTotals } from './batch-compression.ts';
import { asClientError, ClientError } from './client-error.ts';
import { Cluster, readBlockBytes, type TopicMetadata } from './cluster.ts';
import { partitionForKey } from './partitioner.ts';
import { BatchPool, sizeForRecord } from './produce-batch.ts';
import { headroomBytes } from './produce-request.ts';
import { type ProducerIdentity, takeProducerId } from './producer-id.ts';
import type { ProducerConfig } from './properties/producer-properties.ts';
import { type ProducerLimits, type RetryListener, Sender, type SettledListener } from './sender.ts';

/** What a producer is made for. */
export type ProducerOptions = {
  readonly topic: string;
  readonly config: ProducerConfig;
  /** Monotonic clock, microseconds. */
  readonly nowUs: () => number;
  readonly onSettled: SettledListener;
  readonly onRetry?: RetryListener;
};

/** A record as an object, for places where speed does not matter. */
export type OutgoingRecord = {
  /** Milliseconds since the epoch. */
  readonly timestampMs: number;
  /** Records of a key go to one partition, the one that Java's clients choose too. */
  readonly key: Uint8Array | null;
  /** Null is a tombstone in a compacted topic. */
  readonly value: Uint8Array | null;
  readonly headers: RecordHeaders;
};

/** Requests to a producer's connection are answered in a few dozen bytes a partition; `receive.buffer.bytes` may ask for more. */
const LEAST_READ_BLOCK_BYTES = 64 * 1024;

/**
 * A producer for one topic with Kafka's semantics: records gather in batches of `batch.size` for at most `linger.ms`,
 * `buffer.memory` bounds what waits, and failed batches are retried until `delivery.timeout.ms`.
 *
 * Every call happens on one thread; nothing here blocks. A record is copied once, into the buffer that goes out.
 */
export class Producer {
  readonly #config: ProducerConfig;
  readonly #cluster: Cluster;
  readonly #pool: BatchPool;
  readonly #accumulator: Accumulator;
  readonly #sender: Sender;
  /** Values up to this size need no check against the bounds. */
  readonly #unquestionedBytes: number;
  #stickyPartition: number;
  #stickyBytes = 0;

  private constructor(
    options: ProducerOptions,
    cluster: Cluster,
    topic: TopicMetadata,
    identity: ProducerIdentity | null,
  ) {
    const { config, nowUs } = options;
    this.#config = config;
    this.#unquestionedBytes = Math.min(config.maxRequestSize, config.bufferMemory) - sizeForRecord(0, 0);
    this.#cluster = cluster;
    this.#pool = new BatchPool({
      headroomBytes: headroomBytes(config.clientId, topic.name),
      batchSizeBytes: config.batchSize,
      bufferMemoryBytes: config.bufferMemory,
    });
    this.#accumulator = new Accumulator(this.#pool, nowUs);
    this.#sender = new Sender({
      config,
      cluster,
      topic,
      pool: this.#pool,
      accumulator: this.#accumulator,
      identity,
      nowUs,
      onSettled: options.onSettled,
      onRetry: options.onRetry ?? (() => {}),
    });
    this.#stickyPartition = Math.floor(Math.random() * topic.partitions.length);
  }

  /** Connects and waits for the topic, at most `max.block.ms`; the broker may create it. Rejects with a ClientError. */
  static async open(options: ProducerOptions): Promise<Producer> {
    const { config } = options;
    const cluster = new Cluster({
      ...config,
      readBlockBytes: readBlockBytes(LEAST_READ_BLOCK_BYTES, config.receiveBufferBytes),
    });
    try {
      if (config.compressionType === 'zstd') await prepareCodecs();
      const topic = await cluster.waitForTopic(options.topic, {
        allowAutoCreation: true,
        maxBlockMs: config.maxBlockMs,
      });
      const identity = config.enableIdempotence ? await takeProducerId(cluster, config) : null;
      const producer = new Producer(options, cluster, topic, identity);
      await producer.#sender.connectAll();
      return producer;
    } catch (error) {
      cluster.close();
      throw asClientError(error);
    }
  }

  /** Partitions of the topic, as last known. */
  get partitionCount(): number {
    return this.#accumulator.partitionCount;
  }

  /** Bytes appended and not yet handed to a socket. */
  get backlogBytes(): number {
    return this.#accumulator.waitingBytes;
  }

  /**
   * Appends one record to `partition` (-1: the one that the sticky partitioner is at). Returns false, having done nothing,
   * when `buffer.memory` is full: await ready() and call again. Times are microseconds, for the caller's own account.
   * Throws a ClientError for a record over `max.request.size` or `buffer.memory`, and when the producer has failed for good.
   * @param headers as packHeaders() makes them
   */
  send(
    partition: number,
    timestampMs: number,
    key: Uint8Array | null,
    value: Uint8Array | null,
    sentAtUs: number,
    dueAtUs: number,
    tag: number,
    headers: Uint8Array | null = null,
  ): boolean {
    if (this.#sender.failure !== null) throw this.#sender.failure;
    const valueBytes = (value === null ? 0 : value.length) + (headers === null ? 0 : headers.length);
    if (valueBytes > this.#unquestionedBytes || key !== null) this.#checkSize(key, valueBytes);
    const target = partition < 0 ? this.#stickyPartition : partition;
    const outcome = this.#accumulator.append(target, timestampMs, key, value, sentAtUs, dueAtUs, tag, headers);
    if (outcome === 'none') {
      this.#sender.onMemoryFull();
      return false;
    }
    if (partition < 0) this.#stick(valueBytes);
    if (outcome === 'full') this.#sender.onBatchFull();
    else if (outcome === 'begun') this.#sender.onBatchBegun();
    return true;
  }

  /**
   * Appends one record with all it may have, to the partition of its key, or where the sticky partitioner is at when it has none;
   * otherwise as send().
   */
  sendRecord({ timestampMs, key, value, headers }: OutgoingRecord, sentAtUs: number, tag: number): boolean {
    const partition = key === null ? -1 : partitionForKey(key, this.partitionCount);
    return this.send(partition, timestampMs, key, value, sentAtUs, sentAtUs, tag, packHeaders(headers));
  }

  /** Resolves when a batch's worth of `buffer.memory` is free; rejects with a ClientError after `max.block.ms`. */
  ready(): Promise<void> {
    return this.#sender.untilRoom();
  }

  /** Sends everything that waits, without waiting for linger.ms; resolves when every record is settled. */
  flush(): Promise<void> {
    return this.#sender.flush();
  }

  /** Closes the connections; records that are not settled fail first. */
  close(): void {
    this.#sender.close();
    this.#cluster.close();
  }

  /** Records that were sent again, counted each time: Kafka's `record-retry-total`. */
  get recordsRetried(): number {
    return this.#sender.recordsRetried;
  }

  /** Connections that were opened again. */
  get reconnects(): number {
    return this.#cluster.reconnects;
  }

  /** How long the producer was held up by its bounds so far, microseconds. */
  limits(): ProducerLimits {
    return this.#sender.limits();
  }

  /** What the codec made of the batches that were closed. */
  compression(): CompressionTotals {
    return this.#sender.compression();
  }

  /** Metrics under Kafka's names, `group:name:{tags}`. */
  metrics(): Readonly<Record<string, number>> {
    return this.#sender.metrics();
  }

  #checkSize(key: Uint8Array | null, valueBytes: number): void {
    const sizeBytes = sizeForRecord(key === null ? -1 : key.length, valueBytes);
    for (const [name, bound] of [
      ['max.request.size', this.#config.maxRequestSize],
      ['buffer.memory', this.#config.bufferMemory],
    ] as const)
      if (sizeBytes > bound)
        throw new ClientError(
          'RECORD_TOO_LARGE',
          `a record takes ${sizeBytes} bytes, more than ${name}=${bound}; raise it or send smaller records`,
        );
  }

  /** Uniform sticky partitioning (KIP-794): the next partition after `batch.size` bytes. */
  #stick(payloadBytes: number): void {
    this.#stickyBytes += payloadBytes;
    if (this.#stickyBytes < this.#config.batchSize) return;
    this.#stickyBytes = 0;
    const { partitionCount } = this.#accumulator;
    if (partitionCount > 1)
      this.#stickyPartition =
        (this.#stickyPartition + 1 + Math.floor(Math.random() * (partitionCount - 1))) % partitionCount;
  }
}
