import { ErrorCode } from '../../protocol/errors.ts';
import { offsetCommit } from '../../protocol/messages/offset-commit.ts';
import { commitOffsets } from '../groups/offset-commits.ts';
import { laterHandler } from '../handler.ts';

const FIRST_WITH_UNKNOWN_GROUPS = 9;

/** OffsetCommit: answered when the offsets are written to `__consumer_offsets`. */
export const handleOffsetCommit = laterHandler(offsetCommit, async ({ request, version, broker }) => {
  const { groupId, memberId, groupInstanceId, generationIdOrMemberEpoch, retentionTimeMs, topics } = request;
  return {
    topics: await commitOffsets(broker.groups, {
      groupId,
      memberId,
      instanceId: groupInstanceId,
      generationId: generationIdOrMemberEpoch,
      retentionMs: retentionTimeMs < 0 ? null : retentionTimeMs,
      unknownGroupError:
        version >= FIRST_WITH_UNKNOWN_GROUPS ? ErrorCode.GROUP_ID_NOT_FOUND : ErrorCode.ILLEGAL_GENERATION,
      topics,
    }),
  };
});
