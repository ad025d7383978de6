import { BufferMemory } from './buffer-memory.ts';
import { asClientError, ClientError } from './client-error.ts';
import type { Cluster } from './cluster.ts';
import { checkRecord, type GivenHeaders, headersOf, serialized } from './given-record.ts';
import type { CustomPartitioner } from './partitioning/partitioner.ts';
import { headroomFor } from './produce-request.ts';
import { clusterFor, type SharedProducer, shareProducer } from './producer.ts';
import { type GivenProperties, textProperties } from './properties/given-properties.ts';
import { type ProducerConfig, parseProducerProperties } from './properties/producer-properties.ts';
import { plainSerializer, type Serializer } from './serializers.ts';
import { type RecordMetadata, TopicSends } from './topic-sends.ts';
import type { CommittedOffset, OffsetsGroup } from './transactions/requests.ts';
import type { Transactions } from './transactions/transactions.ts';

/** Longest name of a topic, bytes. */
const MAX_TOPIC_BYTES = 249;

/** A record to send. */
export type ProducerRecord<K, V> = {
  readonly topic: string;
  readonly value: V;
  /** Without one, records go to a partition that changes from time to time. */
  readonly key?: K | null;
  /** Chosen by the partitioner when left out. */
  readonly partition?: number;
  /** Milliseconds since the epoch; now when left out. */
  readonly timestampMs?: number;
  /** In their order, as pairs or by key; text is sent as UTF-8. */
  readonly headers?: GivenHeaders;
};

/** Sees records on their way. An interceptor that throws in onSend() fails the record. */
export type ProducerInterceptor<K, V> = {
  /** Before a record is serialized; returns the record that is sent, the same or another. */
  onSend?(record: ProducerRecord<K, V>): ProducerRecord<K, V>;
  /** When a record was acknowledged (`error` is null) or has failed, before its promise is settled. What it throws becomes a warning of the process. */
  onAcknowledgement?(metadata: RecordMetadata, error: Error | null): void;
};

/** How a program's producer is made. */
export type RecordProducerOptions<K, V> = {
  /** Kafka's producer properties, by Kafka's names; `bootstrap.servers` is needed. */
  readonly properties: GivenProperties;
  /** Bytes as they are and text as UTF-8 when left out. */
  readonly keySerializer?: Serializer<K>;
  readonly valueSerializer?: Serializer<V>;
  /** In the order in which they see records. */
  readonly interceptors?: readonly ProducerInterceptor<K, V>[];
  /** Chooses the partition of records that name none, in place of `partitioner.class`. */
  readonly partitioner?: CustomPartitioner;
  /** Makes random choices of partitions the same in every run. */
  readonly seed?: number;
  /** Told once for each topic and kind of error for which records are sent again. */
  readonly onRetry?: (error: ClientError) => void;
};

/**
 * A producer for any topics, for programs: what createProducer() opens. Records gather in batches as `linger.ms` and `batch.size`
 * say; send() does not wait for room in `buffer.memory`, but the promise of a record that finds none within `max.block.ms` rejects.
 * Await promises now and then, so that no more records wait than there is memory for.
 */
export class RecordProducer<K, V> {
  readonly #config: ProducerConfig;
  readonly #cluster: Cluster;
  readonly #shared: SharedProducer;
  readonly #options: RecordProducerOptions<K, V>;
  readonly #keySerializer: Serializer<K>;
  readonly #valueSerializer: Serializer<V>;
  readonly #topics = new Map<string, TopicSends>();
  #isClosed = false;

  /** For createProducer() alone. */
  constructor(
    options: RecordProducerOptions<K, V>,
    config: ProducerConfig,
    shared: SharedProducer,
    serializers: { readonly key: Serializer<K>; readonly value: Serializer<V> },
  ) {
    this.#options = options;
    this.#config = config;
    this.#cluster = shared.cluster;
    this.#shared = shared;
    this.#keySerializer = serializers.key;
    this.#valueSerializer = serializers.value;
  }

  /**
   * Sends a record; resolves when it is acknowledged as `acks` says. Records for a partition are written in the order of the
   * calls. Rejects with a ClientError (ILLEGAL_ARGUMENT for what is no record), or with what a serializer, interceptor or partitioner threw.
   */
  async send(record: ProducerRecord<K, V>): Promise<RecordMetadata> {
    checkRecord(record);
    let seen = record;
    try {
      if (this.#isClosed) throw new ClientError('CLOSED', 'the producer is closed');
      for (const interceptor of this.#options.interceptors ?? []) seen = interceptor.onSend?.(seen) ?? seen;
      if (seen !== record) checkRecord(seen);
      const { topic, key = null } = seen;
      const sent = this.#topic(topic).send({
        partition: seen.partition ?? -1,
        timestampMs: seen.timestampMs ?? Date.now(),
        key: key === null ? null : serialized('key', this.#keySerializer(key, topic)),
        value: serialized('value', this.#valueSerializer(seen.value, topic)),
        headers: headersOf(seen.headers),
      });
      // Nothing is awaited up to here, so that records keep the order of the calls.
      const metadata = await sent;
      this.#acknowledged(metadata, null);
      return metadata;
    } catch (error) {
      const { topic, partition = -1, timestampMs = -1 } = seen;
      const failure = error instanceof Error ? error : asClientError(error);
      this.#acknowledged({ topic, partition, offset: -1, timestampMs }, failure);
      throw failure;
    }
  }

  /** Sends everything that waits, without waiting for linger.ms; resolves when every record is acknowledged or has failed. */
  async flush(): Promise<void> {
    await Promise.all([...this.#topics.values()].map((topic) => topic.flush()));
  }

  /** How many partitions a topic has. Rejects with a ClientError. */
  async partitionCount(topic: string): Promise<number> {
    return (await this.#topic(topic).opened()).partitionCount;
  }

  /** Begins a transaction; needs `transactional.id`. Throws a ClientError. */
  beginTransaction(): void {
    this.#transactions().begin();
  }

  /** Makes offsets of a group part of the transaction, to be committed with it. Rejects with a ClientError. */
  async sendOffsets(offsets: readonly CommittedOffset[], group: OffsetsGroup | string): Promise<void> {
    await this.#transactions().sendOffsets(offsets, typeof group === 'string' ? { groupId: group } : group);
  }

  /**
   * Sends what waits and commits. Rejects with a ClientError: when it `isAbortable`, abort the transaction and begin it again; when
   * it `isRetriable`, the commit may be asked for again; else the producer can only be closed.
   */
  async commitTransaction(): Promise<void> {
    const transactions = this.#transactions();
    await this.#appended();
    await transactions.commit();
  }

  /** Aborts the transaction; records that were not sent yet fail. Rejects with a ClientError. */
  async abortTransaction(): Promise<void> {
    const transactions = this.#transactions();
    await this.#appended();
    await transactions.abort();
  }

  /** Client metrics under Kafka's names for each topic, `group:name:{tags}`. */
  metrics(topic: string): Readonly<Record<string, number>> {
    return this.#topics.get(topic)?.metrics() ?? {};
  }

  /** Aborts an open transaction, sends what waits, and closes the connections; never rejects. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    const { transactions } = this.#shared;
    try {
      if (transactions?.isOpen === true) await transactions.abort();
      await this.flush();
    } catch (error) {
      // An abort that cannot be done is done by the coordinator, after transaction.timeout.ms.
      if (!(error instanceof ClientError)) throw error;
    } finally {
      for (const topic of this.#topics.values()) topic.close();
      this.#cluster.close();
    }
  }

  /** So that `await using` closes it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #topic(name: string): TopicSends {
    const found = this.#topics.get(name);
    if (found !== undefined) return found;
    const { partitioner, seed, onRetry } = this.#options;
    const opened = new TopicSends(name, this.#config, this.#shared, {
      ...(partitioner === undefined ? {} : { partitioner }),
      ...(seed === undefined ? {} : { seed }),
      ...(onRetry === undefined ? {} : { onRetry }),
    });
    this.#topics.set(name, opened);
    // A topic that could not be opened may exist later.
    opened.opened().catch(() => this.#topics.delete(name));
    return opened;
  }

  #transactions(): Transactions {
    const { transactions } = this.#shared;
    if (transactions !== null) return transactions;
    throw new ClientError('ILLEGAL_STATE', 'the producer has no transactions: give it a transactional.id');
  }

  /** Resolves when no record waits for its topic or for memory. */
  async #appended(): Promise<void> {
    await Promise.all([...this.#topics.values()].map((topic) => topic.appended()));
  }

  #acknowledged(metadata: RecordMetadata, error: Error | null): void {
    for (const interceptor of this.#options.interceptors ?? []) {
      try {
        interceptor.onAcknowledgement?.(metadata, error);
      } catch (thrown) {
        // The record's fate is settled: an observer's failure must not change it.
        process.emitWarning(`onAcknowledgement of a producer interceptor threw: ${String(thrown)}`);
      }
    }
  }
}

/** Options whose serializers are ours. */
type PlainOptions = Omit<
  RecordProducerOptions<Uint8Array | string | null, Uint8Array | string | null>,
  'keySerializer' | 'valueSerializer'
>;
type SerializerOptions<K, V> = Omit<RecordProducerOptions<K, V>, 'keySerializer' | 'valueSerializer'> & {
  readonly keySerializer: Serializer<K>;
  readonly valueSerializer: Serializer<V>;
};

/**
 * Opens a producer for a program: finds the cluster, and takes the producer's id when it is idempotent or has a `transactional.id`.
 * Rejects with a PropertyError for a property that cannot be, and with a ClientError when no broker answers or one refuses.
 */
export async function createProducer(
  options: PlainOptions,
): Promise<RecordProducer<Uint8Array | string | null, Uint8Array | string | null>>;
export async function createProducer<K, V>(options: SerializerOptions<K, V>): Promise<RecordProducer<K, V>>;
export async function createProducer<K, V>(options: PlainOptions | SerializerOptions<K, V>): Promise<unknown> {
  const config = parseProducerProperties(textProperties(options.properties));
  const cluster = clusterFor(config);
  try {
    const memory = new BufferMemory(config, headroomFor(config.clientId, MAX_TOPIC_BYTES, config.transactionalId));
    const shared = await shareProducer(cluster, memory, config, () => performance.now() * 1000);
    if ('keySerializer' in options)
      return new RecordProducer(options, config, shared, {
        key: options.keySerializer,
        value: options.valueSerializer,
      });
    return new RecordProducer(options, config, shared, { key: plainSerializer, value: plainSerializer });
  } catch (error) {
    cluster.close();
    throw asClientError(error);
  }
}
