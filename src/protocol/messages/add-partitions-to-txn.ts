import { api, array, int16, int32, int64, string, withDefault } from '../schema.ts';

/**
 * AddPartitionsToTxn: the producer tells which partitions its transaction is about to write to (KIP-98). From version
 * 4 on brokers alone send it, in another shape: those versions are not described here.
 */
export const addPartitionsToTxn = api({
  key: 24,
  name: 'AddPartitionsToTxn',
  versions: [0, 3],
  flexibleFrom: 3,
  request: {
    v3AndBelowTransactionalId: string,
    v3AndBelowProducerId: int64,
    v3AndBelowProducerEpoch: int16,
    v3AndBelowTopics: array({ name: string, partitions: array(int32) }),
  },
  response: {
    throttleTimeMs: withDefault(int32, 0),
    resultsByTopicV3AndBelow: array({
      name: string,
      resultsByPartition: array({ partitionIndex: int32, partitionErrorCode: int16 }),
    }),
  },
});
