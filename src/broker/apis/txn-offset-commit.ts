import { ErrorCode } from '../../protocol/errors.ts';
import { txnOffsetCommit } from '../../protocol/messages/txn-offset-commit.ts';
import { commitTransactional } from '../groups/offset-commits.ts';
import { laterHandler } from '../handler.ts';
import { may } from '../security/access.ts';
import { byAccess, refuse } from '../security/topic-access.ts';
import { OFFSETS_TOPIC } from '../topics.ts';

/** TxnOffsetCommit: offsets that count once the producer's transaction is committed. */
export const handleTxnOffsetCommit = laterHandler(txnOffsetCommit, async ({ request, broker, access }) => {
  const { transactionalId, groupId, producerId, producerEpoch, memberId, groupInstanceId, generationId } = request;
  if (!may(access, 'WRITE', 'TRANSACTIONAL_ID', transactionalId))
    return { topics: refuse(request.topics, ErrorCode.TRANSACTIONAL_ID_AUTHORIZATION_FAILED) };
  if (!may(access, 'READ', 'GROUP', groupId))
    return { topics: refuse(request.topics, ErrorCode.GROUP_AUTHORIZATION_FAILED) };
  const [readable, forbidden] = byAccess(access, 'READ', request.topics);
  const partition = { topic: OFFSETS_TOPIC, index: (await broker.groups.offsetsTopic.partitionOf(groupId)).index };
  const error = broker.transactions.writeError(transactionalId, { producerId, producerEpoch }, partition);
  if (error !== null) {
    return { topics: refuse(request.topics, ErrorCode[error]) };
  }
  return {
    topics: [
      ...refuse(forbidden, ErrorCode.TOPIC_AUTHORIZATION_FAILED),
      ...(await commitTransactional(broker.groups, {
        groupId,
        memberId,
        instanceId: groupInstanceId,
        generationId,
        retentionMs: null,
        topics: readable,
        producerId,
        producerEpoch,
      })),
    ],
  };
});
