import { prepareCodecs } from '../../protocol/compression/compression.ts';
import { type GroupOffset, groupByTopic, type TopicPartition } from '../admin/group-offsets.ts';
import { backoffMs } from '../backoff.ts';
import { asClientError, type ClientError } from '../client-error.ts';
import { type Cluster, sleep } from '../cluster.ts';
import { clusterForFetches } from '../consumer.ts';
import { Fetcher } from '../fetcher.ts';
import { flatten, type TopicPartitions, without } from './assignor.ts';
import { assignors } from './assignors.ts';
import { Commits } from './commits.ts';
import type { GroupConsumerOptions } from './group-consumer-options.ts';
import { GroupMember, LOST_CODES } from './group-member.ts';
import { signal } from './signal.ts';
import { startOffsets } from './start-offsets.ts';
import { chosenTopics, hasTopicsChanged } from './topic-watch.ts';

/** The coordinator's answers are small. */
const READ_BLOCK_BYTES = 64 * 1024;
/** How long the end waits for records that are being handled, milliseconds: as Kafka's close() does. */
const CLOSE_TIMEOUT_MS = 30_000;
const REBALANCE_IN_PROGRESS = 27;
const FENCED_INSTANCE_ID = 82;

/**
 * Reads topics as a member of a group: the partitions that it is given, from where the group stands. Commits from time to time, before
 * it gives partitions back, and at the end (`enable.auto.commit`). When the group rebalances, it gives all back and waits for others,
 * or, when all its assignors are cooperative (KIP-429), reads on what it keeps.
 */
export class GroupConsumer {
  readonly #options: GroupConsumerOptions;
  readonly #member: GroupMember;
  readonly #cluster: Cluster;
  readonly #fetcher: Fetcher;
  readonly #commits: Commits;
  #assignment: readonly TopicPartitions[] = [];
  /** What the member subscribes to: names that a pattern matched last. */
  #subscribed: readonly string[] = [];
  /** Went since onRebalance was called last. */
  readonly #gone: TopicPartitions[] = [];
  #rebalanceTimeMs = 0;
  #rebalanceCount = 0;
  #rebalanceStartedMs: number | null = null;
  #mustJoin = true;
  #isStuck = false;
  #isStopped = false;
  #failure: ClientError | null = null;
  #running: Promise<void> | null = null;
  /** Assignments so far; what an earlier one began is not gone on with. */
  #round = 0;
  #isWatching = false;
  /** Resolves at the next change of what is to be done. */
  #change = signal();
  readonly #stopped = signal();

  constructor(options: GroupConsumerOptions) {
    this.#options = options;
    const { config } = options;
    this.#cluster = clusterForFetches(config);
    this.#member = new GroupMember({
      cluster: { ...config, readBlockBytes: READ_BLOCK_BYTES },
      groupId: options.groupId,
      instanceId: config.groupInstanceId,
      rack: config.clientRack,
      assignors: options.assignors ?? config.assignors.map((name) => assignors[name]),
      sessionTimeoutMs: config.sessionTimeoutMs,
      heartbeatIntervalMs: config.heartbeatIntervalMs,
      rebalanceTimeoutMs: config.maxPollIntervalMs,
      allowAutoCreation: config.allowAutoCreateTopics,
      owned: () => this.#assignment,
      isStuck: () => this.#hasNoProgress(),
      onRebalance: () => this.#joinAgain(),
      onLost: () => this.#drop(this.#assignment),
      onFailure: (error) => this.#fail(error),
    });
    this.#fetcher = new Fetcher({
      cluster: this.#cluster,
      config,
      listen: options.listen,
      onEnough: () => this.stop(),
      onFailure: (error) => this.#fail(error),
      onRetry: (error) => options.onRetry?.(error),
      onUnreadable: options.onUnreadable ?? null,
      isPatient: true,
      advancesPositions: options.handling === undefined,
      onHandedOver: (elapsedMs) => {
        options.handling?.onHandedOver();
        if (elapsedMs > config.maxPollIntervalMs) this.#isStuck = true;
      },
    });
    this.#commits = new Commits({
      send: (offsets) => this.#member.commit(offsets),
      readings: () => this.#fetcher.readings,
    });
  }

  /** Connects to the cluster, so that one that does not answer is found at once. Rejects with a ClientError. */
  static async open(options: GroupConsumerOptions): Promise<GroupConsumer> {
    const consumer = new GroupConsumer(options);
    try {
      await prepareCodecs();
      await consumer.#member.cluster.describeTopics([], { allowAutoCreation: false });
      return consumer;
    } catch (error) {
      await consumer.close();
      throw asClientError(error);
    }
  }

  /** The partitions that are read now. */
  get assignment(): readonly TopicPartitions[] {
    return this.#assignment;
  }

  /** The id that the coordinator gave; null before, and after the group has gone on without this member. */
  get memberId(): string | null {
    return this.#member.memberId === '' ? null : this.#member.memberId;
  }

  /** How the group shares partitions out, such as `range`; null before the first assignment. */
  get assignor(): string | null {
    return this.#member.assignor;
  }

  /** Reads the partitions, and knows how far each is read. */
  get fetcher(): Fetcher {
    return this.#fetcher;
  }

  /** Where offsets and topics are asked for; fetches would hold these requests up elsewhere. */
  get cluster(): Cluster {
    return this.#member.cluster;
  }

  /** Milliseconds so far between the beginning of a rebalance and the assignment that ended it, all rebalances together. */
  get rebalanceTimeMs(): number {
    const sinceMs = this.#rebalanceStartedMs;
    return this.#rebalanceTimeMs + (sinceMs === null ? 0 : performance.now() - sinceMs);
  }

  /** Rebalances that ended with an assignment. */
  get rebalanceCount(): number {
    return this.#rebalanceCount;
  }

  /** Fetches that were lost or refused and made again. */
  get fetchesRetried(): number {
    return this.#fetcher.fetchRetryTotal;
  }

  /** Connections that were opened again. */
  get reconnects(): number {
    return this.#cluster.reconnects + this.#member.cluster.reconnects;
  }

  /** Metrics under Kafka's names. */
  metrics(): Readonly<Record<string, number>> {
    const metric = (name: string): string =>
      `consumer-coordinator-metrics:${name}:{client-id=${this.#options.config.clientId}}`;
    return {
      ...this.#fetcher.metrics(),
      [metric('assigned-partitions')]: flatten(this.#assignment).length,
      [metric('commit-total')]: this.#commits.commitTotal,
      [metric('rebalance-latency-total')]: this.rebalanceTimeMs,
      [metric('rebalance-total')]: this.#rebalanceCount,
    };
  }

  /** Joins and reads until a listener returns false or stop() is called. Rejects with a ClientError when that fails for good. */
  run(): Promise<void> {
    this.#running = this.#readUntilStopped();
    return this.#running;
  }

  /** Ends run(). */
  stop(): void {
    this.#isStopped = true;
    this.#fetcher.stop();
    this.#stopped.resolve();
    this.#change.resolve();
  }

  /** Fetches nothing more; the member stays in its group. */
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

  /** Commits offsets, or (null) the positions of all partitions that have moved. Rejects with a ClientError. */
  commit(offsets: readonly GroupOffset[] | null = null): Promise<void> {
    return this.#commits.commit(offsets);
  }

  /** What the group has committed, of those partitions that have something. Rejects with a ClientError. */
  committed(partitions: readonly TopicPartition[]) {
    return this.#member.committed(partitions);
  }

  /** Ends run(), which commits, and leaves the group; when that cannot be done, the coordinator takes its time to notice. */
  async close(): Promise<void> {
    this.stop();
    await this.#running?.catch(ignoreToldFailure);
    this.#cluster.close();
    await this.#member.leave().catch((error: unknown) => this.#tell(error));
  }

  #tell(error: unknown): void {
    this.#options.onRetry?.(asClientError(error));
  }

  #fail(error: ClientError): void {
    this.#failure ??= error;
    this.stop();
  }

  #joinAgain(): void {
    this.#mustJoin = true;
    this.#change.resolve();
  }

  /** Whether a piece of work has taken longer than `max.poll.interval.ms`; one that ended since then counts once. */
  #hasNoProgress(): boolean {
    const sinceMs = this.#options.handling?.busySinceMs() ?? performance.now();
    const isStuck = this.#isStuck || performance.now() - sinceMs > this.#options.config.maxPollIntervalMs;
    this.#isStuck = false;
    return isStuck;
  }

  async #readUntilStopped(): Promise<void> {
    const { config, handling } = this.#options;
    const watch = setInterval(() => void this.#watchTopics(), Math.max(config.metadataMaxAgeMs, 1));
    if (config.enableAutoCommit) this.#commits.start(config.autoCommitIntervalMs, (error) => this.#commitFailed(error));
    try {
      await prepareCodecs();
      this.#fetcher.start();
      while (!this.#isStopped) {
        if (this.#mustJoin) await this.#rebalance();
        else await this.#changed();
      }
    } catch (error) {
      this.#failure ??= asClientError(error);
    }
    this.stop();
    clearInterval(watch);
    this.#commits.stop();
    await Promise.race([handling?.settle(), sleep(CLOSE_TIMEOUT_MS)]);
    await this.#autoCommit();
    this.#drop(this.#assignment);
    if (this.#failure !== null) throw this.#failure;
  }

  async #changed(): Promise<void> {
    await this.#change.promise;
    this.#change = signal();
  }

  /** Joins, and reads what the group gives. */
  async #rebalance(): Promise<void> {
    const { handling, topics, config } = this.#options;
    this.#rebalanceStartedMs ??= performance.now();
    await this.#giveUp(this.#member.isCooperative ? [] : this.#assignment);
    const choice = { topics, excludesInternal: config.excludeInternalTopics };
    this.#subscribed = await this.#retried(() => chosenTopics(this.cluster, choice));
    if (this.#isStopped) return;
    this.#mustJoin = false;
    this.#change = signal();
    const assignment = await Promise.race([this.#member.join(this.#subscribed), this.#stopped.promise]);
    if (assignment === null) return;
    const revoked = without(this.#assignment, assignment);
    if (revoked.length > 0) {
      await this.#giveUp(revoked);
      // Others get what was given up when all members have joined once more.
      this.#mustJoin = true;
    }
    const added = without(assignment, this.#assignment);
    this.#assignment = assignment;
    this.#round++;
    this.#rebalanceCount++;
    this.#rebalanceTimeMs += performance.now() - (this.#rebalanceStartedMs ?? 0);
    this.#rebalanceStartedMs = null;
    handling?.release();
    const isBegun = await Promise.race([this.#begin().then(() => true), this.#change.promise]);
    const gone = this.#gone.splice(0);
    if (isBegun !== null || !this.#isStopped) this.#options.onRebalance?.(added, gone);
  }

  /** Waits until nothing is handled, commits how far that went, and reads these partitions no more. */
  async #giveUp(partitions: readonly TopicPartitions[]): Promise<void> {
    const { handling } = this.#options;
    await Promise.race([handling?.settle(), this.#stopped.promise]);
    // What comes while the commit is on its way would be read again by others.
    for (const { topic, partition } of flatten(partitions)) {
      const reading = this.#fetcher.reading(topic, partition);
      if (reading !== undefined) this.#fetcher.pausePartition(reading);
    }
    if (!this.#isStopped) await Promise.race([this.#autoCommit(), this.#stopped.promise]);
    if (!this.#isStopped) this.#drop(partitions);
    handling?.release();
  }

  /** Reads what is assigned and not read yet, from where the group stands. Ends early when the assignment has changed. */
  async #begin(): Promise<void> {
    const round = this.#round;
    const isCurrent = (): boolean => round === this.#round && !this.#isStopped;
    const unread = flatten(this.#assignment).filter(
      ({ topic, partition }) => this.#fetcher.reading(topic, partition) === undefined,
    );
    const committed = await this.#member.committed(unread);
    if (!isCurrent()) return;
    for (const each of committed) this.#commits.note(each);
    const begun = [...groupByTopic(unread)].map(async ([topic, partitions]) => {
      const indexes = partitions.map(({ partition }) => partition);
      const ours = committed.filter((each) => each.topic === topic);
      const offsets = new Map(ours.map(({ partition, offset }) => [partition, offset]));
      await this.#retried(() => this.#beginTopic(topic, indexes, offsets, isCurrent), isCurrent);
    });
    await Promise.all(begun);
  }

  async #beginTopic(
    name: string,
    partitions: readonly number[],
    committed: ReadonlyMap<number, number>,
    isCurrent: () => boolean,
  ): Promise<void> {
    const { topic, offsets } = await startOffsets(this.cluster, this.#options.config, name, partitions, committed);
    const known = new Set(this.#cluster.nodeIds);
    if (topic.partitions.some(({ leader }) => !known.has(leader)))
      await this.#cluster.describeTopics([], { allowAutoCreation: false });
    if (isCurrent()) this.#fetcher.add(topic, offsets);
  }

  /** Does `work` again after errors that may pass, as long as it is wanted. */
  async #retried<Value>(work: () => Promise<Value>, isWanted = () => !this.#isStopped): Promise<Value> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await work();
      } catch (error) {
        const failure = asClientError(error);
        if (!failure.isRetriable || !isWanted()) throw failure;
        await sleep(backoffMs(this.#options.config, attempt));
      }
    }
  }

  /** Reads partitions no more. */
  #drop(partitions: readonly TopicPartitions[]): void {
    for (const { topic, partition } of flatten(partitions)) {
      const reading = this.#fetcher.reading(topic, partition);
      if (reading !== undefined) this.#fetcher.remove(reading);
      this.#commits.forget(topic, partition);
    }
    this.#gone.push(...partitions);
    this.#assignment = without(this.#assignment, partitions);
  }

  async #autoCommit(): Promise<void> {
    if (!this.#options.config.enableAutoCommit) return;
    await this.#commits.commit(null).catch((error: unknown) => this.#commitFailed(asClientError(error)));
  }

  #commitFailed(error: ClientError): void {
    const isFenced = error.code === FENCED_INSTANCE_ID;
    if (isFenced) this.#fail(error);
    // What was not committed now is committed when the group has rebalanced, or read again.
    const isRebalancing = this.#mustJoin || this.#rebalanceStartedMs !== null;
    const isExpected = error.code === REBALANCE_IN_PROGRESS || (isRebalancing && LOST_CODES.has(error.code));
    if (!isFenced && !isExpected) this.#tell(error);
  }

  /** Looks whether topics have come, gone or grown, and joins again when the group has to know. */
  async #watchTopics(): Promise<void> {
    if (this.#isWatching || this.#rebalanceStartedMs !== null) return;
    this.#isWatching = true;
    const { topics, config } = this.#options;
    const choice = { topics, excludesInternal: config.excludeInternalTopics };
    try {
      if (await hasTopicsChanged(this.#member, choice, this.#subscribed)) this.#joinAgain();
    } catch (error) {
      if (!this.#isStopped) this.#tell(error);
    } finally {
      this.#isWatching = false;
    }
  }
}

/** Whoever called run() was told. */
const ignoreToldFailure = (): void => undefined;
