import { api, array, between, bool, ignorable, int16, int32, nullable, since, string, uuid } from '../schema.ts';

/** What authorized-operations fields hold when nobody asked for them (`Integer.MIN_VALUE`, KIP-430). */
export const OPERATIONS_NOT_REQUESTED = -2147483648;

/**
 * Metadata: brokers, topics, partitions and their leaders. In a request, topics null means all (from version 1; in
 * version 0 the empty array does).
 */
export const metadata = api({
  key: 3,
  name: 'Metadata',
  versions: [0, 12],
  flexibleFrom: 9,
  request: {
    topics: nullable(array({ topicId: ignorable(since(10, uuid)), name: nullable(string, 10) }), 1),
    allowAutoTopicCreation: since(4, bool, true),
    includeClusterAuthorizedOperations: between(8, 10, bool),
    includeTopicAuthorizedOperations: since(8, bool),
  },
  response: {
    throttleTimeMs: ignorable(since(3, int32)),
    brokers: array({
      nodeId: int32,
      host: string,
      port: int32,
      rack: ignorable(since(1, nullable(string), null)),
    }),
    clusterId: ignorable(since(2, nullable(string), null)),
    controllerId: ignorable(since(1, int32, -1)),
    topics: array({
      errorCode: int16,
      name: nullable(string, 12),
      topicId: ignorable(since(10, uuid)),
      isInternal: ignorable(since(1, bool)),
      partitions: array({
        errorCode: int16,
        partitionIndex: int32,
        leaderId: int32,
        leaderEpoch: ignorable(since(7, int32, -1)),
        replicaNodes: array(int32),
        isrNodes: array(int32),
        offlineReplicas: ignorable(since(5, array(int32))),
      }),
      topicAuthorizedOperations: since(8, int32, OPERATIONS_NOT_REQUESTED),
    }),
    clusterAuthorizedOperations: between(8, 10, int32, OPERATIONS_NOT_REQUESTED),
  },
});
