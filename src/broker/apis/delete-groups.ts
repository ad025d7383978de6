import { deleteGroups } from '../../protocol/messages/delete-groups.ts';
import { deleteGroup } from '../groups/group-admin.ts';
import { laterHandler } from '../handler.ts';

/** DeleteGroups: forgets groups without members and their offsets; answered when that is written. */
export const handleDeleteGroups = laterHandler(deleteGroups, async ({ request, broker }) => ({
  results: await Promise.all(
    [...new Set(request.groupsNames)].map(async (groupId) => ({
      groupId,
      errorCode: await deleteGroup(broker.groups, groupId),
    })),
  ),
}));
