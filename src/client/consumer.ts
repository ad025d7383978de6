import { prepareCodecs } from '../protocol/compression/compression.ts';
import { asClientError, type ClientError } from './client-error.ts';
import { Cluster, readBlockBytes, type TopicMetadata } from './cluster.ts';
import { Fetcher } from './fetcher.ts';
import { resetOffsets } from './offsets.ts';
import type { ConsumerConfig } from './properties/consumer-properties.ts';
import type { RecordListener } from './record-delivery.ts';

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
  /** Told about a batch that cannot be read, which is then passed over; without it, reading fails. */
  readonly onUnreadable?: (error: ClientError) => void;
};

/** A cluster with connections that read blocks as large as `config` lets fetches be. */
export const clusterForFetches = (config: ConsumerConfig): Cluster => {
  const partitionBytes = config.maxPartitionFetchBytes + 64 * 1024;
  return new Cluster({ ...config, readBlockBytes: readBlockBytes(2 * partitionBytes, config.receiveBufferBytes) });
};

/**
 * Reads assigned partitions of one topic from every leader. Records are handed over where they lie in the response; each
 * batch's CRC is checked unless `check.crcs` is off.
 */
export class Consumer {
  readonly #cluster: Cluster;
  readonly #fetcher: Fetcher;
  #isStopped = false;
  #failure: ClientError | null = null;
  #finish: (() => void) | null = null;

  private constructor(options: ConsumerOptions, cluster: Cluster) {
    this.#cluster = cluster;
    this.#fetcher = new Fetcher({
      cluster,
      config: options.config,
      listen: () => options.onRecord,
      onEnough: () => this.stop(),
      onFailure: (error) => {
        this.#failure = error;
        this.stop();
      },
      onRetry: options.onRetry ?? (() => {}),
      onUnreadable: options.onUnreadable ?? null,
      isPatient: false,
      advancesPositions: true,
    });
  }

  /** Connects, finds the topic's leaders and where to begin (`auto.offset.reset`). Rejects with a ClientError. */
  static async open(options: ConsumerOptions): Promise<Consumer> {
    const { config } = options;
    const cluster = clusterForFetches(config);
    try {
      await prepareCodecs();
      const topic = await cluster.waitForTopic(options.topic, {
        allowAutoCreation: config.allowAutoCreateTopics,
        maxBlockMs: config.defaultApiTimeoutMs,
      });
      const consumer = new Consumer(options, cluster);
      await consumer.#begin(topic, options);
      return consumer;
    } catch (error) {
      cluster.close();
      throw asClientError(error);
    }
  }

  /** The partitions that are read. */
  get partitions(): readonly number[] {
    return [...this.#fetcher.readings].map(({ partition }) => partition).toSorted((one, other) => one - other);
  }

  /** Offset of the next record to hand over, by partition. */
  get offsets(): ReadonlyMap<number, number> {
    return new Map([...this.#fetcher.readings].map(({ partition, position }) => [partition, position]));
  }

  /** Fetches until a listener returns false or stop() is called. Rejects with a ClientError when reading fails for good. */
  run(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#finish = () => {
        this.#finish = null;
        if (this.#failure === null) resolve();
        else reject(this.#failure);
      };
      if (this.#isStopped) this.#finish();
      else this.#fetcher.start();
    });
  }

  /** Ends run(). */
  stop(): void {
    this.#isStopped = true;
    this.#fetcher.stop();
    this.#finish?.();
  }

  /** Sends no further fetch; what is on its way is still handed over. */
  pause(): void {
    this.#fetcher.pause();
  }

  /** For a listener to call before it returns false: that record and all after it are handed over after resume(). */
  hold(): void {
    this.#fetcher.hold();
  }

  /** Goes on after pause() and hold(). */
  resume(): void {
    this.#fetcher.resume();
  }

  /** Closes the connections. */
  close(): void {
    this.stop();
    this.#cluster.close();
  }

  /** Fetches that were lost or refused and made again. */
  get fetchesRetried(): number {
    return this.#fetcher.fetchRetryTotal;
  }

  /** Connections that were opened again. */
  get reconnects(): number {
    return this.#cluster.reconnects;
  }

  /** Metrics under Kafka's names. */
  metrics(): Readonly<Record<string, number>> {
    return this.#fetcher.metrics();
  }

  async #begin(topic: TopicMetadata, { config, partitions, startOffsets }: ConsumerOptions): Promise<void> {
    const wanted = partitions ?? topic.partitions.map(({ index }) => index);
    const known = new Set(topic.partitions.map(({ index }) => index));
    const unset = wanted.filter((partition) => startOffsets?.has(partition) !== true || !known.has(partition));
    const offsets = new Map(await resetOffsets(this.#cluster, topic, unset, config, null));
    for (const partition of wanted) {
      const offset = startOffsets?.get(partition);
      if (offset !== undefined) offsets.set(partition, offset);
    }
    this.#fetcher.add(topic, offsets);
  }
}
