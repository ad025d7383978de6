import { ErrorCode } from '../../protocol/errors.ts';
import { listPartitionReassignments } from '../../protocol/messages/list-partition-reassignments.ts';
import { handler } from '../handler.ts';

/** ListPartitionReassignments: there is nowhere a partition could be on the move to. */
export const handleListPartitionReassignments = handler(listPartitionReassignments, () => ({
  errorCode: ErrorCode.NONE,
  errorMessage: null,
  topics: [],
}));
