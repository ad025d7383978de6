import { describeGroups } from '../../protocol/messages/describe-groups.ts';
import { groupOperations } from '../authorized-operations.ts';
import { describeGroup } from '../groups/group-admin.ts';
import { handler } from '../handler.ts';

/** DescribeGroups: state, protocol and members; a group that is not known is dead. */
export const handleDescribeGroups = handler(describeGroups, ({ request, broker }) => ({
  groups: request.groups.map((groupId) => ({
    ...describeGroup(broker.groups, groupId),
    ...groupOperations(request.includeAuthorizedOperations),
  })),
}));
