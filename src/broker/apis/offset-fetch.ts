import { ErrorCode } from '../../protocol/errors.ts';
import { offsetFetch } from '../../protocol/messages/offset-fetch.ts';
import { type FetchingMember, type FetchTopics, fetchError, fetchOffsets } from '../groups/offset-fetches.ts';
import { handler } from '../handler.ts';
import { may } from '../security/access.ts';
import { byAccess } from '../security/topic-access.ts';

const FIRST_WITH_GROUP_ERROR = 2;
const FIRST_WITH_SEVERAL_GROUPS = 8;
const NOBODY: FetchingMember = { memberId: null, memberEpoch: -1 };

/** OffsetFetch: what a group has committed, or from version 8 several groups; -1 where it has committed nothing. */
export const handleOffsetFetch = handler(offsetFetch, ({ request, version, broker, access }) => {
  const { groupId, topics, groups, requireStable } = request;
  const find = (group: string, asked: FetchTopics, who: FetchingMember = NOBODY) => {
    if (!may(access, 'DESCRIBE', 'GROUP', group)) {
      // Before version 2 there is no error of the group.
      const refused = version < FIRST_WITH_GROUP_ERROR ? (asked ?? []) : [];
      const errorCode = ErrorCode.GROUP_AUTHORIZATION_FAILED;
      return { errorCode, topics: refused.map((each) => unknown(each, errorCode)) };
    }
    const errorCode = fetchError(broker.groups, group, who);
    if (errorCode !== ErrorCode.NONE) return { errorCode, topics: [] };
    const [visible, forbidden] = asked === null ? [null, []] : byAccess(access, 'DESCRIBE', asked);
    const found = fetchOffsets(broker.groups, group, visible, requireStable);
    return {
      errorCode: ErrorCode.NONE,
      topics: [
        ...(asked === null ? byAccess(access, 'DESCRIBE', found)[0] : found),
        ...forbidden.map((each) => unknown(each, ErrorCode.TOPIC_AUTHORIZATION_FAILED)),
      ],
    };
  };
  if (version < FIRST_WITH_SEVERAL_GROUPS) return find(groupId, topics);
  return { groups: groups.map((asked) => ({ groupId: asked.groupId, ...find(asked.groupId, asked.topics, asked) })) };
});

const unknown = (
  { name, partitionIndexes }: { readonly name: string; readonly partitionIndexes: readonly number[] },
  errorCode: number,
) => ({
  name,
  partitions: partitionIndexes.map((partitionIndex) => ({
    partitionIndex,
    committedOffset: -1,
    committedLeaderEpoch: -1,
    metadata: '',
    errorCode,
  })),
});
