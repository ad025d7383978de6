import {
  api,
  array,
  between,
  ignorable,
  int16,
  int32,
  int64,
  nullable,
  since,
  string,
  withDefault,
} from '../schema.ts';

/**
 * OffsetCommit: how far a group has read. Generation -1 and an empty member id commit for a group without members,
 * and from version 9 the generation may be the member epoch of a consumer group (KIP-848).
 */
export const offsetCommit = api({
  key: 8,
  name: 'OffsetCommit',
  versions: [2, 9],
  flexibleFrom: 8,
  request: {
    groupId: string,
    generationIdOrMemberEpoch: withDefault(int32, -1),
    memberId: string,
    groupInstanceId: since(7, nullable(string), null),
    retentionTimeMs: ignorable(between(2, 4, int64, -1)),
    topics: array({
      name: string,
      partitions: array({
        partitionIndex: int32,
        committedOffset: int64,
        committedLeaderEpoch: ignorable(since(6, int32, -1)),
        committedMetadata: nullable(string),
      }),
    }),
  },
  response: {
    throttleTimeMs: ignorable(since(3, int32)),
    topics: array({ name: string, partitions: array({ partitionIndex: int32, errorCode: int16 }) }),
  },
});
