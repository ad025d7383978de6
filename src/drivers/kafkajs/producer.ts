import type { Producer } from 'kafkajs';
import { Accumulator } from '../../client/accumulator.ts';
import { BufferMemory } from '../../client/buffer-memory.ts';
import { Cluster, readBlockBytes, type TopicMetadata } from '../../client/cluster.ts';
import { BuiltInPartitioner, type Partitioner, RoundRobinPartitioner } from '../../client/partitioning/partitioner.ts';
import { sizeForRecord } from '../../client/produce-batch.ts';
import { type ProducerConfig, parseProducerProperties } from '../../client/properties/producer-properties.ts';
import { codecInfo } from '../../protocol/compression/compression.ts';
import { BATCH_OVERHEAD_BYTES } from '../../protocol/record-batch.ts';
import { type Compression, DriverFailure, type ProducerDriver, type ProducerDriverOptions } from '../driver.ts';
import { settledBatchOf } from '../settled.ts';
import { type KafkajsConnections, kafkajsRetry, makeKafkajsClient } from './client.ts';
import { giveCodecs } from './codecs.ts';
import { kafkajsFailure } from './errors.ts';
import { kafkajsHeaders } from './messages.ts';
import { kafkajsProducerSettings } from './properties.ts';
import { KafkajsSender } from './sender.ts';
import { KafkajsTransactions } from './transactions.ts';

/** Size of what a metadata answer is read into, bytes. */
const readBytes = 64 * 1024;

/** About what a record takes in a batch beside its key and value. */
const recordOverheadBytes = 8;

/** What kafkajs gave to the codec and got back. */
type CodecAccount = { batches: number; bytesBefore: number; bytesAfter: number };

/** Adds what kafkajs's codec did, in sizes of whole batches. */
const compressionOf = (
  { compressionType, compressionLevel }: ProducerConfig,
  account: CodecAccount,
  plainBytes: number,
): Compression => {
  const headerBytes = account.batches * BATCH_OVERHEAD_BYTES;
  const isPlain = compressionType === 'none';
  return {
    codec: compressionType,
    level: compressionLevel,
    implementation: isPlain ? null : codecInfo(compressionType),
    bytesBefore: isPlain ? plainBytes : account.bytesBefore + headerBytes,
    bytesAfter: isPlain ? plainBytes : account.bytesAfter + headerBytes,
    batchesLeft: 0,
  };
};

/** Asks our own client for the leaders of a topic, since kafkajs keeps them to itself. */
const leadersOf = async (cluster: Cluster, name: string): Promise<TopicMetadata | null> => {
  try {
    const { topics } = await cluster.describeTopics([name], { allowAutoCreation: false });
    return topics.find((topic) => topic.name === name && topic.errorCode === 0) ?? null;
  } catch {
    // It is asked again with the next failure; until then the leaders stay as they were.
    return null;
  }
};

/** A kafkajs producer behind an accumulator of ours. */
class KafkajsProducer implements ProducerDriver {
  readonly notes: readonly string[];
  readonly transactions: KafkajsTransactions | null;
  readonly #config: ProducerConfig;
  readonly #cluster: Cluster;
  readonly #producer: Producer;
  readonly #memory: BufferMemory;
  readonly #accumulator: Accumulator;
  readonly #sender: KafkajsSender;
  readonly #codecAccount: CodecAccount;
  readonly #connections: KafkajsConnections;
  readonly #partitioner: Partitioner;

  constructor(
    options: ProducerDriverOptions,
    config: ProducerConfig,
    opened: {
      readonly notes: readonly string[];
      readonly mostInFlight: number;
      readonly cluster: Cluster;
      readonly topic: TopicMetadata;
      readonly producer: Producer;
      readonly connections: KafkajsConnections;
      readonly codecAccount: CodecAccount;
    },
  ) {
    const { cluster, topic, producer, mostInFlight } = opened;
    this.notes = opened.notes;
    this.#config = config;
    this.#cluster = cluster;
    this.#producer = producer;
    this.#codecAccount = opened.codecAccount;
    this.#connections = opened.connections;
    this.#memory = new BufferMemory(config, 0);
    this.#accumulator = new Accumulator(this.#memory.pool, options.nowUs);
    this.#sender = new KafkajsSender({
      config,
      mostInFlight,
      topic,
      headers: kafkajsHeaders(options.headers ?? []),
      memory: this.#memory,
      accumulator: this.#accumulator,
      nowUs: options.nowUs,
      through: () => this.transactions?.current() ?? producer,
      onSettled: (batch, error, settledAtUs) => options.onSettled(settledBatchOf(batch, error, settledAtUs)),
      onRetry: (error) => options.onRetry?.(error),
      findLeaders: () => leadersOf(cluster, topic.name),
    });
    this.transactions =
      options.properties['transactional.id'] === undefined ? null : new KafkajsTransactions(producer, this.#sender);
    this.#partitioner = this.#choosePartitioner();
  }

  get partitionCount(): number {
    return this.#accumulator.partitionCount;
  }

  get backlogBytes(): number {
    return this.#accumulator.waitingBytes;
  }

  send(
    partition: number,
    timestampMs: number,
    key: Uint8Array | null,
    value: Uint8Array,
    sentAtUs: number,
    dueAtUs: number,
    tag: number,
  ): boolean {
    const sender = this.#sender;
    if (sender.failure !== null) throw sender.failure;
    this.#checkSize(key, value);
    const recordBytes = recordOverheadBytes + value.length + (key === null ? 0 : key.length);
    const target = partition >= 0 ? partition : this.#partitioner.choose(key, value, recordBytes);
    const outcome = this.#accumulator.append(target, timestampMs, key, value, sentAtUs, dueAtUs, tag);
    if (outcome === 'none') {
      sender.onMemoryFull();
      return false;
    }
    if (partition < 0) this.#partitioner.appended(key, recordBytes);
    if (outcome === 'full') sender.onBatchFull();
    else if (outcome === 'begun') sender.onBatchBegun();
    return true;
  }

  ready(): Promise<void> {
    if (this.#sender.failure !== null) return Promise.reject(this.#sender.failure);
    return this.#memory.untilRoom().catch((error: unknown) => {
      throw kafkajsFailure(error);
    });
  }

  flush(): Promise<void> {
    return this.#sender.flush();
  }

  async close(): Promise<void> {
    this.#sender.close();
    this.#cluster.close();
    // It is over either way; what it says then is about connections that are gone.
    await this.#producer.disconnect().catch(() => {});
  }

  limits() {
    return this.#sender.limits();
  }

  repeats() {
    return { retries: this.#sender.totals.recordRetry, reconnects: this.#connections.reconnects };
  }

  compression(): Compression {
    return compressionOf(this.#config, this.#codecAccount, this.#sender.totals.batchBytes);
  }

  metrics(): Readonly<Record<string, number>> {
    const { totals } = this.#sender;
    const metric = (name: string): string => `producer-metrics:${name}:{client-id=${this.#config.clientId}}`;
    const over = (sum: number, count: number): number => (count === 0 ? 0 : sum / count);
    return {
      [metric('batch-size-avg')]: over(totals.batchBytes, totals.batch),
      [metric('buffer-available-bytes')]: this.#memory.pool.availableBytes,
      [metric('buffer-total-bytes')]: this.#config.bufferMemory,
      [metric('record-error-total')]: totals.recordError,
      [metric('record-retry-total')]: totals.recordRetry,
      [metric('record-send-total')]: totals.recordSend,
      [metric('records-per-request-avg')]: over(totals.recordSend, totals.request),
      [metric('request-total')]: totals.request,
    };
  }

  #checkSize(key: Uint8Array | null, value: Uint8Array): void {
    const sizeBytes = sizeForRecord(key === null ? -1 : key.length, value.length);
    const { maxRequestSize, bufferMemory } = this.#config;
    if (sizeBytes <= maxRequestSize && sizeBytes <= bufferMemory) return;
    const bound = sizeBytes > maxRequestSize ? `max.request.size=${maxRequestSize}` : `buffer.memory=${bufferMemory}`;
    const message = `a record takes ${sizeBytes} bytes, more than ${bound}; raise it or send smaller records`;
    throw new DriverFailure('RECORD_TOO_LARGE', null, message);
  }

  /** Kafka's partitioners, as the native client has them. */
  #choosePartitioner(): Partitioner {
    const accumulator = this.#accumulator;
    const sender = this.#sender;
    const view = {
      get partitionCount() {
        return accumulator.partitionCount;
      },
      queueLength: (partition: number) => accumulator.queueLength(partition),
      hasLeader: (partition: number) => sender.hasLeader(partition),
      isAvailable: (partition: number) => sender.hasLeader(partition),
      left: (partition: number, recordBytes: number) => {
        if (accumulator.closeIfFull(partition, recordBytes)) sender.onBatchFull();
      },
    };
    const { adaptivePartitioning, batchSize, partitioner, partitionerIgnoreKeys } = this.#config;
    if (partitioner === 'round-robin') return new RoundRobinPartitioner(view, Math.random);
    return new BuiltInPartitioner(view, {
      batchSizeBytes: batchSize,
      isAdaptive: adaptivePartitioning,
      ignoreKeys: partitionerIgnoreKeys,
      random: Math.random,
    });
  }
}

/** Opens a producer of kafkajs. Rejects with a DriverFailure when the target cannot be reached or refuses the topic. */
export const openKafkajsProducer = async (options: ProducerDriverOptions): Promise<ProducerDriver> => {
  const { properties } = options;
  const config = parseProducerProperties(properties);
  const { isIdempotent, mostInFlight, notes } = kafkajsProducerSettings(properties);
  const cluster = new Cluster({ ...config, readBlockBytes: readBlockBytes(readBytes, config.receiveBufferBytes) });
  try {
    const topic = await cluster.waitForTopic(options.topic, { allowAutoCreation: true, maxBlockMs: config.maxBlockMs });
    const { kafkajs, kafka, connections } = await makeKafkajsClient(config, properties);
    const codecAccount: CodecAccount = { batches: 0, bytesBefore: 0, bytesAfter: 0 };
    await giveCodecs(kafkajs, config.compressionType, config.compressionLevel, (bytesBefore, bytesAfter) => {
      codecAccount.batches++;
      codecAccount.bytesBefore += bytesBefore;
      codecAccount.bytesAfter += bytesAfter;
    });
    const producer = kafka.producer({
      // The accumulator has chosen already.
      createPartitioner:
        () =>
        ({ message }) =>
          message.partition ?? 0,
      metadataMaxAge: config.metadataMaxAgeMs,
      idempotent: isIdempotent,
      maxInFlightRequests: mostInFlight,
      // Batches come back to the accumulator, where retries and delivery.timeout.ms are counted; without one, kafkajs refuses to be idempotent.
      retry: kafkajsRetry(config, isIdempotent ? 1 : 0),
      ...transactionSettings(properties),
    });
    await producer.connect();
    return new KafkajsProducer(options, config, {
      notes,
      mostInFlight,
      cluster,
      topic,
      producer,
      connections,
      codecAccount,
    });
  } catch (error) {
    cluster.close();
    throw kafkajsFailure(error);
  }
};

const transactionSettings = (properties: Readonly<Record<string, string>>) => {
  const transactionalId = properties['transactional.id'];
  if (transactionalId === undefined) return {};
  return { transactionalId, transactionTimeout: Number(properties['transaction.timeout.ms'] ?? 60_000) };
};
