import { ErrorCode } from '../../protocol/errors.ts';
import { syncGroup } from '../../protocol/messages/sync-group.ts';
import { laterHandler } from '../handler.ts';
import { may } from '../security/access.ts';

const FIRST_WITH_PROTOCOL = 5;

/** SyncGroup: answered when the leader's assignment is written; see `groups/sync-group.ts`. */
export const handleSyncGroup = laterHandler(syncGroup, async ({ request, version, broker, access }) => {
  const { groupId, memberId, generationId, groupInstanceId, protocolType, protocolName } = request;
  if (!may(access, 'READ', 'GROUP', groupId))
    return { errorCode: ErrorCode.GROUP_AUTHORIZATION_FAILED, assignment: Buffer.alloc(0) };
  if (version >= FIRST_WITH_PROTOCOL && (protocolType === null || protocolName === null))
    return { errorCode: ErrorCode.INCONSISTENT_GROUP_PROTOCOL, assignment: Buffer.alloc(0) };
  return await broker.groups.sync(groupId, {
    memberId,
    instanceId: groupInstanceId,
    generationId,
    protocolType,
    protocolName,
    assignments: request.assignments.map((each) => ({
      memberId: each.memberId,
      assignment: Buffer.from(each.assignment),
    })),
  });
});
