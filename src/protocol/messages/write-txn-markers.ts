import { api, array, bool, int16, int32, int64, string } from '../schema.ts';

/**
 * WriteTxnMarkers: a transaction coordinator has the leaders of partitions write the end of a transaction into them;
 * `transactionResult` is true for a commit (KIP-98). A request between brokers.
 */
export const writeTxnMarkers = api({
  key: 27,
  name: 'WriteTxnMarkers',
  versions: [1, 1],
  flexibleFrom: 1,
  request: {
    markers: array({
      producerId: int64,
      producerEpoch: int16,
      transactionResult: bool,
      topics: array({ name: string, partitionIndexes: array(int32) }),
      coordinatorEpoch: int32,
    }),
  },
  response: {
    markers: array({
      producerId: int64,
      topics: array({ name: string, partitions: array({ partitionIndex: int32, errorCode: int16 }) }),
    }),
  },
});
