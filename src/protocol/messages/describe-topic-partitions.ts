import { api, array, bool, int16, int32, nullable, string, uuid, withDefault } from '../schema.ts';
import { OPERATIONS_NOT_REQUESTED } from './metadata.ts';

/**
 * DescribeTopicPartitions: topics page by page, with the eligible leader replicas of their partitions (KIP-966). The
 * cursor says where the next page begins; null is the beginning in a request, and the end in a response.
 */
export const describeTopicPartitions = api({
  key: 75,
  name: 'DescribeTopicPartitions',
  versions: [0, 0],
  flexibleFrom: 0,
  request: {
    topics: array({ name: string }),
    responsePartitionLimit: withDefault(int32, 2000),
    cursor: withDefault(nullable({ topicName: string, partitionIndex: int32 }), null),
  },
  response: {
    throttleTimeMs: withDefault(int32, 0),
    topics: array({
      errorCode: int16,
      name: nullable(string),
      topicId: uuid,
      isInternal: withDefault(bool, false),
      partitions: array({
        errorCode: int16,
        partitionIndex: int32,
        leaderId: int32,
        leaderEpoch: withDefault(int32, -1),
        replicaNodes: array(int32),
        isrNodes: array(int32),
        eligibleLeaderReplicas: withDefault(nullable(array(int32)), null),
        lastKnownElr: withDefault(nullable(array(int32)), null),
        offlineReplicas: array(int32),
      }),
      topicAuthorizedOperations: withDefault(int32, OPERATIONS_NOT_REQUESTED),
    }),
    nextCursor: withDefault(nullable({ topicName: string, partitionIndex: int32 }), null),
  },
});
