import { groupMetadataKey, groupMetadataValue, offsetCommitKey, offsetCommitValue } from './consumer-offsets.ts';
import { consumerProtocolAssignment, consumerProtocolSubscription } from './consumer-protocol.ts';
import { producerSnapshot } from './producer-snapshot.ts';
import type { RecordSchema } from './record-schema.ts';
import { transactionLogKey, transactionLogValue } from './transaction-log.ts';

/** Every record described: what tests walk over. */
export const allRecords: readonly RecordSchema[] = [
  offsetCommitKey,
  offsetCommitValue,
  groupMetadataKey,
  groupMetadataValue,
  transactionLogKey,
  transactionLogValue,
  consumerProtocolSubscription,
  consumerProtocolAssignment,
  producerSnapshot,
];
