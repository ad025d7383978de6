import { ErrorCode } from '../../../protocol/errors.ts';
import type { MemberIdentity } from '../membership.ts';
import type { GroupReconciler } from './group-reconciler.ts';
import { GroupRefusal } from './group-refusal.ts';
import { memberNamed } from './member-of-call.ts';

/**
 * LeaveGroup on a consumer group, with which tools put members out: an error for each of them. An empty member id removes
 * whoever has the instance id.
 */
export const removeMembers = (reconciler: GroupReconciler, leaving: readonly MemberIdentity[]): number[] => {
  const doomed: string[] = [];
  const errorCodes = leaving.map((who) => {
    try {
      const memberId = who.memberId === '' ? idOfInstance(reconciler, who) : who.memberId;
      doomed.push(memberNamed(reconciler.group, { ...who, memberId }).memberId);
      return ErrorCode.NONE;
    } catch (error) {
      if (error instanceof GroupRefusal) return error.code;
      throw error;
    }
  });
  reconciler.fence(...doomed);
  return errorCodes;
};

const idOfInstance = ({ group }: GroupReconciler, { instanceId }: MemberIdentity): string =>
  instanceId === null ? '' : (group.staticMember(instanceId)?.memberId ?? '');
