import { heartbeat } from '../../protocol/messages/heartbeat.ts';
import { joinGroup } from '../../protocol/messages/join-group.ts';
import { leaveGroup } from '../../protocol/messages/leave-group.ts';
import { offsetCommit } from '../../protocol/messages/offset-commit.ts';
import { syncGroup } from '../../protocol/messages/sync-group.ts';
import type { ResponseOf } from '../../protocol/schema.ts';
import { findGroupCoordinator } from '../admin/coordinator.ts';
import {
  type CommittedOffset,
  fetchCommitted,
  type GroupOffset,
  groupByTopic,
  type TopicPartition,
} from '../admin/group-offsets.ts';
import { backoffMs } from '../backoff.ts';
import { asClientError, ClientError } from '../client-error.ts';
import { Cluster, type ClusterOptions, sleep } from '../cluster.ts';
import { type Connection, kafkaError } from '../connection.ts';
import type { Assignor, PastAssignment, TopicPartitions } from './assignor.ts';
import { decodeAssignment, decodeSubscriber, encodeAssignment, encodeSubscription } from './subscription.ts';

/** What a member of a classic consumer group is made for. Times in milliseconds. */
export type GroupMemberOptions = {
  readonly cluster: ClusterOptions;
  readonly groupId: string;
  /** `group.instance.id`; null for none. */
  readonly instanceId: string | null;
  /** `client.rack`; empty for none. */
  readonly rack: string;
  /** The ways to share partitions out that this member knows, the one it prefers first. */
  readonly assignors: readonly Assignor[];
  readonly sessionTimeoutMs: number;
  readonly heartbeatIntervalMs: number;
  /** Longest time that members may take to join again. */
  readonly rebalanceTimeoutMs: number;
  /** Whether unknown topics of the group may be created when its leader looks at them. */
  readonly allowAutoCreation: boolean;
  /** What the member reads now, and may keep. */
  readonly owned: () => readonly TopicPartitions[];
  /** Whether the member makes no progress and shall leave its group (`max.poll.interval.ms`); asked at each sign of life. */
  readonly isStuck: () => boolean;
  /** Told that the group rebalances, at each sign of life until the member joins again. */
  readonly onRebalance: () => void;
  /** Told that the group has given this member's partitions to others: it owns none from now on. */
  readonly onLost: () => void;
  /** Told that the member can never come back, such as when another has its instance id. */
  readonly onFailure: (error: ClientError) => void;
};

type JoinResponse = ResponseOf<typeof joinGroup>;

const PROTOCOL_TYPE = 'consumer';
/** A coordinator answers a join a little after the rebalance timeout at the latest. */
const JOIN_GRACE_MS = 5_000;

const ILLEGAL_GENERATION = 22;
const INCONSISTENT_GROUP_PROTOCOL = 23;
const UNKNOWN_MEMBER_ID = 25;
const REBALANCE_IN_PROGRESS = 27;
const MEMBER_ID_REQUIRED = 79;
const FENCED_INSTANCE_ID = 82;
/** Errors after which the member is none any more. */
export const LOST_CODES: ReadonlySet<number | null> = new Set([ILLEGAL_GENERATION, UNKNOWN_MEMBER_ID]);
/** Errors after which a member joins again. */
const REJOIN_CODES: ReadonlySet<number | null> = new Set([...LOST_CODES, REBALANCE_IN_PROGRESS]);

/**
 * A member of a consumer group by the classic protocol (JoinGroup, SyncGroup, Heartbeat, LeaveGroup), which shares its group
 * with members of other clients. It knows its partitions; reading them is another's work. Methods reject with a ClientError.
 */
export class GroupMember {
  readonly #options: GroupMemberOptions;
  #cluster: Cluster;
  #memberId = '';
  #generationId = -1;
  /** The generation that gave the member what it owns; -1 when it owns nothing. */
  #ownedGeneration = -1;
  /** What each assignor gave this member last. */
  readonly #past = new Map<string, PastAssignment>();
  /** As leader: the topics of all members, and how many partitions each had when they were shared out (-1: no such topic). */
  #ledTopics: ReadonlyMap<string, number> | null = null;
  #isJoining = false;
  #isClosed = false;
  #lastBeatMs = 0;
  #beatTimer: NodeJS.Timeout | null = null;
  #assignor: string | null = null;

  constructor(options: GroupMemberOptions) {
    this.#options = options;
    this.#cluster = new Cluster(options.cluster);
  }

  /** The id that the coordinator gave; empty before. */
  get memberId(): string {
    return this.#memberId;
  }

  /** How the group shares partitions out, such as `range`; null before the first assignment. */
  get assignor(): string | null {
    return this.#assignor;
  }

  /** Whether members keep what they own during a rebalance: all assignors of this one allow it. */
  get isCooperative(): boolean {
    return this.#options.assignors.every(({ isCooperative }) => isCooperative === true);
  }

  /** Where the member's own requests go; fetches would hold them up elsewhere. */
  get cluster(): Cluster {
    return this.#cluster;
  }

  /** As leader: the group's topics with the partitions that were shared out, -1 for topics that did not exist; null for other members. */
  get ledTopics(): ReadonlyMap<string, number> | null {
    return this.#ledTopics;
  }

  /**
   * Joins the group, or joins again, and waits for the partitions to read; from then on the member shows that it lives. What it owns
   * stays its own meanwhile, if the group agrees, or is told to be lost.
   */
  async join(topics: readonly string[]): Promise<readonly TopicPartitions[]> {
    this.#stopBeating();
    this.#isJoining = true;
    try {
      return await this.#retried(() => this.#joinOnce(topics));
    } finally {
      this.#isJoining = false;
    }
  }

  /** Offsets that the group has committed, of those partitions that have one. */
  committed(partitions: readonly TopicPartition[]): Promise<readonly CommittedOffset[]> {
    return this.#retried(async () =>
      partitions.length === 0 ? [] : fetchCommitted(await this.#coordinator(), this.#options.groupId, partitions, true),
    );
  }

  /** Commits how far the group has read. Not tried again once the group has rebalanced without this member. */
  async commit(offsets: readonly GroupOffset[]): Promise<void> {
    if (offsets.length === 0) return;
    await this.#retried(async () => {
      const connection = await this.#coordinator();
      const { topics } = await connection.request(offsetCommit, {
        groupId: this.#options.groupId,
        generationIdOrMemberEpoch: this.#generationId,
        memberId: this.#memberId,
        ...this.#instance(connection.versionOf(offsetCommit), 7),
        topics: [...groupByTopic(offsets)].map(([name, partitions]) => ({
          name,
          partitions: partitions.map(({ partition, offset, metadata = '' }) => ({
            partitionIndex: partition,
            committedOffset: offset,
            committedMetadata: metadata,
          })),
        })),
      });
      for (const { name, partitions } of topics)
        for (const { partitionIndex, errorCode } of partitions)
          if (errorCode !== 0)
            throw kafkaError(errorCode, `the offset of partition ${partitionIndex} of ${name} cannot be committed`);
    }, REJOIN_CODES);
  }

  /** Leaves the group, so that its partitions go to others at once (a static member stays), and closes the connections. */
  async leave(): Promise<void> {
    this.#stopBeating();
    if (this.#isClosed) return;
    this.#isClosed = true;
    if (this.#isJoining) {
      // Its connection answers the join first, which may take long.
      this.#cluster.close();
      this.#cluster = new Cluster(this.#options.cluster);
    }
    try {
      await this.#sayGoodbye('the consumer was closed');
    } finally {
      this.#cluster.close();
    }
  }

  /** Leaves the group because the member makes no progress; it may join again. Never rejects: the coordinator notices by itself. */
  async expel(): Promise<void> {
    this.#stopBeating();
    const goodbye = this.#sayGoodbye('max.poll.interval.ms has passed');
    this.#forget();
    this.#memberId = '';
    await goodbye.catch(ignoreFailure);
  }

  async #sayGoodbye(reason: string): Promise<void> {
    const memberId = this.#memberId;
    if (memberId === '' || this.#options.instanceId !== null) return;
    const connection = await this.#coordinator();
    const hasSeveral = connection.versionOf(leaveGroup) >= 3;
    await connection.request(leaveGroup, {
      groupId: this.#options.groupId,
      memberId: hasSeveral ? '' : memberId,
      members: hasSeveral ? [{ memberId, reason }] : [],
    });
  }

  /** The group has gone on without this member. */
  #forget(): void {
    this.#generationId = -1;
    this.#ownedGeneration = -1;
    this.#ledTopics = null;
    this.#options.onLost();
  }

  async #joinOnce(topics: readonly string[]): Promise<readonly TopicPartitions[]> {
    const { groupId, assignors, sessionTimeoutMs, rebalanceTimeoutMs, rack, owned } = this.#options;
    const connection = await this.#coordinator();
    const subscription = { topics, ownedPartitions: owned(), generationId: this.#ownedGeneration, rack };
    const joined = await connection.request(
      joinGroup,
      {
        groupId,
        sessionTimeoutMs,
        rebalanceTimeoutMs,
        memberId: this.#memberId,
        ...this.#instance(connection.versionOf(joinGroup), 5),
        protocolType: PROTOCOL_TYPE,
        protocols: assignors.map((assignor) => ({
          name: assignor.name,
          metadata: encodeSubscription(assignor, subscription, this.#past.get(assignor.name) ?? null),
        })),
      },
      { timeoutMs: rebalanceTimeoutMs + JOIN_GRACE_MS },
    );
    if (joined.errorCode === MEMBER_ID_REQUIRED) {
      this.#memberId = joined.memberId;
      return this.#joinOnce(topics);
    }
    if (joined.errorCode !== 0) throw this.#joinError(joined.errorCode);
    this.#memberId = joined.memberId;
    this.#generationId = joined.generationId;
    this.#ledTopics = null;
    // The coordinator expects a sign of life while the leader looks at the topics, too.
    this.#startBeating();
    const assignments = joined.leader === joined.memberId ? await this.#assign(joined) : [];
    const partitions = await this.#sync(connection, joined, joined.skipAssignment ? [] : assignments);
    this.#ownedGeneration = joined.generationId;
    this.#assignor = joined.protocolName;
    if (joined.protocolName !== null)
      this.#past.set(joined.protocolName, { partitions, generationId: joined.generationId });
    return partitions;
  }

  #joinError(errorCode: number): ClientError {
    const { groupId, assignors } = this.#options;
    if (errorCode === FENCED_INSTANCE_ID) return fencedError(this.#options);
    if (errorCode !== INCONSISTENT_GROUP_PROTOCOL) return kafkaError(errorCode, `group ${groupId} cannot be joined`);
    const names = assignors.map(({ name }) => name).join(', ');
    return kafkaError(
      errorCode,
      `group ${groupId} cannot be joined`,
      `its members have no partition.assignment.strategy in common with this one, which knows ${names}; add it to theirs or use another group`,
    );
  }

  async #sync(
    connection: Connection,
    joined: JoinResponse,
    assignments: { memberId: string; assignment: Buffer }[],
  ): Promise<readonly TopicPartitions[]> {
    const { groupId, rebalanceTimeoutMs } = this.#options;
    const { errorCode, assignment } = await connection.request(
      syncGroup,
      {
        groupId,
        generationId: this.#generationId,
        memberId: this.#memberId,
        ...this.#instance(connection.versionOf(syncGroup), 3),
        protocolType: PROTOCOL_TYPE,
        protocolName: joined.protocolName,
        assignments,
      },
      { timeoutMs: rebalanceTimeoutMs + JOIN_GRACE_MS },
    );
    if (errorCode === FENCED_INSTANCE_ID) throw fencedError(this.#options);
    if (errorCode !== 0) throw kafkaError(errorCode, `group ${groupId} has no assignment for this member`);
    return decodeAssignment(assignment);
  }

  /** What the leader hands in: every member's partitions. */
  async #assign({ members, protocolName }: JoinResponse): Promise<{ memberId: string; assignment: Buffer }[]> {
    const assignor = this.#options.assignors.find(({ name }) => name === protocolName);
    if (assignor === undefined)
      throw new ClientError('INCONSISTENT_GROUP_PROTOCOL', `the group chose ${protocolName}, which was not offered`);
    const subscribers = members.map(decodeSubscriber);
    const names = [...new Set(subscribers.flatMap(({ topics }) => topics))];
    const counts = await this.partitionCounts(names);
    this.#ledTopics = new Map(names.map((name) => [name, counts.get(name) ?? -1]));
    const assigned = assignor.assign(subscribers, counts);
    return members.map(({ memberId }) => ({ memberId, assignment: encodeAssignment(assigned.get(memberId) ?? []) }));
  }

  /** How many partitions topics have; those that do not exist are left out. Rejects with a ClientError. */
  async partitionCounts(names: readonly string[]): Promise<ReadonlyMap<string, number>> {
    const { allowAutoCreation } = this.#options;
    const { topics } = await this.#cluster.describeTopics(names, { allowAutoCreation });
    const existing = topics.filter(({ errorCode }) => errorCode === 0);
    return new Map(existing.map(({ name, partitions }) => [name, partitions.length]));
  }

  /** `group.instance.id`, where the version of a request knows it. */
  #instance(version: number, since: number): { groupInstanceId: string | null } {
    return { groupInstanceId: version >= since ? this.#options.instanceId : null };
  }

  /**
   * Does `work` again after errors that may pass, and after those that mean joining again, but `finalCodes`. The id is given up when
   * the coordinator does not know it any more.
   */
  async #retried<Value>(
    work: () => Promise<Value>,
    finalCodes: ReadonlySet<number | null> = new Set(),
  ): Promise<Value> {
    for (let attempt = 1; ; attempt++) {
      let failure: ClientError;
      try {
        return await work();
      } catch (error) {
        failure = asClientError(error);
      }
      const mayPass = failure.isRetriable || (this.#isJoining && REJOIN_CODES.has(failure.code));
      if (this.#isClosed || !mayPass || finalCodes.has(failure.code)) throw failure;
      if (failure.code === UNKNOWN_MEMBER_ID) this.#memberId = '';
      if (LOST_CODES.has(failure.code)) this.#forget();
      await sleep(backoffMs(this.#options.cluster, attempt));
    }
  }

  async #coordinator(): Promise<Connection> {
    return (await findGroupCoordinator(this.#cluster, this.#options.groupId)).connection;
  }

  #startBeating(): void {
    this.#stopBeating();
    this.#lastBeatMs = performance.now();
    this.#beatTimer = setTimeout(() => void this.#beat(), this.#options.heartbeatIntervalMs);
  }

  #stopBeating(): void {
    if (this.#beatTimer !== null) clearTimeout(this.#beatTimer);
    this.#beatTimer = null;
  }

  /** One sign of life; the next follows after its answer. */
  async #beat(): Promise<void> {
    const timer = this.#beatTimer;
    const { groupId, heartbeatIntervalMs, sessionTimeoutMs, isStuck, onRebalance, onFailure } = this.#options;
    if (isStuck()) {
      await this.expel();
      if (!this.#isClosed) onRebalance();
      return;
    }
    let errorCode = 0;
    try {
      const connection = await this.#coordinator();
      const answer = await connection.request(heartbeat, {
        groupId,
        generationId: this.#generationId,
        memberId: this.#memberId,
        ...this.#instance(connection.versionOf(heartbeat), 3),
      });
      errorCode = answer.errorCode;
      if (errorCode === 0 || errorCode === REBALANCE_IN_PROGRESS) this.#lastBeatMs = performance.now();
    } catch {
      // The connection is made anew for the next sign of life; a session that is over by then is found out below.
    }
    if (this.#beatTimer !== timer || timer === null) return;
    if (errorCode === FENCED_INSTANCE_ID) {
      this.#beatTimer = null;
      onFailure(fencedError(this.#options));
      return;
    }
    const isOver = performance.now() - this.#lastBeatMs > sessionTimeoutMs;
    // What may pass is asked again; all else is found out, and told, by joining again.
    const isRefused = errorCode !== 0 && (REJOIN_CODES.has(errorCode) || !kafkaError(errorCode, '').isRetriable);
    // A member that waits for its assignment is told there.
    if (this.#isJoining || !(isOver || isRefused)) {
      this.#beatTimer = setTimeout(() => void this.#beat(), heartbeatIntervalMs);
      return;
    }
    const isLost = isOver || errorCode !== REBALANCE_IN_PROGRESS;
    // Until the member comes to join again, the coordinator wants to know that it lives.
    this.#beatTimer = isLost ? null : setTimeout(() => void this.#beat(), heartbeatIntervalMs);
    if (errorCode === UNKNOWN_MEMBER_ID) this.#memberId = '';
    if (isOver || LOST_CODES.has(errorCode)) this.#forget();
    onRebalance();
  }
}

const ignoreFailure = (): void => undefined;

const fencedError = ({ groupId, instanceId }: GroupMemberOptions): ClientError =>
  kafkaError(
    FENCED_INSTANCE_ID,
    `group ${groupId} has thrown this member out`,
    `another one has joined with group.instance.id=${instanceId}; give each its own`,
  );
