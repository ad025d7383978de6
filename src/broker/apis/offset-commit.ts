import { offsetCommit } from '../../protocol/messages/offset-commit.ts';
import { commitOffsets } from '../groups/offset-commits.ts';
import { laterHandler } from '../handler.ts';

/** OffsetCommit: answered when the offsets are written to `__consumer_offsets`. */
export const handleOffsetCommit = laterHandler(offsetCommit, async ({ request, broker }) => {
  const { groupId, memberId, groupInstanceId, generationIdOrMemberEpoch, retentionTimeMs, topics } = request;
  return {
    topics: await commitOffsets(broker.groups, {
      groupId,
      memberId,
      instanceId: groupInstanceId,
      generationId: generationIdOrMemberEpoch,
      retentionMs: retentionTimeMs < 0 ? null : retentionTimeMs,
      topics,
    }),
  };
});
