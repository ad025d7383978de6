import { ErrorCode } from '../../protocol/errors.ts';
import { listPartitionReassignments } from '../../protocol/messages/list-partition-reassignments.ts';
import { handler } from '../handler.ts';
import { mayOnCluster } from '../security/access.ts';

/** ListPartitionReassignments: there is nowhere a partition could be on the move to. */
export const handleListPartitionReassignments = handler(listPartitionReassignments, ({ access }) => ({
  errorCode: mayOnCluster(access, 'DESCRIBE') ? ErrorCode.NONE : ErrorCode.CLUSTER_AUTHORIZATION_FAILED,
  errorMessage: null,
  topics: [],
}));
