/** The records of `__transaction_state`: each key is followed by its value, or by null to forget the transactional id. */
import { array, int8, int16, int32, int64, nullable, string, tagged } from '../schema.ts';
import { recordSchema } from './record-schema.ts';

/** The key of a transactional id. */
export const transactionLogKey = recordSchema({
  name: 'TransactionLogKey',
  versions: [0, 0],
  flexibleFrom: null,
  fields: { transactionalId: string },
});

/**
 * The state of a transactional id. Times are in milliseconds, -1 when there is none. The status is 0 empty, 1 ongoing,
 * 2 prepare commit, 3 prepare abort, 4 complete commit, 5 complete abort, 6 dead, 7 prepare epoch fence
 * (`TransactionState` of the transaction coordinator). Partitions are null while the state is empty. Version 1 has room
 * for the producer ids of transaction version 2 (KIP-890).
 */
export const transactionLogValue = recordSchema({
  name: 'TransactionLogValue',
  versions: [0, 1],
  flexibleFrom: 1,
  fields: {
    producerId: int64,
    previousProducerId: tagged(0, 1, int64, -1),
    nextProducerId: tagged(1, 1, int64, -1),
    producerEpoch: int16,
    nextProducerEpoch: tagged(3, 1, int16, -1),
    transactionTimeoutMs: int32,
    transactionStatus: int8,
    transactionPartitions: nullable(array({ topic: string, partitionIds: array(int32) })),
    transactionLastUpdateTimestampMs: int64,
    transactionStartTimestampMs: int64,
    clientTransactionVersion: tagged(2, 1, int16),
  },
});
