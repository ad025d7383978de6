import { ErrorCode } from '../../protocol/errors.ts';
import { offsetCommit } from '../../protocol/messages/offset-commit.ts';
import { commitOffsets } from '../groups/offset-commits.ts';
import { laterHandler } from '../handler.ts';
import { may } from '../security/access.ts';
import { byAccess, refuse } from '../security/topic-access.ts';

const FIRST_WITH_UNKNOWN_GROUPS = 9;
/** The first version whose generation may be the epoch of a member of a consumer group. */
const FIRST_WITH_EPOCHS = 9;

/** OffsetCommit: answered when the offsets are written to `__consumer_offsets`. */
export const handleOffsetCommit = laterHandler(offsetCommit, async ({ request, version, broker, access }) => {
  const { groupId, memberId, groupInstanceId, generationIdOrMemberEpoch, retentionTimeMs, topics } = request;
  if (!may(access, 'READ', 'GROUP', groupId)) return { topics: refuse(topics, ErrorCode.GROUP_AUTHORIZATION_FAILED) };
  const [readable, forbidden] = byAccess(access, 'READ', topics);
  return {
    topics: [
      ...refuse(forbidden, ErrorCode.TOPIC_AUTHORIZATION_FAILED),
      ...(await commitOffsets(broker.groups, {
        groupId,
        memberId,
        instanceId: groupInstanceId,
        generationId: generationIdOrMemberEpoch,
        retentionMs: retentionTimeMs < 0 ? null : retentionTimeMs,
        unknownGroupError:
          version >= FIRST_WITH_UNKNOWN_GROUPS ? ErrorCode.GROUP_ID_NOT_FOUND : ErrorCode.ILLEGAL_GENERATION,
        isBeforeEpochs: version < FIRST_WITH_EPOCHS,
        topics: readable,
      })),
    ],
  };
});
