import { ErrorCode } from '../../protocol/errors.ts';
import { randomUuid } from '../../protocol/uuid.ts';
import type { ClassicGroup } from './classic-group.ts';
import { MAX_GROUP_BYTES, MAX_GROUP_MEMBERS, NEW_MEMBER_JOIN_TIMEOUT_MS } from './limits.ts';
import { failedJoin, type JoinResult, type Member, type MemberProfile, sizeOf } from './member.ts';
import { memberError } from './membership.ts';
import type { Rebalance } from './rebalance.ts';

/** A JoinGroup; the member id is empty for a new member. */
export type JoinCall = MemberProfile & {
  readonly protocolType: string;
  /** From version 4: a new member is given an id first and has to come again with it (KIP-394). */
  readonly isMemberIdRequired: boolean;
  /** From version 9: the leader may be told to keep its assignment (KIP-814). */
  readonly canSkipAssignment: boolean;
};

type Reply = (result: JoinResult) => void;

/** JoinGroup: a member comes, comes again, or changes. `reply` is called once, when the joining is over. */
export const joinGroup = (rebalance: Rebalance, call: JoinCall, reply: Reply): void => {
  const { group } = rebalance;
  if (!hasRoom(rebalance, call)) {
    reply(failedJoin(ErrorCode.GROUP_MAX_SIZE_REACHED, ''));
    const isKnown = group.member(call.memberId) !== undefined;
    group.remove(call.memberId, ErrorCode.GROUP_MAX_SIZE_REACHED);
    if (isKnown) rebalance.membersLeft();
  } else if (!group.supports(call.protocolType, call.protocols)) {
    reply(failedJoin(ErrorCode.INCONSISTENT_GROUP_PROTOCOL, call.memberId));
  } else if (call.memberId === '') {
    joinNew(rebalance, call, reply);
  } else {
    joinAgain(rebalance, call, reply);
  }
};

const hasRoom = ({ group, context }: Rebalance, call: JoinCall): boolean => {
  const most = Math.min(context.settings.maxSize, MAX_GROUP_MEMBERS);
  const member = group.member(call.memberId);
  const added = sizeOf(call.protocols) - (member === undefined ? 0 : sizeOf(member.protocols));
  if (group.sizeBytes + added > MAX_GROUP_BYTES) return false;
  switch (group.state) {
    case 'PreparingRebalance':
      return (member !== undefined && member.joinReply !== null) || group.joiningCount < most;
    case 'CompletingRebalance':
    case 'Stable':
      return member !== undefined || group.memberCount < most;
    default:
      return true;
  }
};

const joinNew = (rebalance: Rebalance, call: JoinCall, reply: Reply): void => {
  const { group } = rebalance;
  const { instanceId } = call;
  const memberId = `${instanceId ?? call.clientId}-${randomUuid()}`;
  const knownId = instanceId === null ? undefined : group.staticMemberId(instanceId);
  const known = knownId === undefined ? undefined : group.member(knownId);
  if (known !== undefined) {
    replaceStatic(rebalance, known, { ...call, memberId }, reply);
  } else if (instanceId === null && call.isMemberIdRequired) {
    if (group.pendingJoins.size >= MAX_GROUP_MEMBERS) {
      reply(failedJoin(ErrorCode.GROUP_MAX_SIZE_REACHED, ''));
      return;
    }
    rebalance.expectPending(memberId, call.sessionTimeoutMs);
    reply(failedJoin(ErrorCode.MEMBER_ID_REQUIRED, memberId));
  } else {
    addMember(rebalance, { ...call, memberId }, reply);
  }
};

const joinAgain = (rebalance: Rebalance, call: JoinCall, reply: Reply): void => {
  const { group } = rebalance;
  if (group.pendingJoins.has(call.memberId) && call.instanceId === null) {
    addMember(rebalance, call, reply);
    return;
  }
  const errorCode = memberError(group, call);
  const member = group.member(call.memberId);
  if (errorCode !== ErrorCode.NONE || member === undefined || group.state === 'Empty') {
    reply(failedJoin(errorCode === ErrorCode.NONE ? ErrorCode.UNKNOWN_MEMBER_ID : errorCode, call.memberId));
  } else if (mayStay(group, member, call)) {
    // It has not got the answer of this generation, or asks without need.
    reply(rebalance.joinResult(member));
  } else {
    group.update(member, call);
    group.awaitJoin(member, reply);
    rebalance.memberChanged();
  }
};

/** Whether a member that joins again changes nothing. A leader that joins a stable group asks for a rebalance by it. */
const mayStay = (group: ClassicGroup, member: Member, call: JoinCall): boolean => {
  if (!member.matches(call.protocols)) return false;
  return group.state === 'CompletingRebalance' || (group.state === 'Stable' && !group.isLeader(member.memberId));
};

const addMember = (rebalance: Rebalance, call: JoinCall, reply: Reply): void => {
  const { group } = rebalance;
  if (group.state === 'PreparingRebalance' && group.previousState === 'Empty') group.hasNewMember = true;
  const member = group.add(call, call.protocolType);
  group.awaitJoin(member, reply);
  rebalance.heartbeatSeen(member, NEW_MEMBER_JOIN_TIMEOUT_MS);
  rebalance.memberChanged();
};

/** A static member comes again without its member id (it was restarted): it takes its own place, if it can without a rebalance. */
const replaceStatic = (rebalance: Rebalance, former: Member, call: JoinCall, reply: Reply): void => {
  const { group } = rebalance;
  const formerLeader = group.leaderId ?? '';
  const member = group.replaceStatic(former, call);
  rebalance.heartbeatSeen(member);
  group.update(member, call);
  if (group.state !== 'Stable' || group.protocolName !== group.selectProtocol()) {
    group.awaitJoin(member, reply);
    rebalance.memberChanged();
    return;
  }
  group.refreshSubscriptions();
  const isLeader = group.isLeader(member.memberId);
  // Before version 9, a leader is not told that it is one: it would assign anew.
  const result: JoinResult = call.canSkipAssignment
    ? { ...rebalance.joinResult(member), skipAssignment: isLeader }
    : { ...rebalance.joinResult(member), leader: formerLeader, members: [] };
  const assignments = new Map(Array.from(group.members(), (each) => [each.memberId, each.assignment]));
  rebalance.context.persist(group, assignments, (isWritten) =>
    reply(isWritten ? result : failedJoin(ErrorCode.COORDINATOR_NOT_AVAILABLE, call.memberId)),
  );
};
