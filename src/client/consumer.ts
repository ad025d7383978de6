import { ByteReader } from '../protocol/byte-reader.ts';
import { decodeResponse } from '../protocol/codec.ts';
import { crc32c } from '../protocol/crc32c.ts';
import { encodeRequestFrame, responseHeaderVersion } from '../protocol/headers.ts';
import { fetch } from '../protocol/messages/fetch.ts';
import {
  BATCH_OVERHEAD_BYTES,
  batchCrc,
  batchLastOffset,
  batchMagic,
  batchSizeBytes,
  isControl,
  MAGIC_V2,
  type RecordVisitor,
  walkRecords,
} from '../protocol/record-batch.ts';
import type { ResponseOf } from '../protocol/schema.ts';
import { ZERO_UUID } from '../protocol/uuid.ts';
import { backoffMs } from './backoff.ts';
import { asClientError, ClientError } from './client-error.ts';
import { Cluster, readBlockBytes, sleep, type TopicMetadata } from './cluster.ts';
import { type Connection, kafkaError } from './connection.ts';
import { EARLIEST_OFFSET, fetchOffsets, LATEST_OFFSET } from './offsets.ts';
import type { ConsumerConfig } from './properties/consumer-properties.ts';

/** Receives each record in place, see `RecordSink` of the drivers; false stops the consumer before the record counts. */
export type RecordListener = (
  bytes: Buffer,
  partition: number,
  offset: number,
  timestampMs: number,
  keyStart: number,
  keyEnd: number,
  valueStart: number,
  valueEnd: number,
) => boolean;

/** What a consumer is made for. */
export type ConsumerOptions = {
  readonly topic: string;
  readonly config: ConsumerConfig;
  /** Partitions to read; null reads all of the topic's. */
  readonly partitions: readonly number[] | null;
  readonly onRecord: RecordListener;
  /** Told once about each kind of error (its name) after which the consumer goes on. */
  readonly onRetry?: (error: ClientError) => void;
};

type FetchResponse = ResponseOf<typeof fetch>;
type FetchedPartition = FetchResponse['responses'][number]['partitions'][number];

/** Kafka's default.api.timeout.ms: how long a topic may be without leaders. */
const API_TIMEOUT_MS = 60_000;
const OFFSET_OUT_OF_RANGE = 1;

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
  readonly #visit: RecordVisitor;
  readonly #onRetry: (error: ClientError) => void;
  /** Names of the errors that were told. */
  readonly #toldErrors = new Set<string>();
  #topic: TopicMetadata;
  #isStopped = false;
  /** Failures since the last answer that refused nothing. */
  #failures = 0;
  #visitedBytes: Buffer = Buffer.alloc(0);
  #visitedPartition = -1;
  #finish: ((error: ClientError | null) => void) | null = null;
  #fetchTotal = 0;
  #fetchRetryTotal = 0;
  #fetchLatencySumMs = 0;
  #fetchLatencyMaxMs = 0;
  #recordTotal = 0;
  #byteTotal = 0;

  private constructor(options: ConsumerOptions, cluster: Cluster, topic: TopicMetadata) {
    this.#config = options.config;
    this.#cluster = cluster;
    this.#topic = topic;
    this.#onRetry = options.onRetry ?? (() => {});
    const { onRecord } = options;
    this.#visit = (offset, timestampMs, keyStart, keyEnd, valueStart, valueEnd) => {
      if (
        !onRecord(
          this.#visitedBytes,
          this.#visitedPartition,
          offset,
          timestampMs,
          keyStart,
          keyEnd,
          valueStart,
          valueEnd,
        )
      )
        return false;
      this.#recordTotal++;
      return true;
    };
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
      const topic = await cluster.waitForTopic(options.topic, {
        allowAutoCreation: true,
        maxBlockMs: API_TIMEOUT_MS,
      });
      const consumer = new Consumer(options, cluster, topic);
      await consumer.#reset(options.partitions ?? topic.partitions.map(({ index }) => index));
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
      [metric('bytes-consumed-total')]: this.#byteTotal,
      [metric('fetch-latency-avg')]: this.#fetchTotal === 0 ? 0 : this.#fetchLatencySumMs / this.#fetchTotal,
      [metric('fetch-latency-max')]: this.#fetchLatencyMaxMs,
      [metric('fetch-total')]: this.#fetchTotal,
      [metric('records-consumed-total')]: this.#recordTotal,
    };
  }

  /** Sets partitions to where `auto.offset.reset` says. */
  async #reset(partitions: readonly number[]): Promise<void> {
    const time = this.#config.autoOffsetReset === 'latest' ? LATEST_OFFSET : EARLIEST_OFFSET;
    const offsets = await fetchOffsets(this.#cluster, this.#topic, partitions, time);
    for (const [partition, offset] of offsets) this.#positions.set(partition, offset);
  }

  #fetchFromAll(): void {
    const byLeader = new Map<number, number[]>();
    for (const { index, leader } of this.#topic.partitions) {
      if (!this.#positions.has(index)) continue;
      const partitions = byLeader.get(leader);
      if (partitions === undefined) byLeader.set(leader, [index]);
      else partitions.push(index);
    }
    for (const [leader, partitions] of byLeader) void this.#begin(leader, partitions);
  }

  async #begin(leader: number, partitions: readonly number[]): Promise<void> {
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
      this.#fetch(connection, version, leader, partitions);
    }
    for (const { partitionIndex, records } of fetched) {
      if (records !== null && !this.#deliver(records, partitionIndex, from.get(partitionIndex) ?? 0)) {
        this.#finish?.(null);
        return;
      }
    }
    if (refusal !== null) void this.#recover(refusal, leader, partitions);
  }

  #refusalOf(fetched: readonly FetchedPartition[]): ClientError | null {
    const refused = fetched.find(({ errorCode }) => errorCode !== 0);
    if (refused === undefined) return null;
    return kafkaError(refused.errorCode, `partition ${refused.partitionIndex} of ${this.#topic.name} cannot be read`);
  }

  /** Hands over the records of whole batches from `fromOffset` on; false when the listener wants no more. */
  #deliver(records: Buffer, partition: number, fromOffset: number): boolean {
    this.#visitedBytes = records;
    this.#visitedPartition = partition;
    let at = 0;
    while (records.length - at >= BATCH_OVERHEAD_BYTES) {
      const sizeBytes = batchSizeBytes(records, at);
      if (sizeBytes > records.length - at) break;
      this.#checkBatch(records, at, sizeBytes, partition);
      this.#byteTotal += sizeBytes;
      if (!isControl(records, at) && !walkRecords(records, at, fromOffset, this.#visit)) return false;
      at += sizeBytes;
    }
    return true;
  }

  #checkBatch(records: Buffer, at: number, sizeBytes: number, partition: number): void {
    const where = `a batch of partition ${partition} of ${this.#topic.name}, at offset ${batchLastOffset(records, at)} or before,`;
    if (sizeBytes < BATCH_OVERHEAD_BYTES || batchMagic(records, at) !== MAGIC_V2)
      throw new ClientError('CORRUPT_MESSAGE', `${where} is not of format 2`, { code: 2 });
    if (this.#config.checkCrcs && crc32c(records.subarray(at + 21, at + sizeBytes)) !== batchCrc(records, at))
      throw new ClientError('CORRUPT_MESSAGE', `${where} has a wrong CRC-32C`, { code: 2 });
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
        void this.#begin(
          next,
          led.map(({ index }) => index),
        );
      }
    } catch (failure) {
      this.#finish?.(asClientError(failure));
    }
  }
}

/** Offset behind the last whole batch; `fallback` when there is none. */
const nextOffset = (records: Buffer, fallback: number): number => {
  let next = fallback;
  let at = 0;
  while (records.length - at >= BATCH_OVERHEAD_BYTES) {
    const sizeBytes = batchSizeBytes(records, at);
    if (sizeBytes < BATCH_OVERHEAD_BYTES || sizeBytes > records.length - at) break;
    next = Math.max(next, batchLastOffset(records, at) + 1);
    at += sizeBytes;
  }
  return next;
};
