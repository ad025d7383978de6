import { api, array, int16, int32, nullable, string, withDefault } from '../schema.ts';

/**
 * ListPartitionReassignments: the partitions that are on the move to other replicas (KIP-455). `topics` null means
 * all.
 */
export const listPartitionReassignments = api({
  key: 46,
  name: 'ListPartitionReassignments',
  versions: [0, 0],
  flexibleFrom: 0,
  request: {
    timeoutMs: withDefault(int32, 60000),
    topics: withDefault(nullable(array({ name: string, partitionIndexes: array(int32) })), null),
  },
  response: {
    throttleTimeMs: withDefault(int32, 0),
    errorCode: int16,
    errorMessage: nullable(string),
    topics: array({
      name: string,
      partitions: array({
        partitionIndex: int32,
        replicas: array(int32),
        addingReplicas: array(int32),
        removingReplicas: array(int32),
      }),
    }),
  },
});
