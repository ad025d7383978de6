import { ErrorCode } from '../../protocol/errors.ts';
import { CONSUMER_PROTOCOL_TYPE } from './classic-group.ts';
import type { GroupCoordinator } from './coordinator.ts';
import { forgetGroup, forgetOffsets } from './expiry.ts';
import { type GroupEntry, isEmptyGroup } from './group-table.ts';
import { NO_BYTES } from './member.ts';
import { exists } from './offset-commits.ts';

/** The kinds of groups, as ListGroups 5 names them. */
export const CLASSIC_GROUP_TYPE = 'classic';
export const CONSUMER_GROUP_TYPE = 'consumer';

/** ListGroups; an empty filter lets everything through, and case does not count. */
export const listGroups = (
  groups: GroupCoordinator,
  statesFilter: readonly string[],
  typesFilter: readonly string[],
): { groupId: string; protocolType: string; groupState: string; groupType: string }[] => {
  const isAmong = (filter: readonly string[], text: string) =>
    filter.length === 0 || filter.some((each) => each.toLowerCase() === text.toLowerCase());
  return Array.from(groups.table.all(), listed).filter(
    ({ groupState, groupType }) => isAmong(statesFilter, groupState) && isAmong(typesFilter, groupType),
  );
};

const listed = ({ group, consumer }: GroupEntry) => ({
  groupId: group.groupId,
  protocolType: consumer === null ? (group.protocolType ?? '') : CONSUMER_PROTOCOL_TYPE,
  groupState: consumer === null ? group.state : consumer.group.state,
  groupType: consumer === null ? CLASSIC_GROUP_TYPE : CONSUMER_GROUP_TYPE,
});

/** What DescribeGroups says of one group. */
export type GroupDescription = {
  readonly errorCode: number;
  readonly groupId: string;
  readonly groupState: string;
  readonly protocolType: string;
  readonly protocolData: string;
  readonly members: {
    readonly memberId: string;
    readonly groupInstanceId: string | null;
    readonly clientId: string;
    readonly clientHost: string;
    readonly memberMetadata: Uint8Array;
    readonly memberAssignment: Uint8Array;
  }[];
};

/** DescribeGroups: a group that is not known, or is one of the consumer protocol, is dead; what members said is shown while the group is stable. */
export const describeGroup = (groups: GroupCoordinator, groupId: string): GroupDescription => {
  const entry = groups.table.get(groupId);
  const group = entry?.consumer === null ? entry.group : undefined;
  const { NONE } = ErrorCode;
  if (group === undefined)
    return { errorCode: NONE, groupId, groupState: 'Dead', protocolType: '', protocolData: '', members: [] };
  const protocolData = group.state === 'Stable' ? (group.protocolName ?? '') : '';
  return {
    errorCode: NONE,
    groupId,
    groupState: group.state,
    protocolType: group.protocolType ?? '',
    protocolData,
    members: Array.from(group.members(), (member) => ({
      memberId: member.memberId,
      groupInstanceId: member.instanceId,
      clientId: member.clientId,
      clientHost: member.clientHost,
      memberMetadata: protocolData === '' ? NO_BYTES : member.metadataFor(protocolData),
      memberAssignment: member.assignment,
    })),
  };
};

/** DeleteGroups of one group: only one without members. */
export const deleteGroup = async (groups: GroupCoordinator, groupId: string): Promise<number> => {
  const entry = groups.table.get(groupId);
  if (entry === undefined) return ErrorCode.GROUP_ID_NOT_FOUND;
  const isEmpty = entry.consumer === null ? entry.group.state === 'Empty' : isEmptyGroup(entry);
  if (!isEmpty) return ErrorCode.NON_EMPTY_GROUP;
  return (await forgetGroup(groups, entry)) ? ErrorCode.NONE : ErrorCode.COORDINATOR_NOT_AVAILABLE;
};

type Places = readonly {
  readonly name: string;
  readonly partitions: readonly { readonly partitionIndex: number }[];
}[];

/** What OffsetDelete is answered: an error of the group, or one for each partition. */
export type OffsetDeletion = {
  readonly errorCode: number;
  readonly topics: {
    readonly name: string;
    readonly partitions: { readonly partitionIndex: number; readonly errorCode: number }[];
  }[];
};

/** OffsetDelete: forgets offsets of topics that the group does not read. */
export const deleteOffsets = async (
  groups: GroupCoordinator,
  groupId: string,
  places: Places,
): Promise<OffsetDeletion> => {
  const entry = groups.table.get(groupId);
  if (entry === undefined) return { errorCode: ErrorCode.GROUP_ID_NOT_FOUND, topics: [] };
  const { group, consumer } = entry;
  if (consumer === null && group.state !== 'Empty' && group.protocolType !== CONSUMER_PROTOCOL_TYPE)
    return { errorCode: ErrorCode.NON_EMPTY_GROUP, topics: [] };
  const doomed: { topic: string; partition: number }[] = [];
  const topics = places.map(({ name: topic, partitions }) => ({
    name: topic,
    partitions: partitions.map(({ partitionIndex }) => {
      if (!exists(groups.topics, topic, partitionIndex))
        return { partitionIndex, errorCode: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION };
      if ((consumer?.group ?? group).isSubscribedTo(topic))
        return { partitionIndex, errorCode: ErrorCode.GROUP_SUBSCRIBED_TO_TOPIC };
      doomed.push({ topic, partition: partitionIndex });
      return { partitionIndex, errorCode: ErrorCode.NONE };
    }),
  }));
  if (await forgetOffsets(groups, entry, doomed)) return { errorCode: ErrorCode.NONE, topics };
  return { errorCode: ErrorCode.COORDINATOR_NOT_AVAILABLE, topics: [] };
};
