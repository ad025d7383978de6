import { ErrorCode } from '../../protocol/errors.ts';
import { describeProducers } from '../../protocol/messages/describe-producers.ts';
import { handler } from '../handler.ts';
import { may } from '../security/access.ts';

/** DescribeProducers: the idempotent and transactional producers that a partition remembers. */
export const handleDescribeProducers = handler(describeProducers, ({ request, broker, access }) => ({
  topics: request.topics.map(({ name, partitionIndexes }) => ({
    name,
    partitions: partitionIndexes.map((partitionIndex) => {
      if (!may(access, 'READ', 'TOPIC', name))
        return { partitionIndex, errorCode: ErrorCode.TOPIC_AUTHORIZATION_FAILED, activeProducers: [] };
      const partition = broker.topics.get(name)?.partitions[partitionIndex];
      if (partition === undefined)
        return { partitionIndex, errorCode: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, activeProducers: [] };
      const activeProducers = Array.from(partition.log.producers.states.entries(), ([producerId, state]) => ({
        producerId,
        producerEpoch: state.epoch,
        lastSequence: state.batches.at(-1)?.lastSequence ?? -1,
        lastTimestamp: state.timestampMs,
        coordinatorEpoch: state.coordinatorEpoch,
        currentTxnStartOffset: state.transactionStart,
      }));
      return { partitionIndex, errorCode: ErrorCode.NONE, activeProducers };
    }),
  })),
}));
