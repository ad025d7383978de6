import {
  api,
  array,
  between,
  ignorable,
  int8,
  int16,
  int32,
  int64,
  nullable,
  records,
  since,
  string,
  tagged,
  uuid,
  withDefault,
} from '../schema.ts';

/**
 * Fetch: records from offsets on, waiting for them if there are too few (KIP-74 for the limits in bytes).
 * Topics go by name up to version 12 and by id from 13 (KIP-516); sessions from 7 (KIP-227); tagged fields from 12 tell
 * of truncation (KIP-595) and from 16 where the leader is (KIP-951).
 */
export const fetch = api({
  key: 1,
  name: 'Fetch',
  versions: [4, 16],
  flexibleFrom: 12,
  request: {
    clusterId: ignorable(tagged(0, 12, nullable(string), null)),
    replicaId: between(0, 14, int32, -1),
    replicaState: tagged(1, 15, { replicaId: withDefault(int32, -1), replicaEpoch: withDefault(int64, -1) }),
    maxWaitMs: int32,
    minBytes: int32,
    maxBytes: withDefault(int32, 0x7fffffff),
    isolationLevel: withDefault(int8, 0),
    sessionId: ignorable(since(7, int32)),
    sessionEpoch: ignorable(since(7, int32, -1)),
    topics: array({
      topic: ignorable(between(0, 12, string)),
      topicId: ignorable(since(13, uuid)),
      partitions: array({
        partition: int32,
        currentLeaderEpoch: ignorable(since(9, int32, -1)),
        fetchOffset: int64,
        lastFetchedEpoch: since(12, int32, -1),
        logStartOffset: ignorable(since(5, int64, -1)),
        partitionMaxBytes: int32,
      }),
    }),
    forgottenTopicsData: since(
      7,
      array({
        topic: ignorable(between(7, 12, string)),
        topicId: ignorable(since(13, uuid)),
        partitions: array(int32),
      }),
    ),
    rackId: ignorable(since(11, string)),
  },
  response: {
    throttleTimeMs: withDefault(int32, 0),
    errorCode: ignorable(since(7, int16)),
    sessionId: since(7, int32),
    responses: array({
      topic: ignorable(between(0, 12, string)),
      topicId: ignorable(since(13, uuid)),
      partitions: array({
        partitionIndex: int32,
        errorCode: int16,
        highWatermark: int64,
        lastStableOffset: withDefault(int64, -1),
        logStartOffset: ignorable(since(5, int64, -1)),
        divergingEpoch: tagged(0, 12, { epoch: withDefault(int32, -1), endOffset: withDefault(int64, -1) }),
        currentLeader: tagged(1, 12, { leaderId: withDefault(int32, -1), leaderEpoch: withDefault(int32, -1) }),
        snapshotId: tagged(2, 12, { endOffset: withDefault(int64, -1), epoch: withDefault(int32, -1) }),
        abortedTransactions: nullable(array({ producerId: int64, firstOffset: int64 })),
        preferredReadReplica: since(11, int32, -1),
        records,
      }),
    }),
    nodeEndpoints: tagged(
      0,
      16,
      array({ nodeId: int32, host: string, port: int32, rack: withDefault(nullable(string), null) }),
    ),
  },
});
