import { ErrorCode } from '../../protocol/errors.ts';
import { describeGroups } from '../../protocol/messages/describe-groups.ts';
import { groupOperations } from '../authorized-operations.ts';
import { describeGroup } from '../groups/group-admin.ts';
import { handler } from '../handler.ts';
import { may } from '../security/access.ts';

/** DescribeGroups: state, protocol and members; a group that is not known is dead. */
export const handleDescribeGroups = handler(describeGroups, ({ request, broker, access }) => ({
  groups: request.groups.map((groupId) =>
    may(access, 'DESCRIBE', 'GROUP', groupId)
      ? {
          ...describeGroup(broker.groups, groupId),
          ...groupOperations(request.includeAuthorizedOperations, access, groupId),
        }
      : forbidden(groupId),
  ),
}));

const forbidden = (groupId: string) => ({
  errorCode: ErrorCode.GROUP_AUTHORIZATION_FAILED,
  groupId,
  groupState: '',
  protocolType: '',
  protocolData: '',
  members: [],
});
