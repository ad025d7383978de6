import { ByteReader } from '../protocol/byte-reader.ts';
import { decodeResponse } from '../protocol/codec.ts';
import { responseHeaderVersion } from '../protocol/headers.ts';
import { fetch } from '../protocol/messages/fetch.ts';
import type { ResponseOf } from '../protocol/schema.ts';
import { backoffMs } from './backoff.ts';
import { asClientError, ClientError } from './client-error.ts';
import { type Cluster, sleep, type TopicMetadata } from './cluster.ts';
import { type Connection, kafkaError } from './connection.ts';
import { fetchFrame, fetchVersion } from './fetch-request.ts';
import { resetOffsets } from './offsets.ts';
import {
  brokerOf,
  lagOf,
  moveTo,
  type PartitionReading,
  partitionReading,
  type TopicReading,
} from './partition-reading.ts';
import type { ConsumerConfig } from './properties/consumer-properties.ts';
import { type AbortedTransaction, nextOffset, RecordDelivery, type RecordListener } from './record-delivery.ts';

/** What a fetcher is made for. */
export type FetcherOptions = {
  readonly cluster: Cluster;
  readonly config: ConsumerConfig;
  /** The listener of records of one topic, asked for once; false from it means enough. */
  readonly listen: (topic: string) => RecordListener;
  /** Told when a listener wants no more; the fetcher has stopped. */
  readonly onEnough: () => void;
  /** Told when reading fails for good; the fetcher has stopped. */
  readonly onFailure: (error: ClientError) => void;
  /** Told once about each kind of error (its name) after which the fetcher goes on. */
  readonly onRetry: (error: ClientError) => void;
  /** Told about a batch that cannot be read, which is then passed over; null fails instead. */
  readonly onUnreadable: ((error: ClientError) => void) | null;
  /** Whether a topic that has gone, or a partition without a leader, is waited for as long as it is read; otherwise reading fails. */
  readonly isPatient: boolean;
  /** Whether positions follow what listeners took; otherwise their owner sets them. */
  readonly advancesPositions: boolean;
  /** Told how long the listeners held the thread with one answer, milliseconds. */
  readonly onHandedOver?: (elapsedMs: number) => void;
};

type FetchedPartition = ResponseOf<typeof fetch>['responses'][number]['partitions'][number];
type Delivery = {
  readonly reading: PartitionReading;
  readonly version: number;
  readonly records: Buffer;
  readonly fromOffset: number;
  readonly aborted: readonly AbortedTransaction[] | null;
  /** Whether the records are in memory that no other answer is read into. */
  readonly isOwn: boolean;
};

/** Kafka's default.api.timeout.ms: how long a topic may be without leaders. */
const API_TIMEOUT_MS = 60_000;
const OFFSET_OUT_OF_RANGE = 1;

/**
 * Reads partitions of any topics from their leaders, one fetch to each broker at a time; partitions come and go meanwhile. The next
 * fetch is sent as soon as the offsets of the last answer are known, before its records are walked, so that the broker works meanwhile.
 * Records are handed over where they lie in the response.
 */
export class Fetcher {
  /** Fetches that were lost or refused and made again. */
  fetchRetryTotal = 0;
  readonly #options: FetcherOptions;
  readonly #topics = new Map<string, TopicReading>();
  /** All that is read, in the order of the next fetch: what was served last comes last (KIP-74). */
  readonly #readings = new Set<PartitionReading>();
  /** Brokers that a fetch is on its way to. */
  readonly #busy = new Set<number>();
  /** Names of the errors that were told. */
  readonly #toldErrors = new Set<string>();
  #state: 'new' | 'running' | 'stopped' = 'new';
  #isPaused = false;
  /** Whether the listener that refuses a record wants it again after resume(). */
  #isHolding = false;
  /** What is to be handed over after resume(), in order. */
  #held: Delivery[] = [];
  /** Failures since the last answer that refused nothing. */
  #failures = 0;
  #fetchSerial = 0;
  #fetchTotal = 0;
  #fetchLatencySumMs = 0;
  #fetchLatencyMaxMs = 0;
  /** Of topics that are read no more. */
  #pastBytes = 0;
  #pastRecords = 0;

  constructor(options: FetcherOptions) {
    this.#options = options;
  }

  /** All that is read. */
  get readings(): ReadonlySet<PartitionReading> {
    return this.#readings;
  }

  /** A partition that is read; undefined for any other. */
  reading(topic: string, partition: number): PartitionReading | undefined {
    return this.#topics.get(topic)?.partitions.get(partition);
  }

  /** Reads more partitions of a topic, from these offsets on. */
  add(metadata: TopicMetadata, offsets: ReadonlyMap<number, number>): void {
    const { config, listen, onUnreadable } = this.#options;
    let topic = this.#topics.get(metadata.name);
    if (topic === undefined) {
      const delivery = new RecordDelivery({
        topic: metadata.name,
        checkCrcs: config.checkCrcs,
        onRecord: listen(metadata.name),
        onUnreadable,
      });
      topic = { metadata, delivery, partitions: new Map() };
      this.#topics.set(metadata.name, topic);
    }
    topic.metadata = metadata;
    for (const [partition, offset] of offsets) {
      const reading = partitionReading(topic, partition, offset);
      topic.partitions.set(partition, reading);
      this.#readings.add(reading);
    }
    this.#pump();
  }

  /** Reads a partition no more; what is on its way is dropped. */
  remove(reading: PartitionReading): void {
    reading.version++;
    const { topic, partition } = reading;
    this.#readings.delete(reading);
    topic.partitions.delete(partition);
    if (topic.partitions.size > 0) return;
    this.#pastBytes += topic.delivery.byteCount;
    this.#pastRecords += topic.delivery.recordCount;
    this.#topics.delete(topic.metadata.name);
  }

  /** Begins to fetch. */
  start(): void {
    if (this.#state === 'new') this.#state = 'running';
    this.#pump();
  }

  /** Fetches nothing more, for good; what is on its way is dropped. */
  stop(): void {
    this.#state = 'stopped';
  }

  /** Sends no further fetch; what is on its way is still handed over. */
  pause(): void {
    this.#isPaused = true;
  }

  /** For a listener to call before it returns false: that record and all after it are handed over after resume(). */
  hold(): void {
    this.#isPaused = true;
    this.#isHolding = true;
  }

  /** Goes on after pause() and hold(). */
  resume(): void {
    this.#isPaused = false;
    this.#isHolding = false;
    try {
      // May be held again, from another record on.
      if (!this.#deliver(this.#held.splice(0))) return;
    } catch (error) {
      this.#fail(asClientError(error));
      return;
    }
    this.#pump();
  }

  /** Goes on with one partition elsewhere. */
  seek(reading: PartitionReading, offset: number): void {
    moveTo(reading, offset);
    this.#pump();
  }

  /** Leaves a partition out until it is resumed; what is on its way is dropped, and fetched again then. */
  pausePartition(reading: PartitionReading): void {
    reading.isPaused = true;
    moveTo(reading, reading.position);
  }

  /** Reads a paused partition again. */
  resumePartition(reading: PartitionReading): void {
    reading.isPaused = false;
    this.#pump();
  }

  /** Metrics under Kafka's names. */
  metrics(): Readonly<Record<string, number>> {
    const { clientId, isolationLevel } = this.#options.config;
    const metric = (name: string, tags = ''): string =>
      `consumer-fetch-manager-metrics:${name}:{client-id=${clientId}${tags}}`;
    const { sentBytes, receivedBytes } = this.#options.cluster.traffic;
    const deliveries = [...this.#topics.values()].map(({ delivery }) => delivery);
    const lags = [...this.#readings].map((reading) => lagOf(reading, isolationLevel === 'read_committed') ?? 0);
    return {
      [metric('bytes-consumed-total')]: deliveries.reduce((sum, { byteCount }) => sum + byteCount, this.#pastBytes),
      [metric('fetch-latency-avg')]: this.#fetchTotal === 0 ? 0 : this.#fetchLatencySumMs / this.#fetchTotal,
      [metric('fetch-latency-max')]: this.#fetchLatencyMaxMs,
      [metric('fetch-total')]: this.#fetchTotal,
      [metric('records-consumed-total')]: deliveries.reduce((sum, each) => sum + each.recordCount, this.#pastRecords),
      [metric('records-lag-max')]: Math.max(0, ...lags),
      [`consumer-metrics:incoming-byte-total:{client-id=${clientId}}`]: receivedBytes,
      [`consumer-metrics:outgoing-byte-total:{client-id=${clientId}}`]: sentBytes,
    };
  }

  /** Sends a fetch to every broker that has none and has something to be asked for. */
  #pump(): void {
    if (this.#state !== 'running' || this.#isPaused) return;
    const nowMs = performance.now();
    const nodes = new Set<number>();
    const homeless: PartitionReading[] = [];
    for (const reading of this.#readings) {
      if (reading.isPaused || reading.isWaiting) continue;
      const nodeId = brokerOf(reading, nowMs);
      if (nodeId < 0) homeless.push(reading);
      else if (!this.#busy.has(nodeId)) nodes.add(nodeId);
    }
    for (const nodeId of nodes) void this.#fetchFrom(nodeId);
    if (homeless.length > 0) void this.#recover(noLeader(homeless), homeless);
  }

  #readable(nodeId: number): readonly PartitionReading[] {
    if (this.#state !== 'running' || this.#isPaused) return [];
    const nowMs = performance.now();
    const readings: PartitionReading[] = [];
    for (const reading of this.#readings)
      if (!reading.isPaused && !reading.isWaiting && brokerOf(reading, nowMs) === nodeId) readings.push(reading);
    return readings;
  }

  async #fetchFrom(nodeId: number): Promise<void> {
    this.#busy.add(nodeId);
    try {
      this.#fetch(await this.#options.cluster.connectionTo(nodeId), nodeId);
    } catch (error) {
      this.#busy.delete(nodeId);
      await this.#recover(asClientError(error), this.#readable(nodeId));
    }
  }

  /** Asks a broker for all that is to be read from it, or leaves it alone when that is nothing. */
  #fetch(connection: Connection, nodeId: number): void {
    const readings = this.#readable(nodeId);
    if (readings.length === 0) {
      this.#busy.delete(nodeId);
      return;
    }
    const version = fetchVersion(connection, readings);
    const correlationId = connection.takeCorrelationId();
    const frame = fetchFrame(this.#options.config, version, correlationId, readings);
    const serial = ++this.#fetchSerial;
    for (const reading of readings) {
      reading.askedBy = serial;
      reading.askedVersion = reading.version;
      reading.askedOffset = reading.fetchOffset;
    }
    const sentMs = performance.now();
    connection.send([frame], {
      correlationId,
      hasHeaderTags: responseHeaderVersion(fetch, version) > 0,
      onFailure: (error) => {
        this.#busy.delete(nodeId);
        void this.#recover(
          error,
          readings.filter((reading) => reading.askedBy === serial),
        );
      },
      onResponse: (slab, start, end) => {
        if (this.#state === 'stopped') return;
        this.#fetchTotal++;
        const latencyMs = performance.now() - sentMs;
        this.#fetchLatencySumMs += latencyMs;
        this.#fetchLatencyMaxMs = Math.max(this.#fetchLatencyMaxMs, latencyMs);
        try {
          const response = decodeResponse(fetch, version, new ByteReader(slab.bytes, start, end));
          this.#answered(response, version, connection, nodeId, serial, readings);
        } catch (error) {
          this.#fail(asClientError(error));
        }
      },
    });
  }

  #answered(
    response: ResponseOf<typeof fetch>,
    version: number,
    connection: Connection,
    nodeId: number,
    serial: number,
    asked: readonly PartitionReading[],
  ): void {
    const deliveries: Delivery[] = [];
    const refusals = new Map<number, { error: ClientError; readings: PartitionReading[] }>();
    for (const { topic, topicId, partitions } of response.responses) {
      const source = this.#topicOf(version >= 13 ? topicId : null, topic);
      for (const fetched of partitions) {
        const reading = source?.partitions.get(fetched.partitionIndex);
        if (reading === undefined || reading.askedBy !== serial || reading.askedVersion !== reading.version) continue;
        this.#note(reading, fetched, nodeId, deliveries, refusals);
      }
    }
    if (response.errorCode !== 0) {
      const error = kafkaError(response.errorCode, `${connection.address} refused a fetch`);
      refusals.set(response.errorCode, { error, readings: asked.filter((reading) => this.#readings.has(reading)) });
    }
    for (const { readings } of refusals.values()) for (const reading of readings) reading.isWaiting = true;
    if (refusals.size === 0) this.#failures = 0;
    this.#fetch(connection, nodeId);
    // A partition may have another broker to be read from than this one.
    this.#pump();
    if (!this.#deliver(deliveries)) return;
    for (const { error, readings } of refusals.values()) void this.#recover(error, readings);
  }

  #topicOf(topicId: string | null, name: string): TopicReading | undefined {
    if (topicId === null) return this.#topics.get(name);
    for (const topic of this.#topics.values()) if (topic.metadata.topicId === topicId) return topic;
    return undefined;
  }

  /** Takes over what an answer says of a partition. */
  #note(
    reading: PartitionReading,
    fetched: FetchedPartition,
    nodeId: number,
    deliveries: Delivery[],
    refusals: Map<number, { error: ClientError; readings: PartitionReading[] }>,
  ): void {
    const { errorCode, highWatermark, lastStableOffset, preferredReadReplica, records, abortedTransactions } = fetched;
    const { askedOffset: fromOffset, topic, partition } = reading;
    if (errorCode !== 0) {
      const isFollower = reading.replica !== null;
      reading.replica = null;
      // What a follower does not have its leader may have.
      if (isFollower && errorCode === OFFSET_OUT_OF_RANGE) return;
      const what = `partition ${partition} of ${topic.metadata.name} cannot be read`;
      const refusal = refusals.get(errorCode) ?? { error: kafkaError(errorCode, what), readings: [] };
      refusals.set(errorCode, refusal);
      refusal.readings.push(reading);
      return;
    }
    reading.highWatermark = highWatermark;
    reading.lastStableOffset = lastStableOffset;
    if (preferredReadReplica >= 0 && preferredReadReplica !== nodeId) {
      const untilMs = performance.now() + this.#options.config.metadataMaxAgeMs;
      reading.replica = { nodeId: preferredReadReplica, untilMs };
    }
    if (records === null || records.length === 0) return;
    reading.fetchOffset = nextOffset(records, fromOffset);
    this.#readings.delete(reading);
    this.#readings.add(reading);
    const { version } = reading;
    deliveries.push({ reading, version, records, fromOffset, aborted: abortedTransactions, isOwn: false });
  }

  /** Hands over what came; false when a listener wants no more, or reading has failed. */
  #deliver(deliveries: readonly Delivery[]): boolean {
    if (deliveries.length === 0) return true;
    if (this.#state === 'stopped') return false;
    if (this.#held.length > 0) {
      this.#keep(deliveries);
      return true;
    }
    const { advancesPositions, onHandedOver } = this.#options;
    const startedMs = onHandedOver === undefined ? 0 : performance.now();
    for (const [index, one] of deliveries.entries()) {
      const { reading, version, records, fromOffset, aborted } = one;
      if (reading.version !== version) continue;
      const { delivery } = reading.topic;
      let isWanted: boolean;
      try {
        isWanted = delivery.deliver(records, reading.partition, fromOffset, aborted);
      } finally {
        if (reading.version === version) {
          reading.deliveredTo = delivery.reachedOffset;
          if (advancesPositions) reading.position = delivery.reachedOffset;
        }
      }
      if (isWanted) continue;
      if (this.#isHolding) {
        delivery.expectAgain();
        this.#keep([{ ...one, fromOffset: delivery.reachedOffset }, ...deliveries.slice(index + 1)]);
        break;
      }
      this.stop();
      this.#options.onEnough();
      return false;
    }
    onHandedOver?.(performance.now() - startedMs);
    return true;
  }

  /** Keeps what is handed over after resume(): in memory of its own, as an answer's is used again. */
  #keep(deliveries: readonly Delivery[]): void {
    for (const one of deliveries)
      this.#held.push(one.isOwn ? one : { ...one, records: Buffer.from(one.records), isOwn: true });
  }

  #fail(error: ClientError): void {
    if (this.#state === 'stopped') return;
    this.stop();
    this.#options.onFailure(error);
  }

  /** After a retriable error: learn the leaders anew and fetch again; anything else ends reading. */
  async #recover(error: ClientError, readings: readonly PartitionReading[]): Promise<void> {
    if (this.#state === 'stopped') return;
    const isOutOfRange = error.code === OFFSET_OUT_OF_RANGE;
    if (!error.isRetriable && !isOutOfRange) {
      this.#fail(error);
      return;
    }
    if (!this.#toldErrors.has(error.name)) {
      this.#toldErrors.add(error.name);
      this.#options.onRetry(error);
    }
    this.fetchRetryTotal++;
    for (const reading of readings) {
      reading.isWaiting = true;
      reading.replica = null;
    }
    try {
      do {
        this.#failures++;
        await sleep(backoffMs(this.#options.config, this.#failures));
      } while (!(await this.#findLeaders(readings)));
      if (isOutOfRange) await this.#reset(readings, error);
      for (const reading of readings) reading.isWaiting = false;
      this.#pump();
    } catch (failure) {
      this.#fail(asClientError(failure));
    }
  }

  /** Learns who leads; false when that is to be asked again. */
  async #findLeaders(readings: readonly PartitionReading[]): Promise<boolean> {
    const { cluster, isPatient } = this.#options;
    const wanted = readings.filter((reading) => this.#readings.has(reading));
    for (const topic of new Set(wanted.map((reading) => reading.topic))) {
      if (this.#state === 'stopped') return true;
      const { name } = topic.metadata;
      const options = { allowAutoCreation: false, maxBlockMs: API_TIMEOUT_MS };
      if (!isPatient) topic.metadata = await cluster.waitForTopic(name, options);
      else {
        const { topics } = await cluster.describeTopics([name], options);
        const found = topics.find((candidate) => candidate.name === name && candidate.errorCode === 0);
        if (found === undefined) return false;
        topic.metadata = found;
      }
    }
    return wanted.every((reading) => brokerOf(reading, performance.now()) >= 0);
  }

  async #reset(readings: readonly PartitionReading[], refusal: ClientError): Promise<void> {
    const { cluster, config } = this.#options;
    for (const topic of new Set(readings.map((reading) => reading.topic))) {
      const lost = readings.filter((reading) => reading.topic === topic && this.#readings.has(reading));
      const partitions = lost.map(({ partition }) => partition);
      const offsets = await resetOffsets(cluster, topic.metadata, partitions, config, refusal);
      for (const reading of lost) moveTo(reading, offsets.get(reading.partition) ?? reading.fetchOffset);
    }
  }
}

const noLeader = ([reading]: readonly PartitionReading[]): ClientError =>
  new ClientError(
    'LEADER_NOT_AVAILABLE',
    `partition ${reading?.partition} of ${reading?.topic.metadata.name} has no leader`,
    { code: 5, isRetriable: true },
  );
