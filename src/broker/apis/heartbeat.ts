import { heartbeat } from '../../protocol/messages/heartbeat.ts';
import { handler } from '../handler.ts';

/** Heartbeat: a member of a group is alive, and learns whether it has to join again. */
export const handleHeartbeat = handler(heartbeat, ({ request, broker }) => {
  const { groupId, memberId, generationId, groupInstanceId } = request;
  return { errorCode: broker.groups.heartbeat(groupId, { memberId, instanceId: groupInstanceId }, generationId) };
});
