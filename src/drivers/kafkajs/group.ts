import type { Consumer, EachBatchPayload, KafkaMessage } from 'kafkajs';
import { type ConsumerConfig, parseConsumerProperties } from '../../client/properties/consumer-properties.ts';
import type { DriverError, GroupDriver, GroupDriverOptions, RecordSink, TopicPartitions } from '../driver.ts';
import { assignerOf } from './assignment.ts';
import { type KafkajsConnections, kafkajsRetry, makeKafkajsClient } from './client.ts';
import { giveCodecs } from './codecs.ts';
import { kafkajsFailure } from './errors.ts';
import { errorOfLog, loadErrorTexts } from './log.ts';
import { kafkajsConsumerNotes } from './properties.ts';

/** Longest wait for kafkajs to leave its group and close, milliseconds: it waits for fetches on their way, which a broker may hold. */
const longestCloseMs = 5000;
/** kafkajs fetches again so often before it counts as broken down; then it begins anew. */
const fetchRetries = 5;

/** Hands kafkajs's messages to a sink where they lie: both key and value are views of what was fetched. */
export const deliver = (messages: readonly KafkaMessage[], partition: number, sink: RecordSink): number => {
  let memory: ArrayBufferLike | null = null;
  let bytes: Buffer = Buffer.alloc(0);
  for (const [index, { key, value, offset, timestamp }] of messages.entries()) {
    const part = value ?? key;
    if (part !== null && part.buffer !== memory) {
      memory = part.buffer;
      bytes = Buffer.from(part.buffer);
    }
    let keyStart = key === null ? -1 : key.byteOffset;
    let valueStart = value === null ? -1 : value.byteOffset;
    if (key !== null && value !== null && key.buffer !== value.buffer) {
      // What kafkajs makes for an empty key or value lies elsewhere.
      bytes = Buffer.concat([key, value]);
      memory = null;
      keyStart = 0;
      valueStart = key.length;
    }
    const keyEnd = key === null ? -1 : keyStart + key.length;
    const valueEnd = value === null ? -1 : valueStart + value.length;
    if (!sink(bytes, partition, Number(offset), Number(timestamp), keyStart, keyEnd, valueStart, valueEnd))
      return index;
  }
  return messages.length;
};

const keyOf = (topic: string, partition: number): string => `${topic}/${partition}`;

/** What is in `of` and not in `without`, by topic. */
const difference = (
  of: readonly TopicPartitions[],
  without: readonly TopicPartitions[],
): readonly TopicPartitions[] => {
  const held = new Set(
    without.flatMap(({ topic, partitions }) => partitions.map((partition) => keyOf(topic, partition))),
  );
  return of
    .map(({ topic, partitions }) => ({
      topic,
      partitions: partitions.filter((partition) => !held.has(keyOf(topic, partition))),
    }))
    .filter(({ partitions }) => partitions.length > 0);
};

/** Of a member that is alone in its group: what it reads, where it begins, and from when on it may. */
export type DirectReading = {
  readonly assignment: TopicPartitions;
  readonly positions: ReadonlyMap<number, number>;
  readonly hold: Promise<void>;
};

/** A member of a consumer group that kafkajs is. */
class KafkajsGroup implements GroupDriver {
  readonly notes: readonly string[];
  rebalanceTimeMs = 0;
  memberId: string | null = null;
  assignor: string | null = null;
  readonly #options: GroupDriverOptions;
  readonly #config: ConsumerConfig;
  readonly #consumer: Consumer;
  readonly #connections: KafkajsConnections;
  readonly #direct: DirectReading | null;
  readonly #sinks = new Map<string, RecordSink>();
  /** Next offset of each partition that was read, and not committed yet. */
  readonly #positions = new Map<
    string,
    { readonly topic: string; readonly partition: number; readonly offset: string }
  >();
  readonly #toldErrors = new Set<string>();
  readonly #over: Promise<void>;
  #end: (failure: Error | null) => void = () => {};
  #assigned: readonly TopicPartitions[] = [];
  #recordCount = 0;
  #fetchesRetried = 0;
  #isStopped = false;
  #hasJoined = false;

  constructor(
    options: GroupDriverOptions,
    config: ConsumerConfig,
    consumer: Consumer,
    connections: KafkajsConnections,
    direct: DirectReading | null,
  ) {
    this.#options = options;
    this.#config = config;
    this.#consumer = consumer;
    this.#connections = connections;
    this.#direct = direct;
    this.notes = kafkajsConsumerNotes(options.properties, direct !== null);
    this.#over = new Promise((resolve, reject) => {
      this.#end = (failure) => (failure === null ? resolve() : reject(failure));
    });
    // It may fail before anyone waits in run().
    this.#over.catch(() => {});
    consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
      this.#hasJoined = true;
      this.rebalanceTimeMs += payload.duration;
      this.memberId = payload.memberId;
      this.assignor = payload.groupProtocol;
      this.#take(Object.entries(payload.memberAssignment).map(([topic, partitions]) => ({ topic, partitions })));
    });
    consumer.on(consumer.events.CRASH, ({ payload: { error, restart } }) => {
      if (restart) this.#fetchesRetried++;
      else this.#end(kafkajsFailure(error));
    });
  }

  async run(): Promise<void> {
    const { enableAutoCommit, autoCommitIntervalMs } = this.#config;
    if (!this.#isStopped)
      await this.#consumer
        .run({
          // Otherwise kafkajs commits after every fetch, whatever the interval.
          autoCommit: false,
          autoCommitInterval: autoCommitIntervalMs,
          eachBatchAutoResolve: false,
          eachBatch: (payload) => this.#read(payload, enableAutoCommit),
        })
        .catch((error: unknown) => this.#end(kafkajsFailure(error)));
    await this.#over;
  }

  stop(): void {
    this.#isStopped = true;
    this.#end(null);
  }

  readonly hold = null;

  pause(): void {
    if (this.#hasJoined)
      this.#consumer.pause(this.#assigned.map(({ topic, partitions }) => ({ topic, partitions: [...partitions] })));
  }

  resume(): void {
    if (this.#hasJoined) this.#consumer.resume(this.#consumer.paused());
  }

  async close(): Promise<void> {
    this.stop();
    const leave = async (): Promise<void> => {
      if (this.#config.enableAutoCommit && this.#hasJoined && this.#positions.size > 0)
        await this.#consumer.commitOffsets([...this.#positions.values()]).catch(() => {});
      await this.#consumer.disconnect();
    };
    const bound = new Promise<void>((resolve) => setTimeout(resolve, longestCloseMs).unref());
    // It is over either way; what it says then is about connections that are gone.
    await Promise.race([leave().catch(() => {}), bound]);
  }

  repeats() {
    return { retries: this.#fetchesRetried, reconnects: this.#connections.reconnects };
  }

  metrics(): Readonly<Record<string, number>> {
    const tags = `{client-id=${this.#config.clientId}}`;
    return {
      [`consumer-fetch-manager-metrics:records-consumed-total:${tags}`]: this.#recordCount,
    };
  }

  /** kafkajs has worked around an error. */
  retried(error: DriverError): void {
    this.#fetchesRetried++;
    if (this.#toldErrors.has(error.name) || this.#isStopped) return;
    this.#toldErrors.add(error.name);
    this.#options.onRetry?.(error);
  }

  #take(assigned: readonly TopicPartitions[]): void {
    if (this.#direct !== null) this.#seek(this.#direct);
    const before = this.#assigned;
    this.#assigned = assigned;
    const revoked = difference(before, assigned);
    for (const { topic, partitions } of revoked)
      for (const partition of partitions) this.#positions.delete(keyOf(topic, partition));
    this.#options.onRebalance(difference(assigned, before), revoked);
  }

  /** At the first join, and after another one where it was. */
  #seek({ assignment: { topic }, positions }: DirectReading): void {
    for (const [partition, first] of positions) {
      const offset = this.#positions.get(keyOf(topic, partition))?.offset ?? String(first);
      this.#consumer.seek({ topic, partition, offset });
    }
  }

  async #read(
    { batch, resolveOffset, heartbeat, commitOffsetsIfNecessary, uncommittedOffsets }: EachBatchPayload,
    commits: boolean,
  ) {
    if (this.#direct !== null) await this.#direct.hold;
    if (this.#isStopped) return;
    const { topic, partition, messages } = batch;
    const sink = this.#sinks.get(topic) ?? this.#options.listen(topic);
    this.#sinks.set(topic, sink);
    const taken = deliver(messages, partition, sink);
    this.#recordCount += taken;
    const last = messages[taken - 1];
    if (last !== undefined) {
      resolveOffset(last.offset);
      this.#positions.set(keyOf(topic, partition), { topic, partition, offset: String(BigInt(last.offset) + 1n) });
    }
    if (taken < messages.length) {
      this.stop();
      return;
    }
    if (commits) await commitOffsetsIfNecessary();
    try {
      await heartbeat();
    } catch (error) {
      // The group is rebalancing: whoever reads these partitions next begins where this member is.
      if (commits) await commitOffsetsIfNecessary(uncommittedOffsets());
      throw error;
    }
  }
}

/** Only whole names match. */
const wholeNames = (pattern: RegExp): RegExp => new RegExp(`^(?:${pattern.source})$`, pattern.flags);

/** Opens a member of a consumer group with kafkajs. Rejects with a DriverFailure when the target cannot be reached. */
export const openKafkajsGroupMember = (options: GroupDriverOptions): Promise<GroupDriver> => openGroup(options, null);

/** The same, of a group that others share, or of one of its own (`direct`). */
export const openGroup = async (options: GroupDriverOptions, direct: DirectReading | null): Promise<GroupDriver> => {
  const { groupId, properties, topics } = options;
  const config = parseConsumerProperties({ ...properties, 'group.id': groupId });
  let group: KafkajsGroup | null = null;
  try {
    const texts = await loadErrorTexts();
    const { kafkajs, kafka, connections } = await makeKafkajsClient(config, properties, (entry) => {
      const error = errorOfLog(entry, texts);
      if (error !== null) group?.retried(error);
    });
    await giveCodecs(kafkajs, 'none', null, () => {});
    const consumer = kafka.consumer({
      groupId,
      ...(direct === null ? {} : { partitionAssigners: [assignerOf(kafkajs, direct.assignment)] }),
      sessionTimeout: config.sessionTimeoutMs,
      heartbeatInterval: config.heartbeatIntervalMs,
      rebalanceTimeout: config.maxPollIntervalMs,
      metadataMaxAge: config.metadataMaxAgeMs,
      minBytes: config.fetchMinBytes,
      maxBytes: config.fetchMaxBytes,
      maxBytesPerPartition: config.maxPartitionFetchBytes,
      maxWaitTimeInMs: config.fetchMaxWaitMs,
      readUncommitted: config.isolationLevel === 'read_uncommitted',
      rackId: config.clientRack,
      allowAutoTopicCreation: config.allowAutoCreateTopics,
      retry: kafkajsRetry(config, fetchRetries),
    });
    await consumer.connect();
    group = new KafkajsGroup(options, config, consumer, connections, direct);
    const wanted = topics instanceof RegExp ? [wholeNames(topics)] : [...topics];
    await consumer.subscribe({ topics: wanted, fromBeginning: properties['auto.offset.reset'] === 'earliest' });
    return group;
  } catch (error) {
    await group?.close();
    throw kafkajsFailure(error);
  }
};
