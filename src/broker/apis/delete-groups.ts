import { ErrorCode } from '../../protocol/errors.ts';
import { deleteGroups } from '../../protocol/messages/delete-groups.ts';
import { deleteGroup } from '../groups/group-admin.ts';
import { laterHandler } from '../handler.ts';
import { may } from '../security/access.ts';

/** DeleteGroups: forgets groups without members and their offsets; answered when that is written. */
export const handleDeleteGroups = laterHandler(deleteGroups, async ({ request, broker, access }) => ({
  results: await Promise.all(
    [...new Set(request.groupsNames)].map(async (groupId) => ({
      groupId,
      errorCode: may(access, 'DELETE', 'GROUP', groupId)
        ? await deleteGroup(broker.groups, groupId)
        : ErrorCode.GROUP_AUTHORIZATION_FAILED,
    })),
  ),
}));
