import { ErrorCode } from '../../protocol/errors.ts';
import { endTxn } from '../../protocol/messages/end-txn.ts';
import { laterHandler } from '../handler.ts';
import { may } from '../security/access.ts';
import { transactionErrorCode } from '../transactions/transaction-errors.ts';

/** EndTxn: answered when the markers of the commit or abort are written. */
export const handleEndTxn = laterHandler(endTxn, async ({ request, version, broker, access }) => {
  const { transactionalId, committed, ...producer } = request;
  if (!may(access, 'WRITE', 'TRANSACTIONAL_ID', transactionalId))
    return { errorCode: ErrorCode.TRANSACTIONAL_ID_AUTHORIZATION_FAILED };
  try {
    await broker.transactions.end(transactionalId, producer, committed);
    return { errorCode: ErrorCode.NONE };
  } catch (error) {
    return { errorCode: transactionErrorCode(error, version) };
  }
});
