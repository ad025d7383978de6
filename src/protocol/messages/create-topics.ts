import {
  api,
  array,
  bool,
  ignorable,
  int8,
  int16,
  int32,
  nullable,
  since,
  string,
  tagged,
  uuid,
  withDefault,
} from '../schema.ts';

/**
 * CreateTopics. Number of partitions and replication factor are -1 for the broker's own defaults (KIP-464) and when
 * `assignments` names the replicas; the response tells from version 5 what the topic got (KIP-525).
 */
export const createTopics = api({
  key: 19,
  name: 'CreateTopics',
  versions: [2, 7],
  flexibleFrom: 5,
  request: {
    topics: array({
      name: string,
      numPartitions: int32,
      replicationFactor: int16,
      assignments: array({ partitionIndex: int32, brokerIds: array(int32) }),
      configs: array({ name: string, value: nullable(string) }),
    }),
    timeoutMs: withDefault(int32, 60000),
    validateOnly: withDefault(bool, false),
  },
  response: {
    throttleTimeMs: withDefault(int32, 0),
    topics: array({
      name: string,
      topicId: ignorable(since(7, uuid)),
      errorCode: int16,
      errorMessage: nullable(string),
      topicConfigErrorCode: ignorable(tagged(0, 5, int16)),
      numPartitions: ignorable(since(5, int32, -1)),
      replicationFactor: ignorable(since(5, int16, -1)),
      configs: ignorable(
        since(
          5,
          nullable(
            array({
              name: string,
              value: nullable(string),
              readOnly: bool,
              configSource: withDefault(int8, -1),
              isSensitive: bool,
            }),
          ),
        ),
      ),
    }),
  },
});
