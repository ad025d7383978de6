import { api, array, int16, int32, nullable, since, string, uuid, withDefault } from '../schema.ts';

/** The member epoch of a member that joins. */
export const JOIN_MEMBER_EPOCH = 0;
/** The member epoch of a member that leaves. */
export const LEAVE_MEMBER_EPOCH = -1;
/** The member epoch of a static member that leaves and means to come back. */
export const LEAVE_STATIC_MEMBER_EPOCH = -2;

const topicPartitions = array({ topicId: uuid, partitions: array(int32) });

/**
 * ConsumerGroupHeartbeat: joins, keeps up and leaves a consumer group, whose coordinator assigns the partitions
 * (KIP-848). What is null or at its default has not changed since the last heartbeat; from version 1 the member
 * makes its own id (KIP-1082) and may name topics by a regular expression.
 */
export const consumerGroupHeartbeat = api({
  key: 68,
  name: 'ConsumerGroupHeartbeat',
  versions: [0, 1],
  flexibleFrom: 0,
  request: {
    groupId: string,
    memberId: string,
    memberEpoch: int32,
    instanceId: withDefault(nullable(string), null),
    rackId: withDefault(nullable(string), null),
    rebalanceTimeoutMs: withDefault(int32, -1),
    subscribedTopicNames: withDefault(nullable(array(string)), null),
    subscribedTopicRegex: since(1, nullable(string), null),
    serverAssignor: withDefault(nullable(string), null),
    topicPartitions: withDefault(nullable(topicPartitions), null),
  },
  response: {
    throttleTimeMs: withDefault(int32, 0),
    errorCode: int16,
    errorMessage: withDefault(nullable(string), null),
    memberId: withDefault(nullable(string), null),
    memberEpoch: int32,
    heartbeatIntervalMs: int32,
    assignment: withDefault(nullable({ topicPartitions }), null),
  },
});
