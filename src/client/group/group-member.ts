import { heartbeat } from '../../protocol/messages/heartbeat.ts';
import { joinGroup } from '../../protocol/messages/join-group.ts';
import { leaveGroup } from '../../protocol/messages/leave-group.ts';
import { offsetCommit } from '../../protocol/messages/offset-commit.ts';
import { syncGroup } from '../../protocol/messages/sync-group.ts';
import { consumerProtocolAssignment, consumerProtocolSubscription } from '../../protocol/records/consumer-protocol.ts';
import { decodeRecord, encodeRecord } from '../../protocol/records/record-schema.ts';
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
import type { Assignor, TopicPartitions } from './assignor.ts';

/** What a member of a classic consumer group is made for. Times in milliseconds. */
export type GroupMemberOptions = {
  readonly cluster: ClusterOptions;
  readonly groupId: string;
  /** `group.instance.id`; null for none. */
  readonly instanceId: string | null;
  readonly topics: readonly string[];
  /** The ways to share partitions out that this member knows, the one it prefers first. */
  readonly assignors: readonly Assignor[];
  readonly sessionTimeoutMs: number;
  readonly heartbeatIntervalMs: number;
  /** Longest time that members may take to join again. */
  readonly rebalanceTimeoutMs: number;
  /** Told once for each join() that the assignment is no longer this member's: join again. */
  readonly onRebalance: () => void;
};

type JoinResponse = ResponseOf<typeof joinGroup>;

const PROTOCOL_TYPE = 'consumer';
/** Versions of what members tell each other: the first with owned partitions, which every client can read. */
const SUBSCRIPTION_VERSION = 1;
const ASSIGNMENT_VERSION = 1;
/** A coordinator answers a join a little after the rebalance timeout at the latest. */
const JOIN_GRACE_MS = 5_000;

const ILLEGAL_GENERATION = 22;
const INCONSISTENT_GROUP_PROTOCOL = 23;
const UNKNOWN_MEMBER_ID = 25;
const REBALANCE_IN_PROGRESS = 27;
const MEMBER_ID_REQUIRED = 79;
/** Errors after which a member joins again. */
const REJOIN_CODES: ReadonlySet<number | null> = new Set([
  ILLEGAL_GENERATION,
  UNKNOWN_MEMBER_ID,
  REBALANCE_IN_PROGRESS,
]);

/**
 * A member of a consumer group by the classic protocol (JoinGroup, SyncGroup, Heartbeat, LeaveGroup), which shares its group
 * with members of other clients. It knows its partitions; reading them is another's work. Methods reject with a ClientError.
 */
export class GroupMember {
  readonly #options: GroupMemberOptions;
  #cluster: Cluster;
  #memberId = '';
  #generationId = -1;
  #isJoining = false;
  #isClosed = false;
  #lastBeatMs = 0;
  #beatTimer: NodeJS.Timeout | null = null;

  constructor(options: GroupMemberOptions) {
    this.#options = options;
    this.#cluster = new Cluster(options.cluster);
  }

  /** The id that the coordinator gave; empty before. */
  get memberId(): string {
    return this.#memberId;
  }

  /** Joins the group, or joins again, and waits for the partitions to read; from then on the member shows that it lives. */
  async join(): Promise<readonly TopicPartitions[]> {
    this.#stopBeating();
    this.#isJoining = true;
    try {
      return await this.#retried(() => this.#joinOnce());
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
          partitions: partitions.map(({ partition, offset }) => ({
            partitionIndex: partition,
            committedOffset: offset,
            committedMetadata: '',
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
      if (this.#memberId === '' || this.#options.instanceId !== null) return;
      const connection = await this.#coordinator();
      const hasSeveral = connection.versionOf(leaveGroup) >= 3;
      await connection.request(leaveGroup, {
        groupId: this.#options.groupId,
        memberId: hasSeveral ? '' : this.#memberId,
        members: hasSeveral ? [{ memberId: this.#memberId }] : [],
      });
    } finally {
      this.#cluster.close();
    }
  }

  async #joinOnce(): Promise<readonly TopicPartitions[]> {
    const { groupId, assignors, sessionTimeoutMs, rebalanceTimeoutMs, topics } = this.#options;
    const connection = await this.#coordinator();
    const metadata = encodeRecord(consumerProtocolSubscription, SUBSCRIPTION_VERSION, {
      topics: [...new Set(topics)].toSorted(),
    });
    const joined = await connection.request(
      joinGroup,
      {
        groupId,
        sessionTimeoutMs,
        rebalanceTimeoutMs,
        memberId: this.#memberId,
        ...this.#instance(connection.versionOf(joinGroup), 5),
        protocolType: PROTOCOL_TYPE,
        protocols: assignors.map(({ name }) => ({ name, metadata })),
      },
      { timeoutMs: rebalanceTimeoutMs + JOIN_GRACE_MS },
    );
    if (joined.errorCode === MEMBER_ID_REQUIRED) {
      this.#memberId = joined.memberId;
      return this.#joinOnce();
    }
    if (joined.errorCode !== 0) throw this.#joinError(joined.errorCode);
    this.#memberId = joined.memberId;
    this.#generationId = joined.generationId;
    // The coordinator expects a sign of life while the leader looks at the topics, too.
    this.#startBeating();
    const isLeader = joined.leader === joined.memberId && !joined.skipAssignment;
    return this.#sync(connection, joined, isLeader ? await this.#assign(joined) : []);
  }

  #joinError(errorCode: number): ClientError {
    const { groupId, assignors } = this.#options;
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
    if (errorCode !== 0) throw kafkaError(errorCode, `group ${groupId} has no assignment for this member`);
    return assignment.length === 0 ? [] : decodeRecord(consumerProtocolAssignment, assignment).assignedPartitions;
  }

  /** What the leader hands in: every member's partitions. */
  async #assign({ members, protocolName }: JoinResponse): Promise<{ memberId: string; assignment: Buffer }[]> {
    const assignor = this.#options.assignors.find(({ name }) => name === protocolName);
    if (assignor === undefined)
      throw new ClientError('INCONSISTENT_GROUP_PROTOCOL', `the group chose ${protocolName}, which was not offered`);
    const subscribers = members.map(({ memberId, groupInstanceId, metadata }) => ({
      memberId,
      instanceId: groupInstanceId,
      topics: decodeRecord(consumerProtocolSubscription, metadata).topics,
    }));
    const names = [...new Set(subscribers.flatMap(({ topics }) => topics))];
    const { topics } = await this.#cluster.describeTopics(names, { allowAutoCreation: true });
    const existing = topics.filter(({ errorCode }) => errorCode === 0);
    const assigned = assignor.assign(
      subscribers,
      new Map(existing.map(({ name, partitions }) => [name, partitions.length])),
    );
    return members.map(({ memberId }) => ({
      memberId,
      assignment: encodeRecord(consumerProtocolAssignment, ASSIGNMENT_VERSION, {
        assignedPartitions: (assigned.get(memberId) ?? []).map(({ topic, partitions }) => ({
          topic,
          partitions: [...partitions],
        })),
      }),
    }));
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
    const { groupId, heartbeatIntervalMs, sessionTimeoutMs } = this.#options;
    let isLost = false;
    try {
      const connection = await this.#coordinator();
      const { errorCode } = await connection.request(heartbeat, {
        groupId,
        generationId: this.#generationId,
        memberId: this.#memberId,
        ...this.#instance(connection.versionOf(heartbeat), 3),
      });
      if (errorCode === 0) this.#lastBeatMs = performance.now();
      else if (errorCode === UNKNOWN_MEMBER_ID) this.#memberId = '';
      // What may pass is asked again; all else is found out, and told, by joining again.
      isLost = errorCode !== 0 && !kafkaError(errorCode, '').isRetriable;
      isLost ||= REJOIN_CODES.has(errorCode);
    } catch {
      // The connection is made anew for the next sign of life; a session that is over by then is found out below.
    }
    if (this.#beatTimer !== timer || timer === null) return;
    // A member that waits for its assignment is told there.
    if (!this.#isJoining && (isLost || performance.now() - this.#lastBeatMs > sessionTimeoutMs)) {
      this.#beatTimer = null;
      this.#options.onRebalance();
    } else this.#beatTimer = setTimeout(() => void this.#beat(), heartbeatIntervalMs);
  }
}
