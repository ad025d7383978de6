import { metadata } from '../protocol/messages/metadata.ts';
import { type Address, addressText } from './address.ts';
import { backoffMs } from './backoff.ts';
import { ClientError } from './client-error.ts';
import { Connection, kafkaError, type Traffic } from './connection.ts';
import { ReconnectBackoff, type ReconnectBounds } from './reconnect-backoff.ts';
import type { SecurityConfig } from './security/security-config.ts';

/** What every client of the native kind needs to know. */
export type ClusterOptions = ReconnectBounds & {
  readonly bootstrapServers: readonly Address[];
  readonly clientId: string;
  readonly requestTimeoutMs: number;
  /** At most retryBackoffMaxMs. */
  readonly retryBackoffMs: number;
  readonly retryBackoffMaxMs: number;
  /** Blocks that busy connections read into, bytes. */
  readonly readBlockBytes: number;
  /** Below 0 never. */
  readonly connectionsMaxIdleMs: number;
  /** Whether bootstrapServers are asked again when no broker that metadata named answers (KIP-899). */
  readonly isRebootstrapping: boolean;
  readonly security: SecurityConfig;
};

/** Largest block that a connection reads into; larger responses get a block of their own. */
const MAX_READ_BLOCK_BYTES = 8 * 1024 * 1024;

/** Size of the blocks to read into, bytes: what the responses need, or `receive.buffer.bytes` when that is more, up to 8 MiB. */
export const readBlockBytes = (leastBytes: number, receiveBufferBytes: number): number =>
  Math.min(MAX_READ_BLOCK_BYTES, Math.max(leastBytes, receiveBufferBytes));

/** A partition as the cluster's metadata has it; `leader` is -1 while there is none. */
export type PartitionMetadata = { readonly index: number; readonly leader: number };

/** A topic as the cluster's metadata has it. */
export type TopicMetadata = {
  readonly name: string;
  /** Kafka's 22-character form; the zero id from brokers without topic ids. */
  readonly topicId: string;
  /** Sorted by index. */
  readonly partitions: readonly PartitionMetadata[];
};

/**
 * When nothing answers for this long, the cluster counts as gone: a load test against nothing shall say so within five
 * seconds, not after `max.block.ms` or `delivery.timeout.ms`. A cluster with one node down keeps answering elsewhere.
 */
export const UNREACHABLE_AFTER_MS = 3_000;

/** A broker that has just started may know a topic only after a moment; a topic that stays unknown this long does not exist. */
const UNKNOWN_TOPIC_AFTER_MS = 3_000;

const UNKNOWN_TOPIC_OR_PARTITION = 3;
const INVALID_TOPIC = 17;

/** The brokers of a cluster, one connection to each of them, and who leads what. */
export class Cluster {
  readonly #options: ClusterOptions;
  readonly #nodes = new Map<number, Address>();
  readonly #connections = new Map<string, Promise<Connection>>();
  /** Addresses that a connection was opened to. */
  readonly #reached = new Set<string>();
  readonly #backoff: ReconnectBackoff;
  readonly #live = new Set<Connection>();
  /** Of connections that are closed. */
  #pastTraffic: Traffic = { sentBytes: 0, receivedBytes: 0 };
  #reconnects = 0;
  #isClosed = false;

  constructor(options: ClusterOptions) {
    this.#options = options;
    this.#backoff = new ReconnectBackoff(options);
  }

  /** Connections that were opened again to where one had been open. */
  get reconnects(): number {
    return this.#reconnects;
  }

  /** What went through all connections so far, closed ones included. */
  get traffic(): Traffic {
    return [...this.#live].reduce((sum, { traffic }) => added(sum, traffic), this.#pastTraffic);
  }

  /** Ids of the brokers that metadata named so far. */
  get nodeIds(): readonly number[] {
    return [...this.#nodes.keys()];
  }

  /**
   * Metadata of topics (null: all) from whichever broker answers. Rejects with a ClientError when none does within
   * UNREACHABLE_AFTER_MS.
   */
  async describeTopics(
    names: readonly string[] | null,
    options: { readonly allowAutoCreation: boolean },
  ): Promise<{
    readonly topics: readonly (TopicMetadata & { readonly errorCode: number; readonly isInternal: boolean })[];
    readonly controllerId: number;
  }> {
    const connection = await this.anyConnection();
    const version = connection.versionOf(metadata);
    const response = await connection.request(metadata, {
      // Version 0 has no null: an empty list means all topics there.
      topics: names === null ? (version === 0 ? [] : null) : names.map((name) => ({ name })),
      allowAutoTopicCreation: version >= 4 ? options.allowAutoCreation : true,
    });
    for (const broker of response.brokers) this.#nodes.set(broker.nodeId, { host: broker.host, port: broker.port });
    const topics = response.topics.map((topic) => ({
      name: topic.name ?? '',
      topicId: topic.topicId,
      errorCode: topic.errorCode,
      isInternal: topic.isInternal,
      partitions: topic.partitions
        .map((partition) => ({ index: partition.partitionIndex, leader: partition.leaderId }))
        .sort((a, b) => a.index - b.index),
    }));
    return { topics, controllerId: response.controllerId };
  }

  /**
   * Metadata of one topic, once all its partitions have leaders; the broker may create the topic. Rejects with a
   * ClientError when the topic is refused, stays unknown, or has no leaders after `maxBlockMs`.
   */
  async waitForTopic(
    name: string,
    options: { readonly allowAutoCreation: boolean; readonly maxBlockMs: number },
  ): Promise<TopicMetadata> {
    const startedMs = performance.now();
    for (let attempt = 1; ; attempt++) {
      const { topics } = await this.describeTopics([name], options);
      const topic = topics.find((candidate) => candidate.name === name);
      const isUnknown = topic === undefined || topic.errorCode === UNKNOWN_TOPIC_OR_PARTITION;
      if (
        topic !== undefined &&
        topic.errorCode === 0 &&
        topic.partitions.length > 0 &&
        topic.partitions.every(hasLeader)
      )
        return topic;
      const waitedMs = performance.now() - startedMs;
      if (isUnknown && (!options.allowAutoCreation || waitedMs > Math.min(UNKNOWN_TOPIC_AFTER_MS, options.maxBlockMs)))
        throw new ClientError(
          'UNKNOWN_TOPIC_OR_PARTITION',
          `topic ${name} does not exist and the cluster does not create it by itself (auto.create.topics.enable); create it first, or give --partitions`,
          { code: UNKNOWN_TOPIC_OR_PARTITION },
        );
      const refusal =
        topic === undefined || topic.errorCode === 0 || isUnknown
          ? null
          : kafkaError(topic.errorCode, `topic ${name} cannot be used`);
      if (refusal !== null && !refusal.isRetriable) throw await this.explain(name, refusal);
      if (waitedMs > options.maxBlockMs)
        throw new ClientError(
          'TIMED_OUT',
          `${refusal?.message ?? `topic ${name} has partitions without a leader`}, still so after ${options.maxBlockMs} ms (max.block.ms, of a consumer default.api.timeout.ms)`,
          { cause: refusal },
        );
      const leftMs =
        Math.min(isUnknown ? UNKNOWN_TOPIC_AFTER_MS : Number.POSITIVE_INFINITY, options.maxBlockMs) - waitedMs;
      await sleep(Math.min(backoffMs(this.#options, attempt), Math.max(leftMs, 0) + 1));
    }
  }

  /**
   * A broker that refuses a topic's name in answer to Metadata gives no reason. The usual one is another topic that has the same name in
   * metrics, where `.` and `_` are one.
   * @returns an error that names it, or the refusal as it is
   */
  async explain(name: string, refusal: ClientError): Promise<ClientError> {
    if (refusal.code !== INVALID_TOPIC) return refusal;
    const metricName = (topic: string): string => topic.replaceAll('.', '_');
    const { topics } = await this.describeTopics(null, { allowAutoCreation: false });
    const other = topics.find((topic) => topic.name !== name && metricName(topic.name) === metricName(name));
    if (other === undefined) return refusal;
    return new ClientError(
      refusal.name,
      `topic ${name} cannot be created beside topic ${other.name}: '.' and '_' are the same in the names of metrics; use another --topic`,
      { code: INVALID_TOPIC, cause: refusal },
    );
  }

  /** A connection to a broker that metadata named. Rejects with a ClientError; one attempt. */
  connectionTo(nodeId: number): Promise<Connection> {
    const address = this.#nodes.get(nodeId);
    if (address === undefined)
      return Promise.reject(
        new ClientError('BROKER_NOT_AVAILABLE', `broker ${nodeId} is not in the cluster's metadata`, {
          code: 8,
          isRetriable: true,
        }),
      );
    return this.#connect(address);
  }

  /** A connection to any broker, known ones first; tries them in turn until UNREACHABLE_AFTER_MS has passed. */
  async anyConnection(): Promise<Connection> {
    const startedMs = performance.now();
    for (let attempt = 1; ; attempt++) {
      let failure: ClientError | null = null;
      let isHopeless = true;
      for (const address of this.#candidates()) {
        try {
          return await this.#connect(address);
        } catch (error) {
          if (!(error instanceof ClientError)) throw error;
          failure = error;
          isHopeless &&= !error.isRetriable;
        }
      }
      if (this.#isClosed) throw new ClientError('CLOSED', 'the client is closed');
      const leftMs = startedMs + UNREACHABLE_AFTER_MS - performance.now();
      if (leftMs < 0 || isHopeless) throw this.#unreachable(failure);
      await sleep(Math.min(backoffMs(this.#options, attempt), leftMs + 1));
    }
  }

  /** Closes every connection. */
  close(): void {
    this.#isClosed = true;
    for (const opening of this.#connections.values())
      opening.then((connection) => connection.close(), ignoreFailedOpening);
    this.#connections.clear();
  }

  #candidates(): readonly Address[] {
    const known = new Map<string, Address>();
    const isStarting = this.#nodes.size === 0;
    const servers = isStarting || this.#options.isRebootstrapping ? this.#options.bootstrapServers : [];
    for (const address of [...this.#nodes.values(), ...servers]) known.set(addressText(address), address);
    // One that must wait is tried after those that need not.
    const waitMs = (address: Address): number => this.#backoff.waitMs(addressText(address));
    return [...known.values()].sort((left, right) => waitMs(left) - waitMs(right));
  }

  #connect(address: Address): Promise<Connection> {
    if (this.#isClosed) return Promise.reject(new ClientError('CLOSED', 'the client is closed'));
    const key = addressText(address);
    const existing = this.#connections.get(key);
    if (existing !== undefined) return existing;
    const opening = this.#open(address, key);
    this.#connections.set(key, opening);
    return opening;
  }

  async #open(address: Address, key: string): Promise<Connection> {
    try {
      const waitMs = this.#backoff.waitMs(key);
      if (waitMs > 0) await sleep(waitMs);
      if (this.#isClosed) throw new ClientError('CLOSED', 'the client is closed');
      const connection = await Connection.open({
        ...address,
        clientId: this.#options.clientId,
        requestTimeoutMs: this.#options.requestTimeoutMs,
        connectTimeoutMs: this.#backoff.timeoutMs(key),
        readBlockBytes: this.#options.readBlockBytes,
        maxIdleMs: this.#options.connectionsMaxIdleMs,
        security: this.#options.security,
      });
      this.#backoff.connected(key);
      this.#live.add(connection);
      connection.onClose(() => {
        this.#live.delete(connection);
        this.#pastTraffic = added(this.#pastTraffic, connection.traffic);
        this.#connections.delete(key);
        this.#backoff.lost(key);
      });
      if (this.#reached.has(key)) this.#reconnects++;
      this.#reached.add(key);
      if (this.#isClosed) connection.close();
      return connection;
    } catch (error) {
      this.#connections.delete(key);
      this.#backoff.failed(key);
      throw error;
    }
  }

  /** What to look at when nobody answers. */
  #questionAfter(failure: ClientError | null): string {
    // Another program that answers says by itself what to do.
    if (failure?.isRetriable === false) return '';
    const isStranger = this.#nodes.size === 0 && failure !== null && failure.name !== 'CONNECT_FAILED';
    return isStranger ? '; does a Kafka broker listen there?' : '; is a broker running there?';
  }

  #unreachable(failure: ClientError | null): ClientError {
    // Who was reached and said no is not unreachable.
    if (failure !== null && REFUSALS.has(failure.name)) return failure;
    const servers = this.#options.bootstrapServers.map(addressText).join(',');
    const reason = failure === null ? 'no address to try' : failure.message;
    const message = `no broker of ${servers} answers: ${reason}${this.#questionAfter(failure)}`;
    return new ClientError('UNREACHABLE', message, { cause: failure });
  }
}

/** Failures of TLS and SASL: a broker answers, and does not let this client in. */
const REFUSALS: ReadonlySet<string> = new Set([
  'SSL_AUTHENTICATION_FAILED',
  'SASL_AUTHENTICATION_FAILED',
  'UNSUPPORTED_SASL_MECHANISM',
  'ILLEGAL_SASL_STATE',
]);

const added = (one: Traffic, other: Traffic): Traffic => ({
  sentBytes: one.sentBytes + other.sentBytes,
  receivedBytes: one.receivedBytes + other.receivedBytes,
});

const hasLeader = (partition: PartitionMetadata): boolean => partition.leader >= 0;

/** A connection that never opened has told its opener why; there is nothing left to close. */
const ignoreFailedOpening = (): void => undefined;

/** Resolves after `ms` milliseconds. */
export const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
