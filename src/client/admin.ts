import type { AdminAccess } from './admin/access.ts';
import { createTopic } from './admin/topics.ts';
import { Cluster } from './cluster.ts';
import { kafkaError } from './connection.ts';
import { EARLIEST_OFFSET, fetchOffsets, LATEST_OFFSET } from './offsets.ts';
import { adminProperties } from './properties/admin-properties.ts';
import { type GivenProperties, textProperties } from './properties/given-properties.ts';
import { parseProducerProperties } from './properties/producer-properties.ts';

/** What an admin client connects to. */
export type AdminOptions = {
  readonly bootstrapServers: string;
  /** Client properties by Kafka's names, validated; those of the connection are used. */
  readonly properties: Readonly<Record<string, string>>;
};

/** A topic as it stands. */
export type TopicDescription = { readonly topicId: string; readonly partitions: number };

const UNKNOWN_TOPIC_OR_PARTITION = 3;
const READ_BLOCK_BYTES = 64 * 1024;

/** Asks for and changes what a cluster has. Every method rejects with a ClientError. */
export class Admin {
  /** What the functions under `admin/` take. */
  readonly access: AdminAccess;
  readonly #cluster: Cluster;
  readonly #maxBlockMs: number;

  constructor(options: AdminOptions) {
    const { bootstrapServers, properties } = options;
    const connection = Object.entries(properties).filter(([name]) => adminProperties.has(name));
    const config = parseProducerProperties({
      ...Object.fromEntries(connection),
      'bootstrap.servers': bootstrapServers,
      'client.id': properties['client.id'] ?? 'spillway-admin',
    });
    this.#cluster = new Cluster({ ...config, readBlockBytes: READ_BLOCK_BYTES });
    this.access = {
      ...config,
      cluster: this.#cluster,
      timeoutMs: config.requestTimeoutMs,
      patienceMs: config.requestTimeoutMs,
    };
    this.#maxBlockMs = config.maxBlockMs;
  }

  /** The topic, or null when the cluster has none of this name; never creates it. */
  async describeTopic(name: string): Promise<TopicDescription | null> {
    const { topics } = await this.#cluster.describeTopics([name], { allowAutoCreation: false });
    const topic = topics.find((candidate) => candidate.name === name);
    if (topic === undefined || topic.errorCode === UNKNOWN_TOPIC_OR_PARTITION) return null;
    const error = topic.errorCode === 0 ? null : kafkaError(topic.errorCode, `topic ${name} cannot be used`);
    if (error !== null && !error.isRetriable) throw await this.#cluster.explain(name, error);
    return { topicId: topic.topicId, partitions: topic.partitions.length };
  }

  /** How many brokers the cluster has. */
  async nodeCount(): Promise<number> {
    await this.#cluster.describeTopics([], { allowAutoCreation: false });
    return this.#cluster.nodeIds.length;
  }

  /** Names of all topics. */
  async listTopics(): Promise<readonly string[]> {
    const { topics } = await this.#cluster.describeTopics(null, { allowAutoCreation: false });
    return topics.map(({ name }) => name);
  }

  /** Creates a topic and waits until its partitions have leaders. A replication factor of -1 leaves it to the cluster. */
  async createTopic(
    name: string,
    partitions: number,
    replicationFactor: number,
    configs: Readonly<Record<string, string>>,
  ): Promise<void> {
    await createTopic(this.access, { name, partitions, replicationFactor, assignments: null, configs });
    // The broker that answers may hear of the topic a moment later: with auto-creation allowed it is asked again.
    await this.#cluster.waitForTopic(name, { allowAutoCreation: true, maxBlockMs: this.#maxBlockMs });
  }

  /** The offset behind the last record of each partition, by partition. */
  async endOffsets(name: string): Promise<ReadonlyMap<number, number>> {
    return this.#offsets(name, LATEST_OFFSET);
  }

  /** The offset of the first kept record of each partition, by partition. */
  async startOffsets(name: string): Promise<ReadonlyMap<number, number>> {
    return this.#offsets(name, EARLIEST_OFFSET);
  }

  /** Closes the connections. */
  close(): void {
    this.#cluster.close();
  }

  async #offsets(name: string, time: number): Promise<ReadonlyMap<number, number>> {
    const topic = await this.#cluster.waitForTopic(name, { allowAutoCreation: false, maxBlockMs: this.#maxBlockMs });
    const partitions = topic.partitions.map(({ index }) => index);
    return fetchOffsets(this.#cluster, topic, partitions, time);
  }
}

/** What a program's admin client is made for. */
export type OpenAdminOptions = {
  /** In place of the property `bootstrap.servers`. */
  readonly bootstrapServers?: string;
  /** Client properties by Kafka's names; those of the connection are used. */
  readonly properties?: GivenProperties;
};

/** Opens an admin client; it connects at the first call. Throws a PropertyError for a property that cannot be, or without servers. */
export const openAdmin = ({ bootstrapServers, properties }: OpenAdminOptions): Admin => {
  const servers = bootstrapServers === undefined ? {} : { 'bootstrap.servers': bootstrapServers };
  const texts = textProperties({ ...properties, ...servers });
  return new Admin({ bootstrapServers: texts['bootstrap.servers'] ?? '', properties: texts });
};
