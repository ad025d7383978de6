import { prepareCodecs } from '../../protocol/compression/compression.ts';
import { findGroupCoordinator } from '../admin/coordinator.ts';
import {
  type CommittedOffset,
  fetchCommitted,
  type GroupOffset,
  setGroupOffsets,
  type TopicPartition,
} from '../admin/group-offsets.ts';
import { ClientError } from '../client-error.ts';
import { Cluster } from '../cluster.ts';
import { clusterForFetches } from '../consumer.ts';
import { Fetcher } from '../fetcher.ts';
import { byTopic, type TopicPartitions } from '../group/assignor.ts';
import { Commits } from '../group/commits.ts';
import { resetOffsets } from '../offsets.ts';
import type { ConsumerConfig } from '../properties/consumer-properties.ts';
import type { Reader } from './reader.ts';
import type { RecordQueue } from './record-queue.ts';

/** A topic of which partitions are read without a group's doing; all of them when none are named. */
export type AssignedTopic = { readonly topic: string; readonly partitions?: readonly number[] };

/** The coordinator's answers are small. */
const READ_BLOCK_BYTES = 64 * 1024;

/** Reads named partitions. With `group.id`, it begins where that group stands, and commits for it (without being a member). */
export class AssignedReader implements Reader {
  readonly fetcher: Fetcher;
  readonly cluster: Cluster;
  readonly #config: ConsumerConfig;
  readonly #fetches: Cluster;
  readonly #commits: Commits;
  readonly #onRetry: (error: ClientError) => void;
  #isStopped = false;
  #failure: ClientError | null = null;
  #ended: () => void = () => undefined;

  constructor(config: ConsumerConfig, queue: RecordQueue, onRetry: (error: ClientError) => void) {
    this.#config = config;
    this.#onRetry = onRetry;
    this.#fetches = clusterForFetches(config);
    this.cluster = new Cluster({ ...config, readBlockBytes: READ_BLOCK_BYTES });
    this.fetcher = new Fetcher({
      cluster: this.#fetches,
      config,
      listen: (topic) => queue.listenerFor(topic),
      onEnough: () => this.stop(),
      onFailure: (error) => {
        this.#failure = error;
        this.stop();
      },
      onRetry,
      onUnreadable: null,
      isPatient: false,
      advancesPositions: false,
      onHandedOver: () => queue.onHandedOver(),
    });
    this.#commits = new Commits({
      send: (offsets) => setGroupOffsets(this.#access, this.#groupId('commit'), offsets),
      readings: () => this.fetcher.readings,
    });
  }

  get assignment(): readonly TopicPartitions[] {
    return byTopic(
      [...this.fetcher.readings].map(({ topic, partition }) => ({ topic: topic.metadata.name, partition })),
    );
  }

  /** Finds where to begin: where the group stands, or where `auto.offset.reset` says. Rejects with a ClientError. */
  async assign(topics: readonly AssignedTopic[]): Promise<void> {
    await prepareCodecs();
    for (const { topic: name, partitions } of topics) {
      const options = {
        allowAutoCreation: this.#config.allowAutoCreateTopics,
        maxBlockMs: this.#config.defaultApiTimeoutMs,
      };
      const topic = await this.cluster.waitForTopic(name, options);
      const indexes = partitions ?? topic.partitions.map(({ index }) => index);
      const wanted = indexes.map((partition) => ({ topic: name, partition }));
      const committed = this.#config.groupId === null ? [] : await this.committed(wanted);
      for (const each of committed) this.#commits.note(each);
      const offsets = new Map(committed.map(({ partition, offset }) => [partition, offset]));
      const unset = indexes.filter((partition) => !offsets.has(partition));
      const found = await resetOffsets(this.cluster, topic, unset, this.#config, null);
      // Its connections know no brokers yet.
      await this.#fetches.describeTopics([], { allowAutoCreation: false });
      this.fetcher.add(topic, new Map([...offsets, ...found]));
    }
  }

  async run(): Promise<void> {
    const { groupId, enableAutoCommit, autoCommitIntervalMs } = this.#config;
    const commits = groupId !== null && enableAutoCommit;
    if (commits) this.#commits.start(autoCommitIntervalMs, this.#onRetry);
    await new Promise<void>((resolve) => {
      this.#ended = resolve;
      if (this.#isStopped) resolve();
      else this.fetcher.start();
    });
    this.#commits.stop();
    if (commits) await this.commit(null);
    if (this.#failure !== null) throw this.#failure;
  }

  stop(): void {
    this.#isStopped = true;
    this.fetcher.stop();
    this.#ended();
  }

  async close(): Promise<void> {
    this.stop();
    this.cluster.close();
    this.#fetches.close();
  }

  commit(offsets: readonly GroupOffset[] | null): Promise<void> {
    return this.#commits.commit(offsets);
  }

  async committed(partitions: readonly TopicPartition[]): Promise<readonly CommittedOffset[]> {
    const groupId = this.#groupId('read what is committed');
    const { connection } = await findGroupCoordinator(this.cluster, groupId);
    return fetchCommitted(connection, groupId, partitions, true);
  }

  metrics(): Readonly<Record<string, number>> {
    return this.fetcher.metrics();
  }

  get #access() {
    const { requestTimeoutMs: timeoutMs, defaultApiTimeoutMs: patienceMs, ...bounds } = this.#config;
    return { ...bounds, cluster: this.cluster, timeoutMs, patienceMs };
  }

  #groupId(what: string): string {
    if (this.#config.groupId !== null) return this.#config.groupId;
    throw new ClientError('INVALID_GROUP_ID', `a consumer without group.id cannot ${what}; set group.id`, { code: 24 });
  }
}
