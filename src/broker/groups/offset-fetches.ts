import { ErrorCode } from '../../protocol/errors.ts';
import { consumerFetchError } from './consumer/consumer-commits.ts';
import type { GroupCoordinator } from './coordinator.ts';
import type { GroupOffsets } from './group-offsets.ts';

/** Partitions whose offsets are asked for; null for all that were committed. */
export type FetchTopics = readonly { readonly name: string; readonly partitionIndexes: readonly number[] }[] | null;

/** The offset of one partition; -1 when none was committed. */
export type FetchedOffset = {
  readonly partitionIndex: number;
  readonly committedOffset: number;
  readonly committedLeaderEpoch: number;
  readonly metadata: string;
  readonly errorCode: number;
};

/** Who asks, from version 9 on: a member of a consumer group with its epoch, or null and -1. */
export type FetchingMember = { readonly memberId: string | null; readonly memberEpoch: number };

/** Whether offsets may be told: members of a consumer group have to know their epoch. */
export const fetchError = (groups: GroupCoordinator, groupId: string, who: FetchingMember): number => {
  const consumer = groups.table.get(groupId)?.consumer ?? null;
  return consumer === null ? ErrorCode.NONE : consumerFetchError(consumer.group, who);
};

/** OffsetFetch of one group; a group that is not known has committed nothing. */
export const fetchOffsets = (
  groups: GroupCoordinator,
  groupId: string,
  topics: FetchTopics,
  isStableRequired: boolean,
): { name: string; partitions: FetchedOffset[] }[] => {
  const offsets = groups.table.get(groupId)?.offsets;
  const asked = topics ?? (offsets === undefined ? [] : allOf(offsets));
  return asked.map(({ name, partitionIndexes }) => ({
    name,
    partitions: partitionIndexes.map((index) => fetchOne(offsets, name, index, isStableRequired)),
  }));
};

const allOf = ({ committed }: GroupOffsets): NonNullable<FetchTopics> =>
  Array.from(committed.topics(), (name) => ({
    name,
    partitionIndexes: committed.partitions(name).map(([partition]) => partition),
  }));

const fetchOne = (
  offsets: GroupOffsets | undefined,
  topic: string,
  partitionIndex: number,
  isStableRequired: boolean,
): FetchedOffset => {
  const none = { partitionIndex, committedOffset: -1, committedLeaderEpoch: -1, metadata: '' };
  if (isStableRequired && offsets?.hasPending(topic, partitionIndex) === true)
    return { ...none, errorCode: ErrorCode.UNSTABLE_OFFSET_COMMIT };
  const committed = offsets?.committed.get(topic, partitionIndex);
  if (committed === undefined) return { ...none, errorCode: ErrorCode.NONE };
  return {
    partitionIndex,
    committedOffset: committed.offset,
    committedLeaderEpoch: committed.leaderEpoch,
    metadata: committed.metadata,
    errorCode: ErrorCode.NONE,
  };
};
