import { ErrorCode } from '../../../protocol/errors.ts';
import type { consumerGroupDescribe } from '../../../protocol/messages/consumer-group-describe.ts';
import type { ResponseInput } from '../../../protocol/schema.ts';
import type { GroupCoordinator } from '../coordinator.ts';
import { type Assignment, topicPartitionsOf } from './assignment.ts';
import type { ConsumerGroup } from './consumer-group.ts';
import type { ConsumerMember } from './consumer-member.ts';

/** What ConsumerGroupDescribe says of one group. */
export type ConsumerGroupDescription = ResponseInput<typeof consumerGroupDescribe>['groups'][number];

/** The type of members that speak the consumer protocol (KIP-1099). */
const CONSUMER_MEMBER_TYPE = 1;

/**
 * ConsumerGroupDescribe of one group.
 * @param mayDescribe whether the client may know of a topic; who may not know of one of the group's is told no members
 */
export const describeConsumerGroup = (
  groups: GroupCoordinator,
  groupId: string,
  mayDescribe: (topic: string) => boolean,
): ConsumerGroupDescription => {
  const entry = groups.table.get(groupId);
  if (entry === undefined) return failedDescription(groupId, 'GROUP_ID_NOT_FOUND', `Group ${groupId} not found.`);
  if (entry.consumer === null)
    return failedDescription(groupId, 'GROUP_ID_NOT_FOUND', `Group ${groupId} is not a consumer group.`);
  const { group, assignorName } = entry.consumer;
  const members = Array.from(group.members(), (member) => describeMember(groups, group, member));
  if (!members.every((member) => topicsOf(member).every(mayDescribe)))
    return failedDescription(
      groupId,
      'TOPIC_AUTHORIZATION_FAILED',
      'The group has described topic(s) that the client is not authorized to describe.',
    );
  return {
    errorCode: ErrorCode.NONE,
    groupId,
    groupState: group.state,
    groupEpoch: group.groupEpoch,
    assignmentEpoch: group.assignmentEpoch,
    assignorName,
    members,
  };
};

/** A group that cannot be described. */
export const failedDescription = (
  groupId: string,
  error: 'GROUP_ID_NOT_FOUND' | 'TOPIC_AUTHORIZATION_FAILED' | 'GROUP_AUTHORIZATION_FAILED' | 'INVALID_GROUP_ID',
  errorMessage: string | null,
): ConsumerGroupDescription => ({
  errorCode: ErrorCode[error],
  errorMessage,
  groupId,
  groupState: '',
  groupEpoch: 0,
  assignmentEpoch: 0,
  assignorName: '',
  members: [],
});

type DescribedMember = ConsumerGroupDescription['members'][number];

const describeMember = (groups: GroupCoordinator, group: ConsumerGroup, member: ConsumerMember): DescribedMember => ({
  memberId: member.memberId,
  instanceId: member.instanceId,
  rackId: member.rackId,
  memberEpoch: member.memberEpoch,
  clientId: member.clientId,
  clientHost: member.clientHost,
  subscribedTopicNames: member.topicNames,
  subscribedTopicRegex: member.topicRegex,
  assignment: describeAssignment(groups, member.assigned),
  targetAssignment: describeAssignment(groups, group.target(member.memberId)),
  memberType: CONSUMER_MEMBER_TYPE,
});

/** The partitions of topics that are still there. */
const describeAssignment = ({ topics }: GroupCoordinator, assignment: Assignment): DescribedMember['assignment'] => ({
  topicPartitions: topicPartitionsOf(assignment).flatMap(({ topicId, partitions }) => {
    const topic = topics.getById(topicId);
    return topic === undefined ? [] : [{ topicId, topicName: topic.name, partitions }];
  }),
});

const topicsOf = ({ subscribedTopicNames, assignment, targetAssignment }: DescribedMember): string[] => [
  ...subscribedTopicNames,
  ...[assignment, targetAssignment].flatMap(({ topicPartitions }) => topicPartitions.map(({ topicName }) => topicName)),
];
