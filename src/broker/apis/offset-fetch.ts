import { ErrorCode } from '../../protocol/errors.ts';
import { offsetFetch } from '../../protocol/messages/offset-fetch.ts';
import { fetchOffsets } from '../groups/offset-fetches.ts';
import { handler } from '../handler.ts';

const FIRST_WITH_SEVERAL_GROUPS = 8;

/** OffsetFetch: what a group has committed, or from version 8 several groups; -1 where it has committed nothing. */
export const handleOffsetFetch = handler(offsetFetch, ({ request, version, broker }) => {
  const { groupId, topics, groups, requireStable } = request;
  const errorCode = ErrorCode.NONE;
  if (version < FIRST_WITH_SEVERAL_GROUPS)
    return { errorCode, topics: fetchOffsets(broker.groups, groupId, topics, requireStable) };
  return {
    groups: groups.map((asked) => ({
      groupId: asked.groupId,
      errorCode,
      topics: fetchOffsets(broker.groups, asked.groupId, asked.topics, requireStable),
    })),
  };
});
