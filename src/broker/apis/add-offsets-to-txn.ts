import { ErrorCode } from '../../protocol/errors.ts';
import { addOffsetsToTxn } from '../../protocol/messages/add-offsets-to-txn.ts';
import { laterHandler } from '../handler.ts';
import { may } from '../security/access.ts';
import { OFFSETS_TOPIC } from '../topics.ts';
import { transactionErrorCode } from '../transactions/transaction-errors.ts';

/** AddOffsetsToTxn: the partition of `__consumer_offsets` that keeps the group becomes part of the transaction. */
export const handleAddOffsetsToTxn = laterHandler(addOffsetsToTxn, async ({ request, version, broker, access }) => {
  const { transactionalId, groupId, ...producer } = request;
  if (!may(access, 'WRITE', 'TRANSACTIONAL_ID', transactionalId))
    return { errorCode: ErrorCode.TRANSACTIONAL_ID_AUTHORIZATION_FAILED };
  if (!may(access, 'READ', 'GROUP', groupId)) return { errorCode: ErrorCode.GROUP_AUTHORIZATION_FAILED };
  const errorCode = await broker.groups.readiness();
  if (errorCode !== ErrorCode.NONE) return { errorCode };
  const { index } = await broker.groups.offsetsTopic.partitionOf(groupId);
  try {
    await broker.transactions.addPartitions(transactionalId, producer, [{ topic: OFFSETS_TOPIC, index }]);
    return { errorCode: ErrorCode.NONE };
  } catch (error) {
    return { errorCode: transactionErrorCode(error, version) };
  }
});
