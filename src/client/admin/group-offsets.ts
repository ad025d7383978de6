import { offsetCommit } from '../../protocol/messages/offset-commit.ts';
import { offsetDelete } from '../../protocol/messages/offset-delete.ts';
import { offsetFetch } from '../../protocol/messages/offset-fetch.ts';
import { ClientError } from '../client-error.ts';
import { type Connection, kafkaError } from '../connection.ts';
import { fetchOffsets } from '../offsets.ts';
import { type AdminAccess, withRetries } from './access.ts';
import { findGroupCoordinator } from './coordinator.ts';

/** How far a group has read a partition. */
export type GroupOffset = {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  /** What whoever commits wants to remember; empty when left out. */
  readonly metadata?: string;
};

/** An offset that a group has committed. */
export type CommittedOffset = GroupOffset & {
  /** Leader epoch of the last record that was read; -1 when the consumer did not say. */
  readonly leaderEpoch: number;
  /** What was committed with it; empty for nothing. */
  readonly metadata: string;
};

/** A partition of a topic. */
export type TopicPartition = { readonly topic: string; readonly partition: number };

/** All offsets that a group has committed, sorted by topic and partition. Rejects with a ClientError. */
export const committedOffsets = (access: AdminAccess, groupId: string): Promise<readonly CommittedOffset[]> =>
  withRetries(access, async () => {
    const { connection } = await findGroupCoordinator(access.cluster, groupId);
    return fetchCommitted(connection, groupId, null, false);
  });

/**
 * Offsets of a group from its coordinator: of some partitions, or (null) of all. Partitions without one are left out.
 * @param isStable whether offsets of open transactions are an error (UNSTABLE_OFFSET_COMMIT, retriable; KIP-447)
 */
export const fetchCommitted = async (
  connection: Connection,
  groupId: string,
  partitions: readonly TopicPartition[] | null,
  isStable: boolean,
): Promise<readonly CommittedOffset[]> => {
  const topics =
    partitions === null
      ? null
      : [...groupByTopic(partitions)].map(([name, asked]) => ({
          name,
          partitionIndexes: asked.map(({ partition }) => partition),
        }));
  const isBatched = connection.versionOf(offsetFetch) >= 8;
  const response = await connection.request(offsetFetch, {
    groupId: isBatched ? '' : groupId,
    topics: isBatched ? [] : topics,
    groups: isBatched ? [{ groupId, topics }] : [],
    requireStable: isStable && connection.versionOf(offsetFetch) >= 7,
  });
  const answer = isBatched ? response.groups[0] : response;
  if (answer === undefined) return [];
  if (answer.errorCode !== 0) throw kafkaError(answer.errorCode, `offsets of group ${groupId} cannot be read`);
  return answer.topics
    .flatMap(({ name, partitions: found }) =>
      found.flatMap(({ partitionIndex, committedOffset, committedLeaderEpoch, metadata, errorCode }) => {
        if (errorCode !== 0)
          throw kafkaError(errorCode, `the offset of group ${groupId} in partition ${partitionIndex} of ${name}`);
        if (committedOffset < 0) return [];
        return {
          topic: name,
          partition: partitionIndex,
          offset: committedOffset,
          leaderEpoch: committedLeaderEpoch,
          metadata: metadata ?? '',
        };
      }),
    )
    .toSorted(byTopicAndPartition);
};

/** Commits offsets for a group without members. Rejects with a ClientError, such as UNKNOWN_MEMBER_ID while it has some. */
export const setGroupOffsets = (access: AdminAccess, groupId: string, offsets: readonly GroupOffset[]): Promise<void> =>
  withRetries(access, async () => {
    const { connection } = await findGroupCoordinator(access.cluster, groupId);
    const { topics } = await connection.request(offsetCommit, {
      groupId,
      memberId: '',
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
          throw kafkaError(errorCode, `partition ${partitionIndex} of ${name} cannot be reset for group ${groupId}`);
  });

/** What became of one partition's offset that was to be deleted; null when it is gone. */
export type OffsetDeletion = TopicPartition & { readonly error: ClientError | null };

/** Forgets offsets of partitions that a group does not read. Rejects with a ClientError when none can be deleted. */
export const deleteGroupOffsets = (
  access: AdminAccess,
  groupId: string,
  partitions: readonly TopicPartition[],
): Promise<readonly OffsetDeletion[]> =>
  withRetries(access, async () => {
    const { connection } = await findGroupCoordinator(access.cluster, groupId);
    const response = await connection.request(offsetDelete, {
      groupId,
      topics: [...groupByTopic(partitions)].map(([name, asked]) => ({
        name,
        partitions: asked.map(({ partition }) => ({ partitionIndex: partition })),
      })),
    });
    if (response.errorCode !== 0) throw kafkaError(response.errorCode, `offsets of group ${groupId} cannot be deleted`);
    return response.topics.flatMap(({ name, partitions: answered }) =>
      answered.map(({ partitionIndex, errorCode }) => ({
        topic: name,
        partition: partitionIndex,
        error: errorCode === 0 ? null : kafkaError(errorCode, `partition ${partitionIndex} of ${name}`),
      })),
    );
  });

const UNKNOWN_TOPIC_OR_PARTITION = 3;

/**
 * Offsets of all partitions of a topic at a time (milliseconds since the epoch, or LATEST_OFFSET or EARLIEST_OFFSET), by partition;
 * -1 where no record is that young. Null when the topic does not exist. Rejects with a ClientError.
 */
export const topicOffsets = (
  access: AdminAccess,
  name: string,
  timestampMs: number,
): Promise<ReadonlyMap<number, number> | null> =>
  withRetries(access, async () => {
    const options = { allowAutoCreation: false, maxBlockMs: access.patienceMs };
    const topic = await access.cluster.waitForTopic(name, options).catch((error: unknown) => {
      if (error instanceof ClientError && error.code === UNKNOWN_TOPIC_OR_PARTITION) return null;
      throw error;
    });
    if (topic === null) return null;
    const partitions = topic.partitions.map(({ index }) => index);
    return fetchOffsets(access.cluster, topic, partitions, timestampMs);
  });

/** Entries of partitions by their topic. */
export const groupByTopic = <Entry extends TopicPartition>(entries: readonly Entry[]): ReadonlyMap<string, Entry[]> => {
  const topics = new Map<string, Entry[]>();
  for (const entry of entries) {
    const topic = topics.get(entry.topic);
    if (topic === undefined) topics.set(entry.topic, [entry]);
    else topic.push(entry);
  }
  return topics;
};

/** The order of topics and their partitions. */
export const byTopicAndPartition = (one: TopicPartition, other: TopicPartition): number =>
  one.topic === other.topic ? one.partition - other.partition : one.topic < other.topic ? -1 : 1;
