import { ErrorCode } from '../../protocol/errors.ts';
import type { PlainRecord } from '../../protocol/record-batch.ts';
import type { TopicRegistry } from '../topics.ts';
import { consumerCommitError } from './consumer/consumer-commits.ts';
import type { GroupCoordinator } from './coordinator.ts';
import type { CommittedOffset, OffsetEntry, OrderedOffset } from './group-offsets.ts';
import { offsetRecord } from './group-records.ts';
import type { GroupEntry } from './group-table.ts';
import { MAX_COMMITTED_OFFSETS } from './limits.ts';
import { commitError, type MemberIdentity } from './membership.ts';
import type { TransactionalProducer } from './offsets-topic.ts';

/** Offsets of partitions that a client commits. */
export type CommitTopics = readonly {
  readonly name: string;
  readonly partitions: readonly {
    readonly partitionIndex: number;
    readonly committedOffset: number;
    readonly committedLeaderEpoch: number;
    readonly committedMetadata: string | null;
  }[];
}[];

/** OffsetCommit, or TxnOffsetCommit with its producer. */
export type CommitCall = MemberIdentity & {
  readonly groupId: string;
  readonly generationId: number;
  /** How long the offsets are kept, milliseconds; null when the broker's setting says so (always since version 5). */
  readonly retentionMs: number | null;
  /** What a member of a group that is not known is told; ILLEGAL_GENERATION unless it is given. */
  readonly unknownGroupError?: number;
  /** True for OffsetCommit up to version 8. */
  readonly isBeforeEpochs?: boolean;
  readonly topics: CommitTopics;
};

/** What each partition is answered. */
export type CommitResult = {
  readonly name: string;
  readonly partitions: { readonly partitionIndex: number; readonly errorCode: number }[];
}[];

type Change = OffsetEntry & { readonly before: OrderedOffset | undefined };

/** OffsetCommit: the offsets count at once, and the answer comes when they are written. */
export const commitOffsets = async (groups: GroupCoordinator, call: CommitCall): Promise<CommitResult> => {
  const entry = admit(groups, call, false);
  if (typeof entry === 'number') return failAll(groups.topics, call.topics, entry);
  const { records, changes, result } = prepare(groups, call, entry);
  for (const { topic, partition, committed } of changes) entry.offsets.committed.set(topic, partition, committed);
  if (await groups.write(call.groupId, records)) return result;
  // What is not on disk must not be served; a later commit stays.
  for (const { topic, partition, committed, before } of changes) {
    if (entry.offsets.committed.get(topic, partition) !== committed) continue;
    if (before === undefined) entry.offsets.committed.delete(topic, partition);
    else entry.offsets.committed.set(topic, partition, before);
  }
  return failAll(groups.topics, call.topics, ErrorCode.COORDINATOR_NOT_AVAILABLE);
};

/**
 * TxnOffsetCommit: the offsets are written as part of the producer's transaction and count when it is committed (KIP-98,
 * KIP-447). The caller has checked the producer's epoch.
 */
export const commitTransactional = async (
  groups: GroupCoordinator,
  call: CommitCall & TransactionalProducer,
): Promise<CommitResult> => {
  const { producerId, producerEpoch, groupId } = call;
  const entry = admit(groups, call, true);
  if (typeof entry === 'number') return failAll(groups.topics, call.topics, entry);
  const { records, changes, result } = prepare(groups, call, entry);
  if (changes.length > 0) groups.table.joinTransaction(producerId, groupId);
  for (const change of changes) entry.offsets.addPending(producerId, change);
  const isWritten = await groups.write(groupId, records, { producerId, producerEpoch });
  // What could not be written fails the transaction, and with it the offsets that are pending.
  return isWritten ? result : failAll(groups.topics, call.topics, ErrorCode.COORDINATOR_NOT_AVAILABLE);
};

/** The group when the commit is allowed; otherwise Kafka's error. */
const admit = (groups: GroupCoordinator, call: CommitCall, isTransactional: boolean): GroupEntry | number => {
  const known = groups.table.get(call.groupId);
  // A group that nobody joined comes to be by its first commit.
  if (known === undefined && call.generationId >= 0) return call.unknownGroupError ?? ErrorCode.ILLEGAL_GENERATION;
  const entry = known ?? groups.entryFor(call.groupId);
  if (entry === null) return ErrorCode.POLICY_VIOLATION;
  if (entry.consumer !== null) {
    const refusal = consumerCommitError(entry.consumer.group, call, isTransactional);
    // Members of that protocol commit with epochs, which came with version 9.
    const isOld = call.isBeforeEpochs === true && call.generationId >= 0;
    if (refusal === ErrorCode.NONE) return isOld ? ErrorCode.UNSUPPORTED_VERSION : entry;
    return isOld && refusal === ErrorCode.STALE_MEMBER_EPOCH ? ErrorCode.UNSUPPORTED_VERSION : refusal;
  }
  const errorCode = commitError(entry.group, call, isTransactional);
  if (errorCode !== ErrorCode.NONE) return errorCode;
  const member = entry.group.member(call.memberId);
  if (member !== undefined && !isTransactional) entry.rebalance.heartbeatSeen(member);
  return entry;
};

const prepare = (
  groups: GroupCoordinator,
  call: CommitCall,
  { offsets }: GroupEntry,
): { records: PlainRecord[]; changes: Change[]; result: CommitResult } => {
  const nowMs = groups.timers.now();
  const records: PlainRecord[] = [];
  const changes: Change[] = [];
  const result = call.topics.map(({ name: topic, partitions }) => ({
    name: topic,
    partitions: partitions.map((asked) => {
      const { partitionIndex } = asked;
      const answer = (errorCode: number) => ({ partitionIndex, errorCode });
      if (!exists(groups.topics, topic, partitionIndex)) return answer(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
      const metadata = asked.committedMetadata ?? '';
      if (metadata.length > groups.settings.offsetMetadataMaxBytes) return answer(ErrorCode.OFFSET_METADATA_TOO_LARGE);
      // Read as the nearest number (`ByteReader.int64`): it could not be given back as it came, and no log is that long.
      if (!Number.isSafeInteger(asked.committedOffset)) return answer(ErrorCode.INVALID_COMMIT_OFFSET_SIZE);
      const before = offsets.committed.get(topic, partitionIndex);
      if (before === undefined && groups.table.offsetCount.count + changes.length >= MAX_COMMITTED_OFFSETS)
        return answer(ErrorCode.POLICY_VIOLATION);
      const committed: CommittedOffset = {
        offset: asked.committedOffset,
        leaderEpoch: asked.committedLeaderEpoch,
        metadata,
        committedAtMs: nowMs,
        expiresAtMs: call.retentionMs === null ? null : expiry(nowMs, call.retentionMs),
      };
      records.push(offsetRecord({ group: call.groupId, topic, partition: partitionIndex }, committed, nowMs));
      const order = groups.table.takeOrder();
      changes.push({ topic, partition: partitionIndex, committed: { ...committed, order }, before });
      return answer(ErrorCode.NONE);
    }),
  }));
  return { records, changes, result };
};

/** The time of expiry; a client's retention may be as long as an int64 holds. */
const expiry = (nowMs: number, retentionMs: number): number =>
  Math.max(0, Math.min(nowMs + retentionMs, Number.MAX_SAFE_INTEGER));

/** One error for all partitions, but for those that are not there. */
const failAll = (registry: TopicRegistry, topics: CommitTopics, errorCode: number): CommitResult =>
  topics.map(({ name, partitions }) => ({
    name,
    partitions: partitions.map(({ partitionIndex }) => ({
      partitionIndex,
      errorCode: exists(registry, name, partitionIndex) ? errorCode : ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
    })),
  }));

/** Whether the broker has the partition. */
export const exists = (topics: TopicRegistry, topic: string, partition: number): boolean =>
  topics.get(topic)?.partitions[partition] !== undefined;
