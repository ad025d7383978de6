import { ErrorCode } from '../../protocol/errors.ts';
import { MAX_GROUP_BYTES } from './limits.ts';
import { failedSync, type Member, NO_BYTES, type SyncResult } from './member.ts';
import { type MemberIdentity, memberError } from './membership.ts';
import type { Rebalance } from './rebalance.ts';

/** A SyncGroup; protocol type and name are null before version 5. */
export type SyncCall = MemberIdentity & {
  readonly generationId: number;
  readonly protocolType: string | null;
  readonly protocolName: string | null;
  readonly assignments: readonly { readonly memberId: string; readonly assignment: Uint8Array }[];
};

/** SyncGroup: the leader's assignments are written and spread; the others wait for them. `reply` is called once. */
export const syncGroup = (rebalance: Rebalance, call: SyncCall, reply: (result: SyncResult) => void): void => {
  const { group } = rebalance;
  const errorCode = syncError(rebalance, call);
  const member = group.member(call.memberId);
  if (errorCode !== ErrorCode.NONE || member === undefined) {
    reply(failedSync(errorCode === ErrorCode.NONE ? ErrorCode.UNKNOWN_MEMBER_ID : errorCode));
    return;
  }
  rebalance.syncSeen(member.memberId);
  if (group.state === 'Stable') {
    rebalance.heartbeatSeen(member);
    const { protocolType, protocolName } = group;
    reply({ errorCode: ErrorCode.NONE, protocolType, protocolName, assignment: member.assignment });
    return;
  }
  // A second SyncGroup of the same member takes the first one's place.
  member.answerSync(failedSync(ErrorCode.REBALANCE_IN_PROGRESS));
  member.syncReply = reply;
  if (group.isLeader(member.memberId)) settle(rebalance, call);
};

const syncError = ({ group }: Rebalance, call: SyncCall): number => {
  const errorCode = memberError(group, call);
  if (errorCode !== ErrorCode.NONE) return errorCode;
  if (call.generationId !== group.generationId) return ErrorCode.ILLEGAL_GENERATION;
  const isOther = (said: string | null, agreed: string | null) => said !== null && said !== agreed;
  if (isOther(call.protocolType, group.protocolType) || isOther(call.protocolName, group.protocolName))
    return ErrorCode.INCONSISTENT_GROUP_PROTOCOL;
  if (group.state === 'PreparingRebalance') return ErrorCode.REBALANCE_IN_PROGRESS;
  return group.state === 'Empty' ? ErrorCode.UNKNOWN_MEMBER_ID : ErrorCode.NONE;
};

/** Writes the group with its leader's assignments; when that is done and nothing has changed meanwhile, it is stable. */
const settle = (rebalance: Rebalance, call: SyncCall): void => {
  const { group, context } = rebalance;
  const { generationId } = group;
  const assignments = assignmentsOf(group.members(), call);
  let sizeBytes = group.sizeBytes;
  for (const assignment of assignments.values()) sizeBytes += assignment.length;
  if (sizeBytes > MAX_GROUP_BYTES) {
    // Kafka says the same of a group that its own topic does not take.
    rebalance.failAssignment(ErrorCode.UNKNOWN_SERVER_ERROR);
    rebalance.prepare();
    return;
  }
  context.persist(group, assignments, (isWritten) => {
    if (group.state !== 'CompletingRebalance' || group.generationId !== generationId) return;
    if (!isWritten) {
      rebalance.failAssignment(ErrorCode.COORDINATOR_NOT_AVAILABLE);
      rebalance.prepare();
      return;
    }
    group.moveTo('Stable', context.timers.now());
    rebalance.spreadAssignment(assignments);
  });
};

/** What the leader said, for each member there is. */
const assignmentsOf = (members: Iterable<Member>, call: SyncCall): Map<string, Uint8Array> => {
  const said = new Map(call.assignments.map(({ memberId, assignment }) => [memberId, assignment]));
  const assignments = new Map<string, Uint8Array>();
  for (const { memberId } of members) assignments.set(memberId, said.get(memberId) ?? NO_BYTES);
  return assignments;
};
