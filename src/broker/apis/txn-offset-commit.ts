import { ErrorCode } from '../../protocol/errors.ts';
import { txnOffsetCommit } from '../../protocol/messages/txn-offset-commit.ts';
import { commitTransactional } from '../groups/offset-commits.ts';
import { laterHandler } from '../handler.ts';
import { OFFSETS_TOPIC } from '../topics.ts';

/** TxnOffsetCommit: offsets that count once the producer's transaction is committed. */
export const handleTxnOffsetCommit = laterHandler(txnOffsetCommit, async ({ request, broker }) => {
  const { transactionalId, groupId, producerId, producerEpoch, memberId, groupInstanceId, generationId } = request;
  const partition = { topic: OFFSETS_TOPIC, index: (await broker.groups.offsetsTopic.partitionOf(groupId)).index };
  const error = broker.transactions.writeError(transactionalId, { producerId, producerEpoch }, partition);
  if (error !== null) {
    const errorCode = ErrorCode[error];
    return {
      topics: request.topics.map(({ name, partitions }) => ({
        name,
        partitions: partitions.map(({ partitionIndex }) => ({ partitionIndex, errorCode })),
      })),
    };
  }
  return {
    topics: await commitTransactional(broker.groups, {
      groupId,
      memberId,
      instanceId: groupInstanceId,
      generationId,
      retentionMs: null,
      topics: request.topics,
      producerId,
      producerEpoch,
    }),
  };
});
