import { ErrorCode } from '../../protocol/errors.ts';
import { addPartitionsToTxn } from '../../protocol/messages/add-partitions-to-txn.ts';
import { laterHandler } from '../handler.ts';
import { may } from '../security/access.ts';
import type { BrokerState } from '../state.ts';
import { isInternalTopic } from '../topics.ts';
import { transactionErrorCode } from '../transactions/transaction-errors.ts';

/** AddPartitionsToTxn: all partitions become part of the producer's transaction, or none does. */
export const handleAddPartitionsToTxn = laterHandler(
  addPartitionsToTxn,
  async ({ request, version, broker, access }) => {
    const topics = request.v3AndBelowTopics;
    const asked = topics.flatMap(({ name, partitions }) => partitions.map((index) => ({ topic: name, index })));
    const mayUseId = may(access, 'WRITE', 'TRANSACTIONAL_ID', request.v3AndBelowTransactionalId);
    const faultOf = (topic: string, index: number): number => {
      if (!mayUseId) return ErrorCode.TRANSACTIONAL_ID_AUTHORIZATION_FAILED;
      return may(access, 'WRITE', 'TOPIC', topic) ? fault(topic, index, broker) : ErrorCode.TOPIC_AUTHORIZATION_FAILED;
    };
    const hasFault = asked.some((each) => faultOf(each.topic, each.index) !== ErrorCode.NONE);
    const producer = {
      producerId: request.v3AndBelowProducerId,
      producerEpoch: request.v3AndBelowProducerEpoch,
    };
    let errorCode: number = ErrorCode.NONE;
    if (!hasFault) {
      try {
        await broker.transactions.addPartitions(request.v3AndBelowTransactionalId, producer, asked);
      } catch (error) {
        errorCode = transactionErrorCode(error, version);
      }
    }
    const codeOf = (topic: string, index: number): number => {
      if (!hasFault) return errorCode;
      const own = faultOf(topic, index);
      return own === ErrorCode.NONE ? ErrorCode.OPERATION_NOT_ATTEMPTED : own;
    };
    return {
      resultsByTopicV3AndBelow: topics.map(({ name, partitions }) => ({
        name,
        resultsByPartition: partitions.map((partitionIndex) => ({
          partitionIndex,
          partitionErrorCode: codeOf(name, partitionIndex),
        })),
      })),
    };
  },
);

const fault = (topic: string, index: number, broker: BrokerState): number => {
  if (isInternalTopic(topic)) return ErrorCode.TOPIC_AUTHORIZATION_FAILED;
  const partition = broker.topics.get(topic)?.partitions[index];
  return partition === undefined ? ErrorCode.UNKNOWN_TOPIC_OR_PARTITION : ErrorCode.NONE;
};
