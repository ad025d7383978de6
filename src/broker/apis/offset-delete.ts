import { ErrorCode } from '../../protocol/errors.ts';
import { offsetDelete } from '../../protocol/messages/offset-delete.ts';
import { deleteOffsets } from '../groups/group-admin.ts';
import { laterHandler } from '../handler.ts';
import { may } from '../security/access.ts';
import { byAccess, refuse } from '../security/topic-access.ts';

/** OffsetDelete: forgets offsets of topics that the group does not read; answered when that is written. */
export const handleOffsetDelete = laterHandler(offsetDelete, async ({ request, broker, access }) => {
  const { groupId } = request;
  if (!may(access, 'DELETE', 'GROUP', groupId)) return { errorCode: ErrorCode.GROUP_AUTHORIZATION_FAILED, topics: [] };
  const [readable, forbidden] = byAccess(access, 'READ', request.topics);
  const { errorCode, topics } = await deleteOffsets(broker.groups, groupId, readable);
  if (errorCode !== ErrorCode.NONE) return { errorCode, topics };
  return { errorCode, topics: [...topics, ...refuse(forbidden, ErrorCode.TOPIC_AUTHORIZATION_FAILED)] };
});
