import { api, array, ignorable, int16, int32, int64, since, string, withDefault } from '../schema.ts';

/**
 * OffsetForLeaderEpoch: where the records of a leader epoch end, for finding out whether a log was truncated
 * (KIP-101, KIP-320).
 */
export const offsetForLeaderEpoch = api({
  key: 23,
  name: 'OffsetForLeaderEpoch',
  versions: [2, 4],
  flexibleFrom: 4,
  request: {
    replicaId: ignorable(since(3, int32, -2)),
    topics: array({
      topic: string,
      partitions: array({ partition: int32, currentLeaderEpoch: withDefault(int32, -1), leaderEpoch: int32 }),
    }),
  },
  response: {
    throttleTimeMs: withDefault(int32, 0),
    topics: array({
      topic: string,
      partitions: array({
        errorCode: int16,
        partition: int32,
        leaderEpoch: withDefault(int32, -1),
        endOffset: withDefault(int64, -1),
      }),
    }),
  },
});
