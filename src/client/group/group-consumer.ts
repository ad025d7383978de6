import type { GroupOffset } from '../admin/group-offsets.ts';
import { asClientError, type ClientError } from '../client-error.ts';
import { Consumer } from '../consumer.ts';
import type { ConsumerConfig } from '../properties/consumer-properties.ts';
import type { RecordListener } from '../record-delivery.ts';
import { type Assignor, rangeAssignor, type TopicPartitions } from './assignor.ts';
import { GroupMember } from './group-member.ts';

/** What a consumer of a group is made for. */
export type GroupConsumerOptions = {
  readonly groupId: string;
  /** Names of topics, or a pattern that their whole names match: topics that come later are read, too. */
  readonly topics: readonly string[] | RegExp;
  /** Everything else: membership, commits, fetches. `group.id` is not looked at. */
  readonly config: ConsumerConfig;
  /** In place of `partition.assignment.strategy`. */
  readonly assignors?: readonly Assignor[];
  /** The listener of records of one topic, asked for once a topic; false from it ends run(). */
  readonly listen: (topic: string) => RecordListener;
  /**
   * Told after each rebalance which partitions are new and which went; nothing is read from those that went any more. With
   * cooperative assignment the others are read all the while.
   */
  readonly onRebalance?: (assigned: readonly TopicPartitions[], revoked: readonly TopicPartitions[]) => void;
  /** Told about errors after which the consumer goes on. */
  readonly onRetry?: (error: ClientError) => void;
  /** See ConsumerOptions. */
  readonly onUnreadable?: (error: ClientError) => void;
};

/** The coordinator's answers are small. */
const READ_BLOCK_BYTES = 64 * 1024;

/** Who reads one topic, and how far: the offset of the next record to hand over, by partition. */
type Reading = { readonly topic: string; readonly consumer: Consumer; readonly next: Map<number, number> };

/**
 * Reads topics as a member of a group: the partitions that it is given, from where the group stands, until the group rebalances
 * and gives it others. Commits from time to time, before it gives partitions back, and at the end.
 */
export class GroupConsumer {
  readonly #options: GroupConsumerOptions;
  readonly #member: GroupMember;
  #readings: readonly Reading[] = [];
  /** What was committed last, to commit only what moved. */
  #committed = new Map<string, number>();
  #assignment: readonly TopicPartitions[] = [];
  #rebalanceTimeMs = 0;
  #rebalanceCount = 0;
  #isStopped = false;
  #isPaused = false;
  #running: Promise<void> | null = null;
  #wake: (() => void) | null = null;

  constructor(options: GroupConsumerOptions) {
    this.#options = options;
    this.#member = new GroupMember({
      cluster: { ...options.config, readBlockBytes: READ_BLOCK_BYTES },
      groupId: options.groupId,
      instanceId: options.config.groupInstanceId,
      topics: options.topics instanceof RegExp ? [] : options.topics,
      assignors: options.assignors ?? [rangeAssignor],
      sessionTimeoutMs: options.config.sessionTimeoutMs,
      heartbeatIntervalMs: options.config.heartbeatIntervalMs,
      rebalanceTimeoutMs: options.config.maxPollIntervalMs,
      onRebalance: () => this.#wake?.(),
    });
  }

  /** Connects to the cluster, so that one that does not answer is found at once. Rejects with a ClientError. */
  static async open(options: GroupConsumerOptions): Promise<GroupConsumer> {
    return new GroupConsumer(options);
  }

  /** The partitions that are read now. */
  get assignment(): readonly TopicPartitions[] {
    return this.#assignment;
  }

  /** Milliseconds so far between the beginning of a rebalance and the assignment that ended it, all rebalances together. */
  get rebalanceTimeMs(): number {
    return this.#rebalanceTimeMs;
  }

  /** Rebalances that ended with an assignment. */
  get rebalanceCount(): number {
    return this.#rebalanceCount;
  }

  /** Fetches that were lost or refused and made again. */
  get fetchesRetried(): number {
    return this.#readings.reduce((sum, { consumer }) => sum + consumer.fetchesRetried, 0);
  }

  /** Connections that were opened again. */
  get reconnects(): number {
    return this.#readings.reduce((sum, { consumer }) => sum + consumer.reconnects, 0);
  }

  /** Metrics under Kafka's names. */
  metrics(): Readonly<Record<string, number>> {
    return this.#readings[0]?.consumer.metrics() ?? {};
  }

  /** Joins and reads until a listener returns false or stop() is called. Rejects with a ClientError when that fails for good. */
  run(): Promise<void> {
    this.#running = this.#readUntilStopped();
    return this.#running;
  }

  /** Ends run(). */
  stop(): void {
    this.#isStopped = true;
    for (const { consumer } of this.#readings) consumer.stop();
    this.#wake?.();
  }

  async #readUntilStopped(): Promise<void> {
    while (!this.#isStopped) {
      const stopped = this.#untilWoken();
      const startedMs = performance.now();
      const assignment = await Promise.race([this.#member.join(), stopped.then(() => null)]);
      if (assignment === null) continue;
      this.#rebalanceTimeMs += performance.now() - startedMs;
      this.#rebalanceCount++;
      await this.#read(assignment);
    }
  }

  /** Fetches nothing more; the member stays in its group. */
  pause(): void {
    this.#isPaused = true;
    for (const { consumer } of this.#readings) consumer.pause();
  }

  /** Goes on after pause(). */
  resume(): void {
    this.#isPaused = false;
    for (const { consumer } of this.#readings) consumer.resume();
  }

  /** Ends run(), which commits, and leaves the group; when that cannot be done, the coordinator takes its time to notice. */
  async close(): Promise<void> {
    this.stop();
    await this.#running?.catch(ignoreToldFailure);
    await this.#member.leave().catch((error: unknown) => this.#options.onRetry?.(asClientError(error)));
  }

  /** Resolves at the next rebalance or stop. */
  #untilWoken(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  async #read(assignment: readonly TopicPartitions[]): Promise<void> {
    const woken = this.#untilWoken();
    const timer = setInterval(
      () => void this.#commit().catch((error: unknown) => this.#options.onRetry?.(asClientError(error))),
      this.#options.config.autoCommitIntervalMs,
    );
    try {
      this.#readings = await this.#open(assignment);
      const revoked = this.#assignment;
      this.#assignment = assignment;
      this.#options.onRebalance?.(assignment, revoked);
      if (this.#isPaused) this.pause();
      const runs = this.#isStopped ? [] : this.#readings.map(({ consumer }) => consumer.run());
      // One that ends by itself has a listener that wants no more.
      const isEnough = await Promise.race([woken.then(() => false), Promise.race(runs).then(() => true)]);
      if (isEnough) this.stop();
      for (const { consumer } of this.#readings) consumer.stop();
      await Promise.all(runs);
    } finally {
      clearInterval(timer);
      for (const { consumer } of this.#readings) consumer.close();
      await this.#commit().catch((error: unknown) => this.#options.onRetry?.(asClientError(error)));
      this.#readings = [];
      this.#committed = new Map();
    }
  }

  async #open(assignment: readonly TopicPartitions[]): Promise<readonly Reading[]> {
    const partitions = assignment.flatMap(({ topic, partitions: indexes }) =>
      indexes.map((partition) => ({ topic, partition })),
    );
    const committed = await this.#member.committed(partitions);
    const readings: Reading[] = [];
    for (const { topic, partitions: indexes } of assignment) {
      const ours = committed.filter((each) => each.topic === topic);
      for (const { partition, offset } of ours) this.#committed.set(`${topic}:${partition}`, offset);
      const startOffsets = new Map(ours.map(({ partition, offset }) => [partition, offset]));
      readings.push(await this.#openTopic(topic, indexes, startOffsets));
    }
    return readings;
  }

  async #openTopic(
    topic: string,
    partitions: readonly number[],
    startOffsets: ReadonlyMap<number, number>,
  ): Promise<Reading> {
    const { config, listen, onRetry, onUnreadable } = this.#options;
    const next = new Map<number, number>();
    const onRecord = listen(topic);
    const consumer = await Consumer.open({
      topic,
      config,
      partitions,
      startOffsets,
      onRecord: (...record) => {
        if (onRecord(...record)) return true;
        const [, partition, offset] = record;
        next.set(partition, offset);
        return false;
      },
      onDelivered: (partition, offset) => next.set(partition, offset),
      ...(onRetry === undefined ? {} : { onRetry }),
      ...(onUnreadable === undefined ? {} : { onUnreadable }),
    });
    for (const [partition, offset] of consumer.offsets) next.set(partition, offset);
    return { topic, consumer, next };
  }

  /** Commits the partitions that moved since the last time. */
  async #commit(): Promise<void> {
    const moved: GroupOffset[] = this.#readings.flatMap(({ topic, next }) =>
      [...next]
        .filter(([partition, offset]) => this.#committed.get(`${topic}:${partition}`) !== offset)
        .map(([partition, offset]) => ({ topic, partition, offset })),
    );
    await this.#member.commit(moved);
    for (const { topic, partition, offset } of moved) this.#committed.set(`${topic}:${partition}`, offset);
  }
}

/** Whoever called run() was told. */
const ignoreToldFailure = (): void => undefined;
