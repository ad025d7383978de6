import { api, array, ignorable, int8, int16, int32, int64, since, string, withDefault } from '../schema.ts';

/** In place of a time: the offset after the last record. */
export const LATEST_TIMESTAMP = -1;
/** In place of a time: the first offset the partition still has. */
export const EARLIEST_TIMESTAMP = -2;
/** In place of a time: the offset of the record with the greatest time, from version 7 on (KIP-734). */
export const MAX_TIMESTAMP = -3;
/** In place of a time: the earliest offset that is on the broker's own disk, from version 8 on (KIP-405). */
export const EARLIEST_LOCAL_TIMESTAMP = -4;

/** ListOffsets: earliest, latest, max-timestamp, or the first offset at or after a time in milliseconds. */
export const listOffsets = api({
  key: 2,
  name: 'ListOffsets',
  versions: [1, 8],
  flexibleFrom: 6,
  request: {
    replicaId: int32,
    isolationLevel: since(2, int8),
    topics: array({
      name: string,
      partitions: array({
        partitionIndex: int32,
        currentLeaderEpoch: ignorable(since(4, int32, -1)),
        timestamp: int64,
      }),
    }),
  },
  response: {
    throttleTimeMs: ignorable(since(2, int32)),
    topics: array({
      name: string,
      partitions: array({
        partitionIndex: int32,
        errorCode: int16,
        timestamp: withDefault(int64, -1),
        offset: withDefault(int64, -1),
        leaderEpoch: since(4, int32, -1),
      }),
    }),
  },
});
