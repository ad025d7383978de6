import { ErrorCode } from '../../protocol/errors.ts';
import { endTxn } from '../../protocol/messages/end-txn.ts';
import { laterHandler } from '../handler.ts';
import { transactionErrorCode } from '../transactions/transaction-errors.ts';

/** EndTxn: answered when the markers of the commit or abort are written. */
export const handleEndTxn = laterHandler(endTxn, async ({ request, version, broker }) => {
  const { transactionalId, committed, ...producer } = request;
  try {
    await broker.transactions.end(transactionalId, producer, committed);
    return { errorCode: ErrorCode.NONE };
  } catch (error) {
    return { errorCode: transactionErrorCode(error, version) };
  }
});
