import { ByteReader } from '../protocol/byte-reader.ts';
import { decodeResponse } from '../protocol/codec.ts';
import { prepareCodecs } from '../protocol/compression/compression.ts';
import { encodeRequestFrame, responseHeaderVersion } from '../protocol/headers.ts';
import { fetch } from '../protocol/messages/fetch.ts';
import type { ResponseOf } from '../protocol/schema.ts';
import { ZERO_UUID } from '../protocol/uuid.ts';
import { backoffMs } from './backoff.ts';
import { asClientError, type ClientError } from './client-error.ts';
import { Cluster, readBlockBytes, sleep, type TopicMetadata } from './cluster.ts';
import { type Connection, kafkaError } from './connection.ts';
import { EARLIEST_OFFSET, fetchOffsets, LATEST_OFFSET } from './offsets.ts';
import type { ConsumerConfig } from './properties/consumer-properties.ts';
import { nextOffset, RecordDelivery, type RecordListener } from './record-delivery.ts';

/** What a consumer is made for. */
export type ConsumerOptions = {
  readonly topic: string;
  readonly config: ConsumerConfig;
  /** Partitions to read; null reads all of the topic's. */
  readonly partitions: readonly number[] | null;
  /** Where to begin, by partition; those left out begin where `auto.offset.reset` says. */
  readonly startOffsets?: ReadonlyMap<number, number>;
  readonly onRecord: RecordListener;
  /** Told once about each kind of error (its name) after which the consumer goes on. */
  readonly onRetry?: (error: ClientError) => void;
  /** Told when all fetched records of a partition were handed over: the offset behind them, markers of transactions included. */
  readonly onDelivered?: (partition: number, nextOffset: number) => void;
  /** Told about a batch that cannot be read, which is then passed over; without it, reading fails. */
  readonly onUnreadable?: (error: ClientError) => void;
};

type FetchResponse = ResponseOf<typeof fetch>;
type FetchedPartition = FetchResponse['responses'][number]['partitions'][number];

/** Kafka's default.api.timeout.ms: how long a topic may be without leaders. */
const API_TIMEOUT_MS = 60_000;
const OFFSET_OUT_OF_RANGE = 1;
/** `isolation.level` as requests number it. */
const ISOLATION_LEVELS = { read_uncommitted: 0, read_committed: 1 } as const;

/**
 * Reads assigned partitions of one topic from every leader, one fetch to each at a time. The next fetch is sent as soon as
 * the offsets of the last answer are known, before its records are walked, so that the broker works meanwhile. Records are
 * handed over where they lie in the response; each batch's CRC is checked unless `check.crcs` is off.
 */
export class Consumer {
  readonly #config: ConsumerConfig;
  readonly #cluster: Cluster;
  /** Offset of the next fetch, by partition. */
  readonly #positions = new Map<number, number>();
  readonly #delivery: RecordDelivery;
  readonly #onRetry: (error: ClientError) => void;
  readonly #onDelivered: ((partition: number, nextOffset: number) => void) | null;
  /** Names of the errors that were told. */
  readonly #toldErrors = new Set<string>();
  #topic: TopicMetadata;
  #isStopped = false;
  /** Failures since the last answer that refused nothing. */
  #failures = 0;
  #isPaused = false;
  /** What is to be fetched when the consumer goes on. */
  readonly #held: { leader: number; partitions: readonly number[] }[] = [];
  #finish: ((error: ClientError | null) => void) | null = null;
  #fetchTotal = 0;
  #fetchRetryTotal = 0;
  #fetchLatencySumMs = 0;
  #fetchLatencyMaxMs = 0;

  private constructor(options: ConsumerOptions, cluster: Cluster, topic: TopicMetadata) {
    this.#config = options.config;
    this.#cluster = cluster;
    this.#topic = topic;
    this.#onRetry = options.onRetry ?? (() => {});
    this.#onDelivered = options.onDelivered ?? null;
    this.#delivery = new RecordDelivery({
      topic: options.topic,
      checkCrcs: options.config.checkCrcs,
      onRecord: options.onRecord,
      onUnreadable: options.onUnreadable ?? null,
    });
  }

  /** Connects, finds the topic's leaders and where to begin (`auto.offset.reset`). Rejects with a ClientError. */
  static async open(options: ConsumerOptions): Promise<Consumer> {
    const { config } = options;
    const partitionBytes = config.maxPartitionFetchBytes + 64 * 1024;
    const cluster = new Cluster({
      ...config,
      readBlockBytes: readBlockBytes(2 * partitionBytes, config.receiveBufferBytes),
    });
    try {
      await prepareCodecs();
      const topic = await cluster.waitForTopic(options.topic, {
        allowAutoCreation: true,
        maxBlockMs: API_TIMEOUT_MS,
      });
      const consumer = new Consumer(options, cluster, topic);
      await consumer.#begin(
        options.partitions ?? topic.partitions.map(({ index }) => index),
        options.startOffsets ?? new Map(),
      );
      return consumer;
    } catch (error) {
      cluster.close();
      throw asClientError(error);
    }
  }

  /** The partitions that are read. */
  get partitions(): readonly number[] {
    return [...this.#positions.keys()];
  }

  /** Offset of the next fetch by partition; what was fetched before may not be handed over yet. */
  get offsets(): ReadonlyMap<number, number> {
    return this.#positions;
  }

  /** Fetches until a listener returns false or stop() is called. Rejects with a ClientError when reading fails for good. */
  run(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#finish = (error) => {
        this.#finish = null;
        this.#isStopped = true;
        if (error === null) resolve();
        else reject(error);
      };
      if (this.#isStopped) this.#finish(null);
      else this.#fetchFromAll();
    });
  }

  /** Ends run(). */
  stop(): void {
    this.#isStopped = true;
    this.#finish?.(null);
  }

  /** Sends no further fetch; what is on its way is still handed over. */
  pause(): void {
    this.#isPaused = true;
  }

  /** Goes on after pause(). */
  resume(): void {
    this.#isPaused = false;
    for (const { leader, partitions } of this.#held.splice(0)) void this.#fetchFrom(leader, partitions);
  }

  /** Closes the connections. */
  close(): void {
    this.stop();
    this.#cluster.close();
  }

  /** Fetches that were lost or refused and made again. */
  get fetchesRetried(): number {
    return this.#fetchRetryTotal;
  }

  /** Connections that were opened again. */
  get reconnects(): number {
    return this.#cluster.reconnects;
  }

  /** Metrics under Kafka's names. */
  metrics(): Readonly<Record<string, number>> {
    const tags = `{client-id=${this.#config.clientId}}`;
    const metric = (name: string): string => `consumer-fetch-manager-metrics:${name}:${tags}`;
    return {
      [metric('bytes-consumed-total')]: this.#delivery.byteCount,
      [metric('fetch-latency-avg')]: this.#fetchTotal === 0 ? 0 : this.#fetchLatencySumMs / this.#fetchTotal,
      [metric('fetch-latency-max')]: this.#fetchLatencyMaxMs,
      [metric('fetch-total')]: this.#fetchTotal,
      [metric('records-consumed-total')]: this.#delivery.recordCount,
    };
  }

  async #begin(partitions: readonly number[], startOffsets: ReadonlyMap<number, number>): Promise<void> {
    const unset = partitions.filter((partition) => !startOffsets.has(partition) || !this.#hasPartition(partition));
    await this.#reset(unset);
    for (const partition of partitions) {
      const offset = startOffsets.get(partition);
      if (offset !== undefined) this.#positions.set(partition, offset);
    }
  }

  #hasPartition(partition: number): boolean {
    return this.#topic.partitions.some(({ index }) => index === partition);
  }

  /** Sets partitions to where `auto.offset.reset` says. */
  async #reset(partitions: readonly number[]): Promise<void> {
    const time = this.#config.autoOffsetReset.to === 'latest' ? LATEST_OFFSET : EARLIEST_OFFSET;
    const offsets = await fetchOffsets(this.#cluster, this.#topic, partitions, time, this.#isolationLevel);
    for (const [partition, offset] of offsets) this.#positions.set(partition, offset);
  }

  get #isolationLevel(): 0 | 1 {
    return ISOLATION_LEVELS[this.#config.isolationLevel];
  }

  #fetchFromAll(): void {
    const byLeader = new Map<number, number[]>();
    for (const { index, leader } of this.#topic.partitions) {
      if (!this.#positions.has(index)) continue;
      const partitions = byLeader.get(leader);
      if (partitions === undefined) byLeader.set(leader, [index]);
      else partitions.push(index);
    }
    for (const [leader, partitions] of byLeader) void this.#fetchFrom(leader, partitions);
  }

  async #fetchFrom(leader: number, partitions: readonly number[]): Promise<void> {
    try {
      const connection = await this.#cluster.connectionTo(leader);
      this.#fetch(connection, this.#versionFor(connection), leader, partitions);
    } catch (error) {
      await this.#recover(asClientError(error), leader, partitions);
    }
  }

  /** Version 13 and later name topics by id, which brokers before 2.8 do not give. */
  #versionFor(connection: Connection): number {
    const version = connection.versionOf(fetch);
    return this.#topic.topicId === ZERO_UUID ? Math.min(version, 12) : version;
  }

  #fetch(connection: Connection, version: number, leader: number, partitions: readonly number[]): void {
    if (this.#isStopped) return;
    const config = this.#config;
    const from = new Map(partitions.map((partition) => [partition, this.#positions.get(partition) ?? 0]));
    const correlationId = connection.takeCorrelationId();
    const frame = encodeRequestFrame(fetch, version, correlationId, config.clientId, {
      maxWaitMs: config.fetchMaxWaitMs,
      minBytes: config.fetchMinBytes,
      maxBytes: config.fetchMaxBytes,
      isolationLevel: this.#isolationLevel,
      topics: [
        {
          topic: this.#topic.name,
          topicId: this.#topic.topicId,
          partitions: [...from].map(([partition, fetchOffset]) => ({
            partition,
            fetchOffset,
            partitionMaxBytes: config.maxPartitionFetchBytes,
          })),
        },
      ],
    });
    const sentMs = performance.now();
    connection.send([frame], {
      correlationId,
      hasHeaderTags: responseHeaderVersion(fetch, version) > 0,
      onFailure: (error) => void this.#recover(error, leader, partitions),
      onResponse: (slab, start, end) => {
        if (this.#isStopped) return;
        this.#fetchTotal++;
        const latencyMs = performance.now() - sentMs;
        this.#fetchLatencySumMs += latencyMs;
        this.#fetchLatencyMaxMs = Math.max(this.#fetchLatencyMaxMs, latencyMs);
        try {
          const response = decodeResponse(fetch, version, new ByteReader(slab.bytes, start, end));
          this.#answered(response, from, connection, version, leader, partitions);
        } catch (error) {
          this.#finish?.(asClientError(error));
        }
      },
    });
  }

  #answered(
    response: FetchResponse,
    from: ReadonlyMap<number, number>,
    connection: Connection,
    version: number,
    leader: number,
    partitions: readonly number[],
  ): void {
    const fetched = response.responses.flatMap((topic) => topic.partitions);
    const refusal =
      response.errorCode !== 0
        ? kafkaError(response.errorCode, `${connection.address} refused a fetch`)
        : this.#refusalOf(fetched);
    for (const { partitionIndex, records } of fetched) {
      if (records !== null) this.#positions.set(partitionIndex, nextOffset(records, from.get(partitionIndex) ?? 0));
    }
    if (refusal === null) {
      this.#failures = 0;
      if (this.#isPaused) this.#held.push({ leader, partitions });
      else this.#fetch(connection, version, leader, partitions);
    }
    for (const { partitionIndex, records, abortedTransactions } of fetched) {
      if (records === null) continue;
      if (!this.#delivery.deliver(records, partitionIndex, from.get(partitionIndex) ?? 0, abortedTransactions)) {
        this.#finish?.(null);
        return;
      }
      this.#onDelivered?.(partitionIndex, nextOffset(records, from.get(partitionIndex) ?? 0));
    }
    if (refusal !== null) void this.#recover(refusal, leader, partitions);
  }

  #refusalOf(fetched: readonly FetchedPartition[]): ClientError | null {
    const refused = fetched.find(({ errorCode }) => errorCode !== 0);
    if (refused === undefined) return null;
    return kafkaError(refused.errorCode, `partition ${refused.partitionIndex} of ${this.#topic.name} cannot be read`);
  }

  /** After a retriable error: learn the leaders anew and fetch again; anything else ends run(). */
  async #recover(error: ClientError, leader: number, partitions: readonly number[]): Promise<void> {
    if (this.#isStopped) return;
    const isOutOfRange = error.code === OFFSET_OUT_OF_RANGE;
    if (!error.isRetriable && !isOutOfRange) {
      this.#finish?.(error);
      return;
    }
    if (!this.#toldErrors.has(error.name)) {
      this.#toldErrors.add(error.name);
      this.#onRetry(error);
    }
    this.#fetchRetryTotal++;
    try {
      this.#failures++;
      await sleep(backoffMs(this.#config, this.#failures));
      if (this.#isStopped) return;
      this.#topic = await this.#cluster.waitForTopic(this.#topic.name, {
        allowAutoCreation: false,
        maxBlockMs: API_TIMEOUT_MS,
      });
      if (isOutOfRange) await this.#reset(partitions);
      const leaders = new Set(
        this.#topic.partitions.filter(({ index }) => partitions.includes(index)).map((p) => p.leader),
      );
      for (const next of leaders.size === 0 ? [leader] : leaders) {
        const led = this.#topic.partitions.filter((p) => p.leader === next && partitions.includes(p.index));
        void this.#fetchFrom(
          next,
          led.map(({ index }) => index),
        );
      }
    } catch (failure) {
      this.#finish?.(asClientError(failure));
    }
  }
}
