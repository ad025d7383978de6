import { produce } from '../protocol/messages/produce.ts';
import { backoffMs } from './backoff.ts';
import { asClientError, type ClientError } from './client-error.ts';
import { type Cluster, sleep, type TopicMetadata } from './cluster.ts';
import type { Connection } from './connection.ts';
import { ProduceRequestWriter } from './produce-request.ts';
import type { ProducerConfig } from './properties/producer-properties.ts';

/** Shortest time between two requests for metadata that nothing but its age asks for. */
const SHORTEST_METADATA_AGE_MS = 100;

/** Requests that one broker has not answered, counted over all topics of a producer. */
export type InFlight = { count: number };

/** A broker that leads partitions of a topic, and how it is written to. */
export type Leader = {
  readonly id: number;
  partitions: number[];
  /** Where the next request begins to look for batches, so that no partition starves. */
  nextPartition: number;
  connection: Connection | null;
  writer: ProduceRequestWriter | null;
  /** Of Produce. */
  version: number;
  isConnecting: boolean;
  readonly inFlight: InFlight;
  /** Since when a batch is ready that cannot go out, microseconds; NaN while there is none. */
  heldUpSinceUs: number;
};

/** What is done with what the leaders meet. */
export type LeadersListener = {
  /** The topic has so many partitions now. */
  readonly onTopic: (topic: TopicMetadata) => void;
  /** Metadata or a connection came: something may go out. */
  readonly onChange: () => void;
  /** Nothing can be sent any more. */
  readonly onFailure: (error: ClientError) => void;
};

/** Who leads the partitions of one topic, and the connections to them. Follows leaders when they move. */
export class Leaders {
  readonly #config: ProducerConfig;
  readonly #cluster: Cluster;
  readonly #topicName: string;
  readonly #inFlight: Map<number, InFlight>;
  readonly #listener: LeadersListener;
  readonly #byId = new Map<number, Leader>();
  readonly #ofPartition: (Leader | null)[] = [];
  readonly #metadataTimer: NodeJS.Timeout;
  /** Metadata was asked for so many times since a batch was last acknowledged. */
  #refreshAttempts = 0;
  #isRefreshing = false;
  #isClosed = false;

  constructor(options: {
    readonly config: ProducerConfig;
    readonly cluster: Cluster;
    readonly topic: TopicMetadata;
    /** By broker; shared by all topics of a producer. */
    readonly inFlight: Map<number, InFlight>;
    readonly listener: LeadersListener;
  }) {
    this.#config = options.config;
    this.#cluster = options.cluster;
    this.#topicName = options.topic.name;
    this.#inFlight = options.inFlight;
    this.#listener = options.listener;
    this.#follow(options.topic);
    const ageMs = Math.min(Math.max(options.config.metadataMaxAgeMs, SHORTEST_METADATA_AGE_MS), 0x7fffffff);
    this.#metadataTimer = setInterval(() => void this.refresh(), ageMs);
    this.#metadataTimer.unref();
  }

  /** Every leader of the topic. */
  all(): Iterable<Leader> {
    return this.#byId.values();
  }

  /** The leader of a partition; null while it has none. */
  of(partition: number): Leader | null {
    return this.#ofPartition[partition] ?? null;
  }

  /** Connects to every leader, so that the first record does not pay for it. Rejects with a ClientError. */
  async connectAll(): Promise<void> {
    await Promise.all(Array.from(this.#byId.values(), (leader) => this.#connect(leader)));
  }

  /** Connects to a leader whose connection was lost. */
  async reconnect(leader: Leader): Promise<void> {
    try {
      await this.#connect(leader);
      this.#listener.onChange();
    } catch (error) {
      const failure = asClientError(error);
      if (!failure.isRetriable) this.#listener.onFailure(failure);
      else await this.refresh();
    }
  }

  /** A batch was acknowledged: the next wait before metadata is asked for is a short one. */
  acknowledged(): void {
    this.#refreshAttempts = 0;
  }

  /** Learns who leads what; one at a time. A cluster of which no broker answers is a failure for good. */
  async refresh(): Promise<void> {
    if (this.#isRefreshing || this.#isClosed) return;
    this.#isRefreshing = true;
    try {
      this.#refreshAttempts++;
      await sleep(backoffMs(this.#config, this.#refreshAttempts));
      if (this.#isClosed) return;
      const { topics } = await this.#cluster.describeTopics([this.#topicName], { allowAutoCreation: false });
      const topic = topics.find((candidate) => candidate.name === this.#topicName);
      if (topic !== undefined && topic.errorCode === 0) this.#follow(topic);
    } catch (error) {
      const failure = asClientError(error);
      if (!failure.isRetriable) this.#listener.onFailure(failure);
    } finally {
      this.#isRefreshing = false;
      if (!this.#isClosed) this.#listener.onChange();
    }
  }

  /** Asks for metadata no more. */
  stop(): void {
    this.#isClosed = true;
    clearInterval(this.#metadataTimer);
  }

  /** Closes the connections, which settles what is in flight on them. */
  closeConnections(): void {
    for (const leader of this.#byId.values()) leader.connection?.close();
  }

  #follow(topic: TopicMetadata): void {
    this.#listener.onTopic(topic);
    for (const leader of this.#byId.values()) leader.partitions = [];
    for (const { index, leader: id } of topic.partitions) {
      this.#ofPartition[index] = id < 0 ? null : this.#leader(id);
      this.#ofPartition[index]?.partitions.push(index);
    }
  }

  #leader(id: number): Leader {
    const found = this.#byId.get(id);
    if (found !== undefined) return found;
    const inFlight = this.#inFlight.get(id) ?? { count: 0 };
    this.#inFlight.set(id, inFlight);
    const leader: Leader = {
      id,
      partitions: [],
      nextPartition: 0,
      connection: null,
      writer: null,
      version: 0,
      isConnecting: false,
      inFlight,
      heldUpSinceUs: Number.NaN,
    };
    this.#byId.set(id, leader);
    return leader;
  }

  async #connect(leader: Leader): Promise<void> {
    leader.isConnecting = true;
    try {
      const connection = await this.#cluster.connectionTo(leader.id);
      leader.version = connection.versionOf(produce);
      leader.writer = new ProduceRequestWriter({
        version: leader.version,
        clientId: this.#config.clientId,
        transactionalId: this.#config.transactionalId,
        acks: this.#config.acks,
        timeoutMs: this.#config.requestTimeoutMs,
        topic: this.#topicName,
      });
      leader.connection = connection;
      connection.onClose(() => {
        if (leader.connection === connection) leader.connection = null;
        void this.refresh();
      });
    } finally {
      leader.isConnecting = false;
    }
  }
}
