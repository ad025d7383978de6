import {
  api,
  array,
  between,
  bool,
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
 * OffsetFetch: the offsets a group has committed. Up to version 7 for one group, where topics null means all (from
 * version 2); from version 8 for several in `groups` (KIP-709). `requireStable` waits for open transactions
 * (KIP-447).
 */
export const offsetFetch = api({
  key: 9,
  name: 'OffsetFetch',
  versions: [1, 9],
  flexibleFrom: 6,
  request: {
    groupId: between(0, 7, string),
    topics: between(0, 7, nullable(array({ name: string, partitionIndexes: array(int32) }), 2)),
    groups: since(
      8,
      array({
        groupId: string,
        memberId: ignorable(since(9, nullable(string), null)),
        memberEpoch: ignorable(since(9, int32, -1)),
        topics: nullable(array({ name: string, partitionIndexes: array(int32) })),
      }),
    ),
    requireStable: since(7, bool),
  },
  response: {
    throttleTimeMs: ignorable(since(3, int32)),
    topics: between(
      0,
      7,
      array({
        name: string,
        partitions: array({
          partitionIndex: int32,
          committedOffset: int64,
          committedLeaderEpoch: ignorable(since(5, int32, -1)),
          metadata: nullable(string),
          errorCode: int16,
        }),
      }),
    ),
    errorCode: ignorable(between(2, 7, int16)),
    groups: since(
      8,
      array({
        groupId: string,
        topics: array({
          name: string,
          partitions: array({
            partitionIndex: int32,
            committedOffset: int64,
            committedLeaderEpoch: withDefault(int32, -1),
            metadata: nullable(string),
            errorCode: int16,
          }),
        }),
        errorCode: withDefault(int16, 0),
      }),
    ),
  },
});
