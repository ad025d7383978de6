import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ErrorCode, type ErrorName } from '../protocol/errors.ts';
import { randomUuid, type Uuid } from '../protocol/uuid.ts';
import { logConfigOf } from './config/topic-settings.ts';
import { type BrokerSettings, ConfigError, parseTopicConfig, type TopicSettings } from './config.ts';
import { MAX_PARTITIONS, MAX_PARTITIONS_PER_TOPIC, MAX_TOPIC_NAME_LENGTH } from './limits.ts';
import { readTopicId, writeTextFile, writeTopicId } from './log/checkpoint-files.ts';
import { DataDirectoryError, errorCode, explainCode } from './log/errors.ts';
import type { LogConfig } from './log/log-config.ts';
import type { PartitionLog } from './log/partition-log.ts';
import { Partition } from './partition.ts';

/** The topic that keeps the offsets and members of consumer groups. */
export const OFFSETS_TOPIC = '__consumer_offsets';

/** The topic that keeps the states of transactions. */
export const TRANSACTIONS_TOPIC = '__transaction_state';

/** True for the broker's own topics, which clients may read but not write. */
export const isInternalTopic = (name: string): boolean => name === OFFSETS_TOPIC || name === TRANSACTIONS_TOPIC;

/** A topic and its partitions. */
export type Topic = {
  readonly name: string;
  readonly id: Uuid;
  readonly partitions: Partition[];
  /** Settings that were given when the topic was made, by Kafka's names. */
  readonly config: Readonly<Record<string, string>>;
  /** Effective settings. */
  readonly settings: TopicSettings;
};

/** What a new topic shall be. */
export type TopicPlan = {
  readonly name: string;
  readonly partitionCount: number;
  readonly config: Readonly<Record<string, string>>;
};

/** Why a topic cannot be made, changed or deleted, with Kafka's error. */
export class TopicError extends Error {
  override readonly name = 'TopicError';
  readonly code: number;
  constructor(error: ErrorName, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = ErrorCode[error];
  }
}

type StoredTopic = {
  readonly name: string;
  readonly id: Uuid;
  readonly partitionCount: number;
  readonly config: Readonly<Record<string, string>>;
  /** Its folders are being removed; a start that finds this finishes the work. */
  readonly isDeleting?: boolean;
};

const TOPICS_FILE = 'topics.json';
const FORMAT_VERSION = 1;

/** Opens or creates the log in a folder. */
export type OpenLog = (directory: string, config: LogConfig) => PartitionLog;

/**
 * The broker's topics. Names, ids, partition counts and settings stand in `topics.json` of the data directory (a real
 * cluster keeps them in its metadata log), which is written before a change is answered.
 */
export class TopicRegistry {
  readonly #directory: string;
  readonly #broker: BrokerSettings;
  readonly #openLog: OpenLog;
  readonly #byName = new Map<string, Topic>();
  readonly #byId = new Map<Uuid, Topic>();
  /** Names with '.' written as '_': Kafka's metric names cannot tell the two apart. */
  readonly #byMetricName = new Map<string, string>();
  readonly #deleting = new Map<string, StoredTopic>();
  #partitionCount = 0;

  private constructor(directory: string, broker: BrokerSettings, openLog: OpenLog) {
    this.#directory = directory;
    this.#broker = broker;
    this.#openLog = openLog;
  }

  /**
   * Reads the topics of a data directory and opens their logs.
   * @throws DataDirectoryError when `topics.json` cannot be understood.
   */
  static load(directory: string, broker: BrokerSettings, openLog: OpenLog): TopicRegistry {
    const registry = new TopicRegistry(directory, broker, openLog);
    for (const stored of readTopics(join(directory, TOPICS_FILE))) {
      if (stored.isDeleting === true) registry.#removeFolders(stored);
      else registry.#open(stored);
    }
    return registry;
  }

  /** All topics in the order they were made. */
  all(): Iterable<Topic> {
    return this.#byName.values();
  }

  /** The topic of that name. */
  get(name: string): Topic | undefined {
    return this.#byName.get(name);
  }

  /** The topic of that id. */
  getById(id: Uuid): Topic | undefined {
    return this.#byId.get(id);
  }

  /**
   * Says whether the topic could be made, and with which effective settings.
   * @throws TopicError when it could not.
   */
  check(plan: TopicPlan): TopicSettings {
    checkTopicName(plan.name);
    if (this.#byName.has(plan.name))
      throw new TopicError('TOPIC_ALREADY_EXISTS', `Topic '${plan.name}' already exists.`);
    const other = this.#byMetricName.get(metricName(plan.name));
    if (other !== undefined)
      throw new TopicError(
        'INVALID_TOPIC_EXCEPTION',
        `Topic '${plan.name}' collides with existing topics: ${other} ('.' and '_' are the same in metric names).`,
      );
    this.#checkPartitionCount(plan.partitionCount, plan.partitionCount);
    return this.#settingsOf(plan.config);
  }

  /**
   * Makes a topic; it is on disk when this returns.
   * @throws TopicError
   */
  create(plan: TopicPlan): Topic {
    this.check(plan);
    for (let index = 0; index < plan.partitionCount; index++) this.#checkFolderIsFree(plan.name, index);
    const stored: StoredTopic = { ...plan, id: randomUuid() };
    return this.#changed(() => {
      this.#save([...this.#stored(), stored]);
      return this.#open(stored);
    });
  }

  /**
   * Gives a topic more partitions.
   * @throws TopicError
   */
  checkGrowth(name: string, partitionCount: number): void {
    const topic = this.#byName.get(name);
    if (topic === undefined) throw unknownTopic(name);
    const present = topic.partitions.length;
    if (partitionCount === present)
      throw new TopicError('INVALID_PARTITIONS', `Topic already has ${present} partition(s).`);
    if (partitionCount < present)
      throw new TopicError(
        'INVALID_PARTITIONS',
        `The topic ${name} currently has ${present} partition(s); ${partitionCount} would not be an increase.`,
      );
    this.#checkPartitionCount(partitionCount, partitionCount - present);
  }

  /**
   * Gives a topic more partitions, up to `partitionCount`.
   * @throws TopicError
   */
  grow(name: string, partitionCount: number): void {
    this.checkGrowth(name, partitionCount);
    const topic = this.#byName.get(name);
    if (topic === undefined) throw unknownTopic(name);
    for (let index = topic.partitions.length; index < partitionCount; index++) this.#checkFolderIsFree(name, index);
    this.#changed(() => {
      this.#save(this.#stored().map((stored) => (stored.name === name ? { ...stored, partitionCount } : stored)));
      this.#openPartitions(topic, partitionCount);
    });
  }

  /**
   * Deletes a topic and its files, and wakes the fetches that wait for it.
   * @throws TopicError
   */
  delete(name: string): void {
    const topic = this.#byName.get(name);
    if (topic === undefined) throw unknownTopic(name);
    const stored = this.#stored().map((each) => (each.name === name ? { ...each, isDeleting: true } : each));
    this.#changed(() => this.#save(stored));
    this.#byName.delete(name);
    this.#byId.delete(topic.id);
    this.#byMetricName.delete(metricName(name));
    this.#partitionCount -= topic.partitions.length;
    this.#deleting.set(name, { ...storedOf(topic), isDeleting: true });
    this.#changed(() => {
      for (const partition of topic.partitions) partition.delete();
      this.#deleting.delete(name);
      this.#save(this.#stored());
    });
  }

  /** Closes all logs. */
  close(): void {
    for (const topic of this.#byName.values()) for (const partition of topic.partitions) partition.log.close();
  }

  #settingsOf(config: Readonly<Record<string, string>>): TopicSettings {
    try {
      return parseTopicConfig(config, this.#broker.topicDefaults);
    } catch (error) {
      if (error instanceof ConfigError) throw new TopicError('INVALID_CONFIG', error.message, { cause: error });
      throw error;
    }
  }

  #checkPartitionCount(partitionCount: number, added: number): void {
    if (partitionCount < 1)
      throw new TopicError('INVALID_PARTITIONS', `Number of partitions must be larger than 0; got ${partitionCount}.`);
    if (partitionCount > MAX_PARTITIONS_PER_TOPIC)
      throw new TopicError(
        'INVALID_PARTITIONS',
        `A topic has at most ${MAX_PARTITIONS_PER_TOPIC} partitions; got ${partitionCount}.`,
      );
    if (this.#partitionCount + added > MAX_PARTITIONS)
      throw new TopicError('INVALID_PARTITIONS', `This broker has at most ${MAX_PARTITIONS} partitions.`);
  }

  #checkFolderIsFree(name: string, index: number): void {
    const folder = this.#folder(name, index);
    if (existsSync(folder))
      throw new TopicError('KAFKA_STORAGE_ERROR', `The folder ${folder} exists and belongs to no topic: move it away.`);
  }

  #folder(name: string, index: number): string {
    return join(this.#directory, `${name}-${index}`);
  }

  #open(stored: StoredTopic): Topic {
    const { name, id, config } = stored;
    const topic: Topic = { name, id, config, partitions: [], settings: this.#settingsOf(config) };
    this.#openPartitions(topic, stored.partitionCount);
    this.#byName.set(name, topic);
    this.#byId.set(id, topic);
    this.#byMetricName.set(metricName(name), name);
    return topic;
  }

  #openPartitions(topic: Topic, partitionCount: number): void {
    while (topic.partitions.length < partitionCount) {
      const index = topic.partitions.length;
      const folder = this.#folder(topic.name, index);
      const log = this.#openLog(folder, logConfigOf(topic.settings));
      // Kafka's own tools tell by this file which topic a folder belongs to.
      if (readTopicId(folder) === null) writeTopicId(folder, topic.id);
      topic.partitions.push(new Partition(topic, index, log));
      this.#partitionCount++;
    }
  }

  #stored(): StoredTopic[] {
    return [...Array.from(this.#byName.values(), storedOf), ...this.#deleting.values()];
  }

  #save(topics: readonly StoredTopic[]): void {
    const text = JSON.stringify({ version: FORMAT_VERSION, topics }, null, 1);
    writeTextFile(join(this.#directory, TOPICS_FILE), `${text}\n`);
  }

  #removeFolders(stored: StoredTopic): void {
    for (let index = 0; index < stored.partitionCount; index++)
      rmSync(this.#folder(stored.name, index), { recursive: true, force: true });
  }

  /** Runs a change of files and says what went wrong in Kafka's words. */
  #changed<T>(change: () => T): T {
    try {
      return change();
    } catch (error) {
      throw new TopicError('KAFKA_STORAGE_ERROR', `The disk refused it: ${explainCode(errorCode(error))}.`, {
        cause: error,
      });
    }
  }
}

/**
 * Holds a topic name against Kafka's rules (`org.apache.kafka.common.internals.Topic`).
 * @throws TopicError INVALID_TOPIC_EXCEPTION
 */
export const checkTopicName = (name: string): void => {
  const refuse = (why: string): TopicError =>
    new TopicError('INVALID_TOPIC_EXCEPTION', `Topic name is invalid: ${why}`);
  if (name === '') throw refuse('the empty string is not allowed');
  if (name === '.' || name === '..') throw refuse(`'${name}' is not allowed`);
  if (name.length > MAX_TOPIC_NAME_LENGTH)
    throw refuse(`it has ${name.length} characters and may have ${MAX_TOPIC_NAME_LENGTH}`);
  if (!/^[a-zA-Z0-9._-]+$/.test(name))
    throw refuse(`${JSON.stringify(name)} contains characters other than ASCII letters, digits, '.', '_' and '-'`);
};

const metricName = (name: string): string => name.replaceAll('.', '_');

const unknownTopic = (name: string): TopicError =>
  new TopicError('UNKNOWN_TOPIC_OR_PARTITION', `There is no topic '${name}'.`);

const storedOf = (topic: Topic): StoredTopic => ({
  name: topic.name,
  id: topic.id,
  partitionCount: topic.partitions.length,
  config: topic.config,
});

const readTopics = (file: string): readonly StoredTopic[] => {
  if (!existsSync(file)) return [];
  try {
    const parsed: unknown = JSON.parse(readFileSync(file, 'utf8'));
    if (isTopicsFile(parsed)) return parsed.topics;
  } catch (error) {
    throw new DataDirectoryError(`${file} cannot be read (${errorCode(error)})`, { cause: error });
  }
  throw new DataDirectoryError(
    `${file} is not a list of topics of format ${FORMAT_VERSION}: was it made by a newer version?`,
  );
};

const isTopicsFile = (value: unknown): value is { readonly topics: readonly StoredTopic[] } =>
  typeof value === 'object' &&
  value !== null &&
  'version' in value &&
  value.version === FORMAT_VERSION &&
  'topics' in value &&
  Array.isArray(value.topics) &&
  value.topics.every(isStoredTopic);

const isStoredTopic = (value: unknown): value is StoredTopic =>
  typeof value === 'object' &&
  value !== null &&
  'name' in value &&
  typeof value.name === 'string' &&
  'id' in value &&
  typeof value.id === 'string' &&
  'partitionCount' in value &&
  typeof value.partitionCount === 'number' &&
  'config' in value &&
  typeof value.config === 'object';
