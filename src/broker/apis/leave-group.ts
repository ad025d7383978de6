import { ErrorCode } from '../../protocol/errors.ts';
import { leaveGroup } from '../../protocol/messages/leave-group.ts';
import { handler } from '../handler.ts';
import { may } from '../security/access.ts';

const FIRST_WITH_SEVERAL_MEMBERS = 3;

/** LeaveGroup: one member goes, or from version 3 several, each with an error of its own. */
export const handleLeaveGroup = handler(leaveGroup, ({ request, version, broker, access }) => {
  const { groupId, memberId, members } = request;
  if (!may(access, 'READ', 'GROUP', groupId)) return { errorCode: ErrorCode.GROUP_AUTHORIZATION_FAILED, members: [] };
  if (version < FIRST_WITH_SEVERAL_MEMBERS) {
    const { errorCode, memberErrors } = broker.groups.leave(groupId, [{ memberId, instanceId: null }]);
    return { errorCode: errorCode === ErrorCode.NONE ? (memberErrors[0] ?? errorCode) : errorCode };
  }
  const { errorCode, memberErrors } = broker.groups.leave(
    groupId,
    members.map((member) => ({ memberId: member.memberId, instanceId: member.groupInstanceId })),
  );
  if (errorCode !== ErrorCode.NONE) return { errorCode, members: [] };
  return {
    errorCode,
    members: members.map((member, index) => ({
      memberId: member.memberId,
      groupInstanceId: member.groupInstanceId,
      errorCode: memberErrors[index] ?? ErrorCode.UNKNOWN_MEMBER_ID,
    })),
  };
});
