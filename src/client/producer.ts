import { prepareCodecs } from '../protocol/compression/compression.ts';
import { packHeaders, type RecordHeaders } from '../protocol/record-headers.ts';
import { Accumulator } from './accumulator.ts';
import type { CompressionTotals } from './batch-compression.ts';
import type { RetryListener, SettledListener } from './batch-fates.ts';
import { BufferMemory } from './buffer-memory.ts';
import { asClientError, ClientError } from './client-error.ts';
import { Cluster, readBlockBytes, type TopicMetadata } from './cluster.ts';
import {
  BuiltInPartitioner,
  type CustomPartitioner,
  FunctionPartitioner,
  type Partitioner,
  type PartitionView,
  RoundRobinPartitioner,
} from './partitioning/partitioner.ts';
import { seededRandom } from './partitioning/random.ts';
import { sizeForRecord } from './produce-batch.ts';
import { headroomBytes } from './produce-request.ts';
import { type ProducerIdentity, takeProducerId } from './producer-id.ts';
import type { ProducerConfig } from './properties/producer-properties.ts';
import { type ProducerLimits, Sender, type SharedByTopics } from './sender.ts';
import { Transactions } from './transactions/transactions.ts';

/** What a producer is made for. */
export type ProducerOptions = {
  readonly topic: string;
  readonly config: ProducerConfig;
  /** Monotonic clock, microseconds. */
  readonly nowUs: () => number;
  readonly onSettled: SettledListener;
  readonly onRetry?: RetryListener;
  /** Chooses the partition of records that name none, in place of `partitioner.class`. */
  readonly partitioner?: CustomPartitioner;
  /** Makes random choices of partitions the same in every run. */
  readonly seed?: number;
};

/** What the producers of several topics of one program share, with one account of memory and one transaction. */
export type SharedProducer = SharedByTopics & { readonly identity: ProducerIdentity | null };

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

/** Bytes that a record takes beside its key, value and headers, about: lengths, time and offset as deltas. */
const RECORD_OVERHEAD_BYTES = 8;

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
  readonly #shared: SharedByTopics;
  /** Whether connections and memory are this producer's alone. */
  readonly #isAlone: boolean;
  readonly #nowUs: () => number;
  readonly #openedAtUs: number;
  readonly #partitioner: Partitioner;
  readonly #accumulator: Accumulator;
  readonly #sender: Sender;
  /** Values up to this size need no check against the bounds. */
  readonly #unquestionedBytes: number;

  private constructor(options: ProducerOptions, shared: SharedProducer, topic: TopicMetadata, isAlone: boolean) {
    const { config, nowUs } = options;
    this.#config = config;
    this.#unquestionedBytes = Math.min(config.maxRequestSize, config.bufferMemory) - sizeForRecord(0, 0);
    this.#shared = shared;
    this.#isAlone = isAlone;
    this.#nowUs = nowUs;
    this.#openedAtUs = nowUs();
    this.#accumulator = new Accumulator(shared.memory.pool, nowUs);
    this.#sender = new Sender({
      config,
      shared,
      topic,
      accumulator: this.#accumulator,
      identity: shared.transactions?.identity ?? shared.identity,
      nowUs,
      onSettled: options.onSettled,
      onRetry: options.onRetry ?? (() => {}),
    });
    this.#partitioner = partitionerFor(options, this.#view());
  }

  /** Connects and waits for the topic, at most `max.block.ms`; the broker may create it. Rejects with a ClientError. */
  static async open(options: ProducerOptions): Promise<Producer> {
    const { config, nowUs } = options;
    const cluster = clusterFor(config);
    try {
      const topic = await describe(cluster, options);
      const memory = new BufferMemory(config, headroomBytes(config.clientId, topic.name, config.transactionalId));
      const shared = await shareProducer(cluster, memory, config, nowUs);
      const producer = new Producer(options, shared, topic, true);
      await producer.#sender.connectAll();
      return producer;
    } catch (error) {
      cluster.close();
      throw asClientError(error);
    }
  }

  /** One topic more of a producer of several; the same config for all of them. Rejects with a ClientError. */
  static async openShared(options: ProducerOptions, shared: SharedProducer): Promise<Producer> {
    const producer = new Producer(options, shared, await describe(shared.cluster, options), false);
    await producer.#sender.connectAll();
    return producer;
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
   * Appends one record to `partition` (-1: the one that the partitioner chooses). Returns false, having done nothing,
   * when `buffer.memory` is full: await ready() and call again. Times are microseconds, for the caller's own account.
   * Throws a ClientError for a record over `max.request.size` or `buffer.memory`, outside of a transaction of a producer that has
   * them, when its transaction is lost (`isAbortable`), and when the producer has failed for good.
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
    if (this.#sender.refusal !== null) throw this.#sender.refusal;
    const valueBytes = (value === null ? 0 : value.length) + (headers === null ? 0 : headers.length);
    const payloadBytes = key === null ? valueBytes : valueBytes + key.length;
    if (payloadBytes > this.#unquestionedBytes) this.#checkSize(key, valueBytes);
    let target = partition;
    let recordBytes = 0;
    if (partition < 0) {
      recordBytes = payloadBytes + RECORD_OVERHEAD_BYTES;
      target = this.#partitioner.choose(key, value, recordBytes);
    }
    const outcome = this.#accumulator.append(target, timestampMs, key, value, sentAtUs, dueAtUs, tag, headers);
    if (outcome === 'none') {
      this.#sender.onMemoryFull();
      return false;
    }
    if (partition < 0) this.#partitioner.appended(key, recordBytes);
    if (outcome === 'full') this.#sender.onBatchFull();
    else if (outcome === 'begun') this.#sender.onBatchBegun(target);
    return true;
  }

  /**
   * Appends one record with all it may have, to the partition that the partitioner chooses; otherwise as send().
   */
  sendRecord({ timestampMs, key, value, headers }: OutgoingRecord, sentAtUs: number, tag: number): boolean {
    return this.send(-1, timestampMs, key, value, sentAtUs, sentAtUs, tag, packHeaders(headers));
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
    if (this.#isAlone) this.#shared.cluster.close();
  }

  /** Null without `transactional.id`. */
  get transactions(): Transactions | null {
    return this.#shared.transactions;
  }

  /** Records that were sent again, counted each time: Kafka's `record-retry-total`. */
  get recordsRetried(): number {
    return this.#sender.totals.recordRetry;
  }

  /** Connections that were opened again. */
  get reconnects(): number {
    return this.#shared.cluster.reconnects;
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
    const { memory } = this.#shared;
    const nowUs = this.#nowUs();
    return this.#sender.totals.metrics({
      clientId: this.#config.clientId,
      bufferBytes: this.#config.bufferMemory,
      availableBytes: memory.pool.availableBytes,
      waitingThreads: memory.waitingCount,
      memoryFullUs: memory.fullUs(nowUs),
      elapsedUs: nowUs - this.#openedAtUs,
      requestsInFlight: this.#sender.requestsInFlight,
      traffic: this.#shared.cluster.traffic,
      compression: this.#sender.compression(),
      transactions: this.#shared.transactions?.metrics() ?? {},
    });
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

  /** The topic as partitioners see it. */
  #view(): PartitionView {
    const accumulator = this.#accumulator;
    const sender = this.#sender;
    const nowUs = this.#nowUs;
    const withinUs = this.#config.partitionerAvailabilityTimeoutMs * 1000;
    return {
      get partitionCount() {
        return accumulator.partitionCount;
      },
      queueLength: (partition) => accumulator.queueLength(partition),
      hasLeader: (partition) => sender.isAvailable(partition, 0, 0),
      isAvailable: (partition) => sender.isAvailable(partition, nowUs(), withinUs),
      left: (partition, recordBytes) => {
        if (accumulator.closeIfFull(partition, recordBytes)) sender.onBatchFull();
      },
    };
  }
}

/** The brokers that a producer's properties name. */
export const clusterFor = (config: ProducerConfig): Cluster =>
  new Cluster({ ...config, readBlockBytes: readBlockBytes(LEAST_READ_BLOCK_BYTES, config.receiveBufferBytes) });

/** What all topics of a producer share, once the brokers know the producer. Rejects with a ClientError. */
export const shareProducer = async (
  cluster: Cluster,
  memory: BufferMemory,
  config: ProducerConfig,
  nowUs: () => number,
): Promise<SharedProducer> => {
  const { transactionalId } = config;
  const transactions =
    transactionalId === null ? null : await Transactions.open(cluster, config, transactionalId, nowUs);
  const identity = transactions === null && config.enableIdempotence ? await takeProducerId(cluster, config) : null;
  return { cluster, memory, inFlight: new Map(), senders: new Set(), transactions, identity };
};

const describe = async (cluster: Cluster, { topic, config }: ProducerOptions): Promise<TopicMetadata> => {
  if (config.compressionType === 'zstd') await prepareCodecs();
  return cluster.waitForTopic(topic, { allowAutoCreation: true, maxBlockMs: config.maxBlockMs });
};

const partitionerFor = ({ config, partitioner, seed }: ProducerOptions, view: PartitionView): Partitioner => {
  const random = seed === undefined ? Math.random : seededRandom(seed);
  if (partitioner !== undefined) return new FunctionPartitioner(view, partitioner);
  if (config.partitioner === 'round-robin') return new RoundRobinPartitioner(view, random);
  return new BuiltInPartitioner(view, {
    // What a batch that begins with the first of these records has room for, so that the partition changes when it is full.
    batchSizeBytes: config.batchSize - sizeForRecord(0, 0),
    isAdaptive: config.adaptivePartitioning,
    ignoreKeys: config.partitionerIgnoreKeys,
    random,
  });
};
