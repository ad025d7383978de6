import { ErrorCode } from '../../protocol/errors.ts';
import { TransactionError } from './transaction-coordinator.ts';

/** From this version on AddPartitionsToTxn, AddOffsetsToTxn and EndTxn say PRODUCER_FENCED; before it INVALID_PRODUCER_EPOCH. */
const FIRST_WITH_FENCED = 2;

/** The error code of what a transaction's request came to. Rethrows what is no TransactionError. */
export const transactionErrorCode = (error: unknown, version: number): number => {
  if (!(error instanceof TransactionError)) throw error;
  const isOld = error.error === 'PRODUCER_FENCED' && version < FIRST_WITH_FENCED;
  return ErrorCode[isOld ? 'INVALID_PRODUCER_EPOCH' : error.error];
};
