import { ErrorCode } from '../../protocol/errors.ts';
import type { ClassicGroup } from './classic-group.ts';
import type { Rebalance } from './rebalance.ts';

/** Who sends a request: a member id and, for a static member, its `group.instance.id`. */
export type MemberIdentity = { readonly memberId: string; readonly instanceId: string | null };

/** What Kafka says about somebody who claims to be a member: NONE, UNKNOWN_MEMBER_ID or FENCED_INSTANCE_ID. */
export const memberError = (group: ClassicGroup, { memberId, instanceId }: MemberIdentity): number => {
  if (instanceId !== null) {
    const known = group.staticMemberId(instanceId);
    if (known === undefined) return ErrorCode.UNKNOWN_MEMBER_ID;
    return known === memberId ? ErrorCode.NONE : ErrorCode.FENCED_INSTANCE_ID;
  }
  return group.member(memberId) === undefined ? ErrorCode.UNKNOWN_MEMBER_ID : ErrorCode.NONE;
};

/** Heartbeat: a member is alive, and learns whether the group rebalances. */
export const heartbeat = (rebalance: Rebalance, who: MemberIdentity, generationId: number): number => {
  const { group } = rebalance;
  const errorCode = memberError(group, who);
  if (errorCode !== ErrorCode.NONE) return errorCode;
  if (generationId !== group.generationId) return ErrorCode.ILLEGAL_GENERATION;
  const member = group.member(who.memberId);
  if (member === undefined || group.state === 'Empty') return ErrorCode.UNKNOWN_MEMBER_ID;
  rebalance.heartbeatSeen(member);
  return group.state === 'PreparingRebalance' ? ErrorCode.REBALANCE_IN_PROGRESS : ErrorCode.NONE;
};

/** LeaveGroup: members go, one rebalance for all of them. An empty member id removes whoever has the instance id. */
export const leaveGroup = (rebalance: Rebalance, leaving: readonly MemberIdentity[]): number[] => {
  const { group } = rebalance;
  let haveMembersLeft = false;
  const errorCodes = leaving.map((who) => {
    const memberId =
      who.memberId === '' && who.instanceId !== null ? group.staticMemberId(who.instanceId) : who.memberId;
    if (memberId === undefined || memberId === '') return ErrorCode.UNKNOWN_MEMBER_ID;
    const errorCode = group.pendingJoins.has(memberId) ? ErrorCode.NONE : memberError(group, { ...who, memberId });
    if (errorCode !== ErrorCode.NONE) return errorCode;
    group.remove(memberId);
    haveMembersLeft = true;
    return ErrorCode.NONE;
  });
  if (haveMembersLeft) rebalance.membersLeft();
  return errorCodes;
};

/**
 * Whether a commit may be written: members with their generation, or anybody without one while the group has no members
 * (assigned consumers and tools). A commit of a transaction may leave both out (KIP-447 came later than transactions).
 */
export const commitError = (
  group: ClassicGroup,
  who: MemberIdentity & { readonly generationId: number },
  isTransactional: boolean,
): number => {
  if (who.generationId < 0 && group.state === 'Empty') return ErrorCode.NONE;
  if (who.generationId >= 0 || who.memberId !== '' || who.instanceId !== null) {
    const errorCode = memberError(group, who);
    if (errorCode !== ErrorCode.NONE) return errorCode;
    if (who.generationId !== group.generationId) return ErrorCode.ILLEGAL_GENERATION;
  } else if (!isTransactional && group.state !== 'Empty') {
    return ErrorCode.UNKNOWN_MEMBER_ID;
  }
  return !isTransactional && group.state === 'CompletingRebalance' ? ErrorCode.REBALANCE_IN_PROGRESS : ErrorCode.NONE;
};
