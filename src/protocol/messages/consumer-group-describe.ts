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
  uuid,
  withDefault,
} from '../schema.ts';
import { OPERATIONS_NOT_REQUESTED } from './metadata.ts';

const assignment = {
  topicPartitions: array({ topicId: uuid, topicName: string, partitions: array(int32) }),
};

/**
 * ConsumerGroupDescribe: the state of consumer groups, with the current and the target assignment of each member
 * (KIP-848), from version 1 with the type of the member (KIP-1099).
 */
export const consumerGroupDescribe = api({
  key: 69,
  name: 'ConsumerGroupDescribe',
  versions: [0, 1],
  flexibleFrom: 0,
  request: { groupIds: array(string), includeAuthorizedOperations: bool },
  response: {
    throttleTimeMs: withDefault(int32, 0),
    groups: array({
      errorCode: int16,
      errorMessage: withDefault(nullable(string), null),
      groupId: string,
      groupState: string,
      groupEpoch: int32,
      assignmentEpoch: int32,
      assignorName: string,
      members: array({
        memberId: string,
        instanceId: withDefault(nullable(string), null),
        rackId: withDefault(nullable(string), null),
        memberEpoch: int32,
        clientId: string,
        clientHost: string,
        subscribedTopicNames: array(string),
        subscribedTopicRegex: withDefault(nullable(string), null),
        assignment,
        targetAssignment: assignment,
        memberType: ignorable(since(1, int8, -1)),
      }),
      authorizedOperations: withDefault(int32, OPERATIONS_NOT_REQUESTED),
    }),
  },
});
