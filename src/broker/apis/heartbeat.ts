import { ErrorCode } from '../../protocol/errors.ts';
import { heartbeat } from '../../protocol/messages/heartbeat.ts';
import { handler } from '../handler.ts';
import { may } from '../security/access.ts';

/** Heartbeat: a member of a group is alive, and learns whether it has to join again. */
export const handleHeartbeat = handler(heartbeat, ({ request, broker, access }) => {
  const { groupId, memberId, generationId, groupInstanceId } = request;
  if (!may(access, 'READ', 'GROUP', groupId)) return { errorCode: ErrorCode.GROUP_AUTHORIZATION_FAILED };
  return { errorCode: broker.groups.heartbeat(groupId, { memberId, instanceId: groupInstanceId }, generationId) };
});
