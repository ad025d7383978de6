import { ErrorCode } from '../../protocol/errors.ts';
import { listGroups } from '../../protocol/messages/list-groups.ts';
import { listGroups as list } from '../groups/group-admin.ts';
import { handler } from '../handler.ts';
import { may, mayOnCluster } from '../security/access.ts';

/** ListGroups: all groups, or those in some states (version 4) and of some types (version 5). */
export const handleListGroups = handler(listGroups, ({ request, broker, access }) => ({
  errorCode: ErrorCode.NONE,
  groups: list(broker.groups, request.statesFilter, request.typesFilter).filter(
    ({ groupId }) => mayOnCluster(access, 'DESCRIBE') || may(access, 'DESCRIBE', 'GROUP', groupId),
  ),
}));
