import { LEAVE_STATIC_MEMBER_EPOCH } from '../../../protocol/messages/consumer-group-heartbeat.ts';
import { randomUuid } from '../../../protocol/uuid.ts';
import { assignmentOf, isWithin, type TopicPartitions } from './assignment.ts';
import type { ConsumerGroup } from './consumer-group.ts';
import { type ConsumerMember, newMember } from './consumer-member.ts';
import { GroupRefusal } from './group-refusal.ts';
import type { HeartbeatCall } from './heartbeat-call.ts';

/** Who a heartbeat comes from, as the group knows it. */
export type MemberOfCall = {
  readonly member: ConsumerMember;
  /** The static member whose place it takes. */
  readonly replaced: ConsumerMember | null;
};

/**
 * The member that a joining heartbeat makes, or brings back.
 * @throws GroupRefusal FENCED_MEMBER_EPOCH, UNRELEASED_INSTANCE_ID
 */
export const joiningMember = (group: ConsumerGroup, call: HeartbeatCall): MemberOfCall => {
  const memberId = call.memberId === '' ? randomUuid() : call.memberId;
  const former = call.instanceId === null ? undefined : group.staticMember(call.instanceId);
  if (former === undefined) {
    const member = group.member(memberId) ?? newMember(memberId);
    checkEpoch(member, call.memberEpoch, call.topicPartitions);
    return { member, replaced: null };
  }
  if (former.memberEpoch !== LEAVE_STATIC_MEMBER_EPOCH)
    throw new GroupRefusal(
      'UNRELEASED_INSTANCE_ID',
      `Static member ${memberId} with instance id ${call.instanceId} cannot join the group because the instance id is owned by ${former.memberId} member.`,
    );
  return { member: { ...former, memberId, memberEpoch: 0, previousMemberEpoch: 0 }, replaced: former };
};

/**
 * The member that a heartbeat of somebody who joined before comes from.
 * @throws GroupRefusal UNKNOWN_MEMBER_ID, FENCED_INSTANCE_ID, FENCED_MEMBER_EPOCH
 */
export const memberAtWork = (group: ConsumerGroup, call: HeartbeatCall): MemberOfCall => {
  const member = memberNamed(group, call);
  checkEpoch(member, call.memberEpoch, call.topicPartitions);
  return { member, replaced: null };
};

/**
 * The member with that id, and that instance id.
 * @throws GroupRefusal UNKNOWN_MEMBER_ID, FENCED_INSTANCE_ID
 */
export const memberNamed = (
  group: ConsumerGroup,
  { memberId, instanceId }: Pick<HeartbeatCall, 'memberId' | 'instanceId'>,
): ConsumerMember => {
  if (instanceId === null) {
    const member = group.member(memberId);
    if (member === undefined)
      throw new GroupRefusal('UNKNOWN_MEMBER_ID', `Member ${memberId} is not a member of group ${group.groupId}.`);
    return member;
  }
  const member = group.staticMember(instanceId);
  if (member === undefined) throw new GroupRefusal('UNKNOWN_MEMBER_ID', `Instance id ${instanceId} is unknown.`);
  if (member.memberId !== memberId)
    throw new GroupRefusal(
      'FENCED_INSTANCE_ID',
      `Static member ${memberId} with instance id ${instanceId} was fenced by member ${member.memberId}.`,
    );
  return member;
};

/** The member with what the heartbeat says of it. */
export const withCall = (member: ConsumerMember, call: HeartbeatCall): ConsumerMember => ({
  ...member,
  instanceId: call.instanceId ?? member.instanceId,
  rackId: call.rackId ?? member.rackId,
  clientId: call.clientId,
  clientHost: call.clientHost,
  topicNames: call.topicNames === null ? member.topicNames : [...new Set(call.topicNames)].sort(),
  topicRegex: call.topicRegex ?? member.topicRegex,
  rebalanceTimeoutMs: call.rebalanceTimeoutMs === -1 ? member.rebalanceTimeoutMs : call.rebalanceTimeoutMs,
  serverAssignor: call.serverAssignor ?? member.serverAssignor,
});

/** A member may be one epoch behind, when the answer that told it the new one was lost: it has nothing that is not its own. */
const checkEpoch = (member: ConsumerMember, received: number, owned: TopicPartitions | null): void => {
  const { memberEpoch, previousMemberEpoch, assigned } = member;
  if (received === memberEpoch) return;
  const isBehind = received < memberEpoch;
  const hasLostAnswer = owned !== null && isWithin(assignmentOf(owned), assigned);
  if (isBehind && received === previousMemberEpoch && hasLostAnswer) return;
  throw new GroupRefusal(
    'FENCED_MEMBER_EPOCH',
    `The consumer group member has a ${isBehind ? 'smaller' : 'greater'} member epoch (${received}) than the one known by the group coordinator (${memberEpoch}). The member must abandon all its partitions and rejoin.`,
  );
};
