import { ErrorCode } from '../../protocol/errors.ts';
import { alterPartitionReassignments } from '../../protocol/messages/alter-partition-reassignments.ts';
import { handler } from '../handler.ts';
import { mayOnCluster } from '../security/access.ts';
import type { BrokerState } from '../state.ts';
import { TopicError } from '../topics.ts';
import { checkReplicas } from './create-topics.ts';

/** AlterPartitionReassignments: replicas can be nowhere but here, where they are. */
export const handleAlterPartitionReassignments = handler(
  alterPartitionReassignments,
  ({ request, broker, access }) => ({
    errorCode: mayOnCluster(access, 'ALTER') ? ErrorCode.NONE : ErrorCode.CLUSTER_AUTHORIZATION_FAILED,
    errorMessage: null,
    ...(!request.allowReplicationFactorChange && { allowReplicationFactorChange: false }),
    responses: (mayOnCluster(access, 'ALTER') ? request.topics : []).map(({ name, partitions }) => ({
      name,
      partitions: partitions.map(({ partitionIndex, replicas }) => ({
        partitionIndex,
        ...reassign(name, partitionIndex, replicas, broker),
      })),
    })),
  }),
);

const reassign = (name: string, partitionIndex: number, replicas: readonly number[] | null, broker: BrokerState) => {
  try {
    if (broker.topics.get(name)?.partitions[partitionIndex] === undefined)
      throw new TopicError('UNKNOWN_TOPIC_OR_PARTITION', `There is no partition ${name}-${partitionIndex}.`);
    if (replicas === null)
      throw new TopicError('NO_REASSIGNMENT_IN_PROGRESS', 'Nothing is on the move that could be stopped.');
    checkReplicas(replicas, broker.settings.nodeId);
    return { errorCode: ErrorCode.NONE, errorMessage: null };
  } catch (error) {
    if (error instanceof TopicError) return { errorCode: error.code, errorMessage: error.message };
    throw error;
  }
};
