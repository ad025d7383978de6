import { ErrorCode } from '../../protocol/errors.ts';
import { joinGroup } from '../../protocol/messages/join-group.ts';
import { laterHandler } from '../handler.ts';
import { may } from '../security/access.ts';

const FIRST_WITH_REBALANCE_TIMEOUT = 1;
const FIRST_WITH_REQUIRED_MEMBER_ID = 4;
const FIRST_WITH_NULL_PROTOCOL = 7;
const FIRST_WITH_SKIPPED_ASSIGNMENT = 9;

/** JoinGroup: answered when all members have joined; see `groups/join-group.ts`. */
export const handleJoinGroup = laterHandler(joinGroup, async ({ request, version, broker, clientId, host, access }) => {
  const { groupId, memberId, sessionTimeoutMs, groupInstanceId, protocolType } = request;
  if (!may(access, 'READ', 'GROUP', groupId))
    return {
      errorCode: ErrorCode.GROUP_AUTHORIZATION_FAILED,
      generationId: -1,
      protocolName: version >= FIRST_WITH_NULL_PROTOCOL ? null : '',
      leader: '',
      memberId: '',
      members: [],
    };
  const result = await broker.groups.join(groupId, {
    memberId,
    instanceId: groupInstanceId,
    clientId,
    // As Java prints an address; Kafka's tools show it.
    clientHost: `/${host}`,
    sessionTimeoutMs,
    rebalanceTimeoutMs: version >= FIRST_WITH_REBALANCE_TIMEOUT ? request.rebalanceTimeoutMs : sessionTimeoutMs,
    protocolType,
    // What is decoded lies in the connection's buffer; members are kept for longer.
    protocols: request.protocols.map(({ name, metadata }) => ({ name, metadata: Buffer.from(metadata) })),
    isMemberIdRequired: version >= FIRST_WITH_REQUIRED_MEMBER_ID,
    canSkipAssignment: version >= FIRST_WITH_SKIPPED_ASSIGNMENT,
  });
  return {
    ...result,
    protocolName: version >= FIRST_WITH_NULL_PROTOCOL ? result.protocolName : (result.protocolName ?? ''),
    members: [...result.members],
  };
});
