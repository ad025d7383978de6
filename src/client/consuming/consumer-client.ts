import type { CommittedOffset, GroupOffset, TopicPartition } from '../admin/group-offsets.ts';
import { asClientError, ClientError } from '../client-error.ts';
import { isolationLevelOf } from '../fetch-request.ts';
import type { TopicPartitions } from '../group/assignor.ts';
import { GroupConsumer } from '../group/group-consumer.ts';
import { lagOf, type PartitionReading } from '../partition-reading.ts';
import {
  type ConsumerConfig,
  parseConsumerProperties,
  refuseCommitsWithoutGroup,
} from '../properties/consumer-properties.ts';
import { type GivenProperties, textProperties } from '../properties/given-properties.ts';
import { AssignedReader, type AssignedTopic } from './assigned-reader.ts';
import type { Reader } from './reader.ts';
import { RecordQueue, type TopicRecord } from './record-queue.ts';
import { offsetOf, type SeekTarget } from './seek.ts';

/** What a program's consumer is made for: either `topics` or `assign`. */
export type ConsumerClientOptions = {
  /** Kafka's consumer properties by name, such as `bootstrap.servers` and `group.id`. */
  readonly properties: GivenProperties;
  /** Read as a member of the group `group.id`: names of topics, or a pattern that their whole names match. */
  readonly topics?: readonly string[] | RegExp;
  /** Read these, whatever a group does. */
  readonly assign?: readonly AssignedTopic[];
  /** Told after each rebalance which partitions are new and which went. */
  readonly onRebalance?: (assigned: readonly TopicPartitions[], revoked: readonly TopicPartitions[]) => void;
  /** Told about errors after which the consumer goes on. */
  readonly onRetry?: (error: ClientError) => void;
};

/** What is done with records; records of one partition come in their order, and the next come when the promise is kept. */
export type RecordHandlers =
  | { readonly onRecord: (record: TopicRecord) => void | Promise<void> }
  /** At most `max.poll.records` at once. */
  | { readonly onBatch: (records: readonly TopicRecord[]) => void | Promise<void> };

/**
 * A consumer for programs: hands out copies of records, one or some at a time, and begins the next when those are handled. Only then
 * its positions move on, so that what is committed was handled. A handler that takes longer than `max.poll.interval.ms` costs the
 * membership, until it ends. Methods reject with a ClientError.
 */
export class ConsumerClient {
  readonly #config: ConsumerConfig;
  readonly #queue: RecordQueue;
  readonly #reader: Reader;
  #running: Promise<void> | null = null;

  /** Use createConsumer. */
  constructor(config: ConsumerConfig, queue: RecordQueue, reader: Reader) {
    this.#config = config;
    this.#queue = queue;
    this.#reader = reader;
    queue.attach(reader.fetcher);
  }

  /** The partitions that are read now. */
  get assignment(): readonly TopicPartitions[] {
    return this.#reader.assignment;
  }

  /** Reads until stop(); for handlers, or use `for await`. Rejects when reading, or a handler, fails. */
  async run(handlers: RecordHandlers): Promise<void> {
    const ended = this.#begin();
    try {
      for (;;) {
        const records = await this.#queue.take();
        if (records === null) break;
        await this.#handle(records, handlers);
      }
    } catch (error) {
      this.stop();
      await ended.catch(ignoreSecondFailure);
      throw error;
    }
    await ended;
  }

  /** Each record as it comes; it is handled when the loop asks for the next one. Breaking the loop stops the consumer. */
  async *[Symbol.asyncIterator](): AsyncGenerator<TopicRecord, void, void> {
    const ended = this.#begin();
    try {
      for (;;) {
        const records = await this.#queue.take();
        if (records === null) break;
        for (const record of records) {
          yield record;
          this.#queue.handled(record);
        }
        this.#queue.done();
      }
    } finally {
      this.#queue.done();
      this.stop();
      await ended;
    }
  }

  /** Ends run() or the loop, soon; the records that were given last are still handled. To be used in handlers in place of close(). */
  stop(): void {
    this.#queue.end();
    this.#reader.stop();
  }

  /** Stops, commits if that is done automatically, and leaves the group. */
  async close(): Promise<void> {
    this.stop();
    await this.#running?.catch(ignoreSecondFailure);
    await this.#reader.close();
  }

  /** Commits offsets (of the next records to be read), or the positions: behind the last record whose handling has ended. */
  commit(offsets: readonly GroupOffset[] | null = null): Promise<void> {
    return this.#reader.commit(offsets);
  }

  /** What the group has committed; partitions without are left out. */
  committed(partitions: readonly TopicPartition[]): Promise<readonly CommittedOffset[]> {
    return this.#reader.committed(partitions);
  }

  /** Goes on in a partition elsewhere; records of it that are not handled yet are dropped. */
  async seek(partition: TopicPartition, target: SeekTarget): Promise<void> {
    const reading = this.#readingOf(partition);
    const offset = await offsetOf(this.#reader.cluster, reading, target, isolationLevelOf(this.#config));
    this.#reader.fetcher.seek(reading, offset);
  }

  /** Reads nothing of some partitions, or of all, until resume(); the member stays in its group. */
  pause(partitions: readonly TopicPartition[] | null = null): void {
    if (partitions === null) this.#queue.pause();
    for (const each of partitions ?? []) this.#reader.fetcher.pausePartition(this.#readingOf(each));
  }

  /** See pause(). */
  resume(partitions: readonly TopicPartition[] | null = null): void {
    if (partitions === null) this.#queue.resume();
    for (const each of partitions ?? []) this.#reader.fetcher.resumePartition(this.#readingOf(each));
  }

  /** Offset of the next record of a partition that is to be handled. */
  position(partition: TopicPartition): number {
    return this.#readingOf(partition).position;
  }

  /**
   * How many records each partition is behind: of its high watermark, or of its last stable offset with `read_committed`. Null before a
   * broker has said.
   */
  lag(): readonly (TopicPartition & { readonly lag: number | null })[] {
    const isCommittedOnly = this.#config.isolationLevel === 'read_committed';
    return [...this.#reader.fetcher.readings].map((reading) => ({
      topic: reading.topic.metadata.name,
      partition: reading.partition,
      lag: lagOf(reading, isCommittedOnly),
    }));
  }

  /** Metrics under Kafka's names. */
  metrics(): Readonly<Record<string, number>> {
    return this.#reader.metrics();
  }

  #begin(): Promise<void> {
    if (this.#running !== null)
      throw new ClientError(
        'ILLEGAL_STATE',
        'this consumer has been run already; make another one with createConsumer',
      );
    this.#running = this.#reader.run().finally(() => this.#queue.end());
    // Whoever runs the consumer is told at the end.
    this.#running.catch(ignoreSecondFailure);
    return this.#running;
  }

  async #handle(records: readonly TopicRecord[], handlers: RecordHandlers): Promise<void> {
    try {
      if ('onBatch' in handlers) {
        await handlers.onBatch(records);
        for (const record of records) this.#queue.handled(record);
      } else
        for (const record of records) {
          await handlers.onRecord(record);
          this.#queue.handled(record);
        }
    } finally {
      this.#queue.done();
    }
  }

  #readingOf({ topic, partition }: TopicPartition): PartitionReading {
    const reading = this.#reader.fetcher.reading(topic, partition);
    if (reading !== undefined) return reading;
    throw new ClientError('ILLEGAL_STATE', `partition ${partition} of ${topic} is not assigned to this consumer now`);
  }
}

/**
 * Opens a consumer and connects it; reading begins with run() or `for await`. Rejects with a ClientError when the cluster or what it shall
 * read is not there, and with a PropertyError for properties that Kafka's consumer refuses.
 */
export const createConsumer = async (options: ConsumerClientOptions): Promise<ConsumerClient> => {
  const { topics, assign, onRebalance } = options;
  const properties = textProperties(options.properties);
  const config = parseConsumerProperties(properties);
  if (config.groupId === null) refuseCommitsWithoutGroup(properties);
  const queue = new RecordQueue(config.maxPollRecords);
  const onRetry = options.onRetry ?? (() => undefined);
  if ((topics === undefined) === (assign === undefined))
    throw new ClientError('ILLEGAL_STATE', 'give either topics, to read as a member of a group, or assign');
  if (assign !== undefined) {
    const reader = new AssignedReader(config, queue, onRetry);
    try {
      await reader.assign(assign);
    } catch (error) {
      await reader.close();
      throw asClientError(error);
    }
    return new ConsumerClient(config, queue, reader);
  }
  if (config.groupId === null)
    throw new ClientError(
      'INVALID_GROUP_ID',
      'a consumer with topics needs group.id in its properties; set it, or use assign',
      {
        code: 24,
      },
    );
  const reader = await GroupConsumer.open({
    groupId: config.groupId,
    topics: topics ?? [],
    config,
    listen: (topic) => queue.listenerFor(topic),
    handling: queue,
    onRetry,
    ...(onRebalance === undefined ? {} : { onRebalance }),
  });
  return new ConsumerClient(config, queue, reader);
};

/** It comes after the failure that was told, or is told by run(). */
const ignoreSecondFailure = (): void => undefined;
