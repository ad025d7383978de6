import {
  api,
  array,
  ignorable,
  int16,
  int32,
  int64,
  nullable,
  records,
  since,
  string,
  tagged,
  withDefault,
} from '../schema.ts';

/**
 * Produce: record batches to append, one batch a partition. With acks 0 there is no response.
 * Tagged fields from version 10 tell a producer that asked the wrong broker where the leader is (KIP-951).
 */
export const produce = api({
  key: 0,
  name: 'Produce',
  versions: [3, 11],
  flexibleFrom: 9,
  request: {
    transactionalId: withDefault(nullable(string), null),
    acks: int16,
    timeoutMs: int32,
    topicData: array({
      name: string,
      partitionData: array({ index: int32, records }),
    }),
  },
  response: {
    responses: array({
      name: string,
      partitionResponses: array({
        index: int32,
        errorCode: int16,
        baseOffset: int64,
        logAppendTimeMs: withDefault(int64, -1),
        logStartOffset: ignorable(since(5, int64, -1)),
        recordErrors: ignorable(
          since(8, array({ batchIndex: int32, batchIndexErrorMessage: withDefault(nullable(string), null) })),
        ),
        errorMessage: ignorable(since(8, nullable(string), null)),
        currentLeader: tagged(0, 10, { leaderId: withDefault(int32, -1), leaderEpoch: withDefault(int32, -1) }),
      }),
    }),
    throttleTimeMs: withDefault(int32, 0),
    nodeEndpoints: tagged(
      0,
      10,
      array({ nodeId: int32, host: string, port: int32, rack: withDefault(nullable(string), null) }),
    ),
  },
});
