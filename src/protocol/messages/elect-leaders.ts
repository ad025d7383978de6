import { api, array, int8, int16, int32, nullable, since, string, withDefault } from '../schema.ts';

/**
 * ElectLeaders: makes the preferred replica, or from version 1 on request any live one, the leader (KIP-183,
 * KIP-460). `topicPartitions` null means all partitions.
 */
export const electLeaders = api({
  key: 43,
  name: 'ElectLeaders',
  versions: [0, 2],
  flexibleFrom: 2,
  request: {
    electionType: since(1, int8),
    topicPartitions: nullable(array({ topic: string, partitions: array(int32) })),
    timeoutMs: withDefault(int32, 60000),
  },
  response: {
    throttleTimeMs: withDefault(int32, 0),
    errorCode: since(1, int16),
    replicaElectionResults: array({
      topic: string,
      partitionResult: array({ partitionId: int32, errorCode: int16, errorMessage: nullable(string) }),
    }),
  },
});
