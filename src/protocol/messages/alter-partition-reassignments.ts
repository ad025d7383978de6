import { api, array, bool, ignorable, int16, int32, nullable, since, string, withDefault } from '../schema.ts';

/** AlterPartitionReassignments: moves partitions to other replicas; `replicas` null cancels a move (KIP-455). */
export const alterPartitionReassignments = api({
  key: 45,
  name: 'AlterPartitionReassignments',
  versions: [0, 1],
  flexibleFrom: 0,
  request: {
    timeoutMs: withDefault(int32, 60000),
    allowReplicationFactorChange: since(1, bool, true),
    topics: array({
      name: string,
      partitions: array({ partitionIndex: int32, replicas: withDefault(nullable(array(int32)), null) }),
    }),
  },
  response: {
    throttleTimeMs: withDefault(int32, 0),
    allowReplicationFactorChange: ignorable(since(1, bool, true)),
    errorCode: int16,
    errorMessage: nullable(string),
    responses: array({
      name: string,
      partitions: array({ partitionIndex: int32, errorCode: int16, errorMessage: nullable(string) }),
    }),
  },
});
