import type { ErrorName } from '../protocol/errors.ts';
import { randomUuid, type Uuid } from '../protocol/uuid.ts';
import { logConfigOf } from './config/topic-settings.ts';
import {
  type BrokerSettings,
  ConfigError,
  type ConfigTexts,
  giveBrokerConfig,
  parseBrokerConfig,
  parseTopicConfig,
  type TopicSettings,
} from './config.ts';
import { MAX_PARTITIONS, MAX_PARTITIONS_PER_TOPIC } from './limits.ts';
import { DataDirectoryError } from './log/errors.ts';
import { Partition } from './partition.ts';
import { type OpenLog, PartitionFolders } from './partition-folders.ts';
import { TopicChanges } from './topic-changes.ts';
import { checkTopicName, metricName, TopicError } from './topic-name.ts';
import { readState, type StoredState, type StoredTopic, TopicStore } from './topic-store.ts';

export { TopicError } from './topic-name.ts';

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
  /** Settings that were given for the topic, by Kafka's names. */
  config: ConfigTexts;
  /** Effective settings; replaced as a whole when they change. */
  settings: TopicSettings;
};

/** What a new topic shall be. */
export type TopicPlan = {
  readonly name: string;
  readonly partitionCount: number;
  readonly config: ConfigTexts;
};

/** What changes of the broker's own settings are ordered by; no topic has this name. */
const BROKER_CHANGES = '';

/** A topic that is being made. */
type Making = { stored: StoredTopic; readonly done: Promise<Topic> };

/**
 * The broker's topics. Names, ids, partition counts and settings stand in `topics.json` of the data directory (a real
 * cluster keeps them in its metadata log), which is written before a change is answered. Making and removing folders leaves
 * the event loop to others in between; a change that is cut short by a crash is undone or finished at the next start.
 */
export class TopicRegistry {
  /** The data directory. */
  readonly directory: string;
  readonly #broker: BrokerSettings;
  readonly #store: TopicStore;
  readonly #byName = new Map<string, Topic>();
  readonly #byId = new Map<Uuid, Topic>();
  /** Names by what they are called in metrics, those of topics that are being made included. */
  readonly #byMetricName = new Map<string, string>();
  readonly #making = new Map<string, Making>();
  /** What stands in the file for topics that are growing. */
  readonly #growing = new Map<string, Partial<StoredTopic>>();
  readonly #deleting = new Map<string, StoredTopic>();
  readonly #changes = new TopicChanges();
  readonly #folders: PartitionFolders;
  /** Partitions that are there or being made. */
  #partitionCount = 0;

  private constructor(directory: string, broker: BrokerSettings, openLog: OpenLog) {
    this.directory = directory;
    this.#broker = broker;
    this.#folders = new PartitionFolders(directory, openLog);
    this.#store = new TopicStore(directory, () => ({ topics: this.#stored(), ...this.#storedBroker() }));
  }

  /**
   * Reads the topics of a data directory and opens their logs.
   * @throws DataDirectoryError when `topics.json` cannot be understood.
   */
  static load(directory: string, broker: BrokerSettings, openLog: OpenLog): TopicRegistry {
    const registry = new TopicRegistry(directory, broker, openLog);
    const { topics, brokerConfig = {}, clusterConfig = {} } = readState(directory);
    registry.#inDirectory('the broker', () => giveBrokerConfig(broker, brokerConfig, clusterConfig));
    for (const stored of topics) {
      const { partitionCount, growsTo = partitionCount } = stored;
      const isGone = stored.isDeleting === true || stored.isCreating === true;
      registry.#folders.remove(stored.name, { from: isGone ? 0 : partitionCount, to: growsTo });
      if (!isGone) registry.#open(stored);
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

  /** The topic of that name that is being made at the moment; rejects with TopicError when that fails. */
  whenMade(name: string): Promise<Topic> | undefined {
    return this.#making.get(name)?.done;
  }

  /**
   * Says whether the topic could be made, and with which effective settings.
   * @throws TopicError when it could not.
   */
  check(plan: TopicPlan): TopicSettings {
    checkTopicName(plan.name);
    if (this.#byName.has(plan.name) || this.#making.has(plan.name))
      throw new TopicError('TOPIC_ALREADY_EXISTS', `Topic '${plan.name}' already exists.`);
    const other = this.#byMetricName.get(metricName(plan.name));
    if (other !== undefined)
      throw new TopicError(
        'INVALID_TOPIC_EXCEPTION',
        `Topic '${plan.name}' collides with existing topics: ${other} ('.' and '_' are the same in metric names).`,
      );
    this.#checkPartitionCount(plan.partitionCount, plan.partitionCount);
    return this.settingsOf(plan.config);
  }

  /**
   * Makes a topic; it is on disk, whole and visible when this resolves, and nothing of it is there when it rejects.
   * @throws TopicError (rejects)
   */
  async create(plan: TopicPlan): Promise<Topic> {
    const settings = this.check(plan);
    const { name, partitionCount, config } = plan;
    const stored: StoredTopic = { name, partitionCount, config, id: randomUuid(), isCreating: true };
    const done = this.#changes.run(name, () => this.#make(stored, settings));
    this.#byMetricName.set(metricName(name), name);
    this.#partitionCount += partitionCount;
    this.#making.set(name, { stored, done });
    return await done;
  }

  /** The topic of that name, made now if it is not there or being made; rejects with TopicError. */
  async getOrCreate(plan: TopicPlan): Promise<Topic> {
    return this.#byName.get(plan.name) ?? (await (this.whenMade(plan.name) ?? this.create(plan)));
  }

  /**
   * Says whether a topic can be given more partitions.
   * @throws TopicError
   */
  checkGrowth(name: string, partitionCount: number): void {
    const present = this.#expect(name).partitions.length;
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
   * Gives a topic more partitions, up to `partitionCount`; all of them become visible at once.
   * @throws TopicError (rejects)
   */
  async grow(name: string, partitionCount: number): Promise<void> {
    this.checkGrowth(name, partitionCount);
    await this.#changes.run(name, async () => {
      this.checkGrowth(name, partitionCount);
      const topic = this.#expect(name);
      const from = topic.partitions.length;
      const range = { from, to: partitionCount };
      this.#partitionCount += partitionCount - from;
      try {
        this.#growing.set(name, { growsTo: partitionCount });
        await this.#store.save();
        const logs = await this.#folders.make(topic, logConfigOf(topic.settings), range, async () => {
          this.#growing.set(name, { partitionCount });
          await this.#store.save();
        });
        topic.partitions.push(...logs.map((log, index) => new Partition(topic, from + index, log)));
      } catch (error) {
        this.#partitionCount -= partitionCount - from;
        throw error;
      } finally {
        this.#growing.delete(name);
      }
    });
  }

  /**
   * Deletes a topic: it is gone for everybody at once, the fetches that wait for it are answered, and its files are gone when
   * this resolves.
   * @throws TopicError (rejects)
   */
  async delete(name: string): Promise<void> {
    this.#expect(name);
    await this.#changes.run(name, async () => {
      const topic = this.#expect(name);
      this.#deleting.set(name, { ...storedOf(topic), isDeleting: true });
      try {
        await this.#store.save();
      } catch (error) {
        this.#deleting.delete(name);
        throw error;
      }
      this.#byName.delete(name);
      this.#byId.delete(topic.id);
      this.#byMetricName.delete(metricName(name));
      this.#partitionCount -= topic.partitions.length;
      for (const partition of topic.partitions) {
        partition.delete();
        await nextTurn();
      }
      this.#deleting.delete(name);
      await this.#store.save();
    });
  }

  /**
   * Puts other settings in force for a topic, in place of all that were given before.
   * @param edit makes them out of those
   * @throws TopicError (rejects) INVALID_CONFIG, that there is no such topic, or what `edit` throws
   */
  async reconfigure(name: string, edit: (present: ConfigTexts) => ConfigTexts): Promise<void> {
    this.#expect(name);
    await this.#changes.run(name, async () => {
      const topic = this.#expect(name);
      const before = topic.config;
      const config = edit(before);
      const settings = this.settingsOf(config);
      topic.config = config;
      try {
        await this.#store.save();
      } catch (error) {
        topic.config = before;
        throw error;
      }
      this.#apply(topic, settings);
    });
  }

  /**
   * Puts other settings in force that clients give this broker, or all brokers of the cluster, and that topics inherit.
   * @param edit makes them out of those that were given before
   * @param isValidateOnly only looks whether that could be
   * @throws TopicError (rejects) INVALID_REQUEST for a value that cannot be, as Kafka does, or what `edit` throws
   */
  async reconfigureBroker(
    scope: 'broker' | 'cluster',
    edit: (present: ConfigTexts) => ConfigTexts,
    isValidateOnly: boolean,
  ): Promise<void> {
    await this.#changes.run(BROKER_CHANGES, async () => {
      const { given, dynamic, dynamicDefault } = this.#broker;
      const mine = scope === 'broker' ? edit(dynamic) : dynamic;
      const everybodys = scope === 'cluster' ? edit(dynamicDefault) : dynamicDefault;
      const { topicDefaults } = inKafkasWords(() => parseBrokerConfig(given, mine, everybodys), 'INVALID_REQUEST');
      for (const { config } of this.#byName.values()) inKafkasWords(() => parseTopicConfig(config, topicDefaults));
      if (isValidateOnly) return;
      giveBrokerConfig(this.#broker, mine, everybodys);
      try {
        await this.#store.save();
      } catch (error) {
        giveBrokerConfig(this.#broker, dynamic, dynamicDefault);
        throw error;
      }
      for (const topic of this.#byName.values()) this.#apply(topic, this.settingsOf(topic.config));
    });
  }

  /**
   * The settings that a topic has when it is given these.
   * @throws TopicError INVALID_CONFIG
   */
  settingsOf(config: ConfigTexts): TopicSettings {
    return inKafkasWords(() => parseTopicConfig(config, this.#broker.topicDefaults));
  }

  /** Ends what is being made or removed, and closes all logs; the next start finishes what was cut short. */
  async close(): Promise<void> {
    this.#folders.stop();
    await this.#changes.close();
    for (const topic of this.#byName.values()) for (const partition of topic.partitions) partition.log.close();
  }

  #expect(name: string): Topic {
    const topic = this.#byName.get(name);
    if (topic === undefined) throw new TopicError('UNKNOWN_TOPIC_OR_PARTITION', `There is no topic '${name}'.`);
    return topic;
  }

  #apply(topic: Topic, settings: TopicSettings): void {
    topic.settings = settings;
    for (const { log } of topic.partitions) log.reconfigure(logConfigOf(settings));
  }

  async #make(stored: StoredTopic, settings: TopicSettings): Promise<Topic> {
    const { name, id, config, partitionCount } = stored;
    try {
      await this.#store.save();
      const logs = await this.#folders.make(
        stored,
        logConfigOf(settings),
        { from: 0, to: partitionCount },
        async () => {
          const { isCreating: _, ...whole } = stored;
          const making = this.#making.get(name);
          if (making !== undefined) making.stored = whole;
          await this.#store.save();
        },
      );
      const topic: Topic = { name, id, config, settings, partitions: [] };
      topic.partitions.push(...logs.map((log, index) => new Partition(topic, index, log)));
      this.#publish(topic);
      return topic;
    } catch (error) {
      this.#byMetricName.delete(metricName(name));
      this.#partitionCount -= partitionCount;
      throw error;
    } finally {
      this.#making.delete(name);
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

  /** Opens the logs of a topic that is on disk. */
  #open(stored: StoredTopic): void {
    const { name, id, config, partitionCount } = stored;
    const topic: Topic = {
      name,
      id,
      config,
      settings: this.#inDirectory(`topic ${name}`, () => this.settingsOf(config)),
      partitions: [],
    };
    const logConfig = logConfigOf(topic.settings);
    for (let index = 0; index < partitionCount; index++)
      topic.partitions.push(new Partition(topic, index, this.#folders.open(topic, index, logConfig)));
    this.#partitionCount += partitionCount;
    this.#byMetricName.set(metricName(name), name);
    this.#publish(topic);
  }

  /** Reads settings of the data directory, and says whose they are when they cannot be. */
  #inDirectory<T>(whose: string, read: () => T): T {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof TopicError || error instanceof ConfigError)) throw error;
      throw new DataDirectoryError(
        `${whose} has a setting in ${this.directory} that this version does not take: ${error.message}`,
        { cause: error },
      );
    }
  }

  #publish(topic: Topic): void {
    this.#byName.set(topic.name, topic);
    this.#byId.set(topic.id, topic);
  }

  #storedBroker(): Omit<StoredState, 'topics'> {
    const { dynamic, dynamicDefault } = this.#broker;
    return {
      ...(Object.keys(dynamic).length > 0 && { brokerConfig: dynamic }),
      ...(Object.keys(dynamicDefault).length > 0 && { clusterConfig: dynamicDefault }),
    };
  }

  #stored(): StoredTopic[] {
    const present = Array.from(
      this.#byName.values(),
      (topic) => this.#deleting.get(topic.name) ?? { ...storedOf(topic), ...this.#growing.get(topic.name) },
    );
    const gone = Array.from(this.#deleting.values()).filter(({ name }) => !this.#byName.has(name));
    return [...present, ...Array.from(this.#making.values(), ({ stored }) => stored), ...gone];
  }
}

/** Runs what reads settings, and throws a client's mistake as Kafka does. */
const inKafkasWords = <T>(read: () => T, error: ErrorName = 'INVALID_CONFIG'): T => {
  try {
    return read();
  } catch (cause) {
    if (cause instanceof ConfigError) throw new TopicError(error, cause.message, { cause });
    throw cause;
  }
};

const storedOf = (topic: Topic): StoredTopic => ({
  name: topic.name,
  id: topic.id,
  partitionCount: topic.partitions.length,
  config: topic.config,
});

/** Lets the event loop serve others. */
const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
