/**
 * The records of `__consumer_offsets` for offsets, classic groups and consumer groups (KIP-848): each key is followed by its
 * value, or by null to forget it.
 */
import {
  array,
  between,
  bytes,
  ignorable,
  int8,
  int32,
  int64,
  nullable,
  since,
  string,
  tagged,
  uuid,
  withDefault,
} from '../schema.ts';
import { recordSchema } from './record-schema.ts';

/** The key of a committed offset. Version 1 is written; 0 is of old and looks the same. */
export const offsetCommitKey = recordSchema({
  name: 'OffsetCommitKey',
  versions: [0, 1],
  flexibleFrom: null,
  fields: { group: string, topic: string, partition: int32 },
});

/**
 * A committed offset. Kafka 4.1 writes version 3, the last that is not flexible, or 1 with an offset that expires.
 * Timestamps are in milliseconds.
 */
export const offsetCommitValue = recordSchema({
  name: 'OffsetCommitValue',
  versions: [0, 4],
  flexibleFrom: 4,
  fields: {
    offset: int64,
    leaderEpoch: ignorable(since(3, int32, -1)),
    metadata: string,
    commitTimestamp: int64,
    expireTimestamp: ignorable(between(1, 1, int64, -1)),
    topicId: ignorable(tagged(0, 4, uuid)),
  },
});

/** The key of a classic group. */
export const groupMetadataKey = recordSchema({
  name: 'GroupMetadataKey',
  versions: [2, 2],
  flexibleFrom: null,
  fields: { group: string },
});

/**
 * A classic group: its generation, and its members with what they subscribed to and were assigned. Kafka 4.1 writes
 * version 3. Times are in milliseconds.
 */
export const groupMetadataValue = recordSchema({
  name: 'GroupMetadataValue',
  versions: [0, 4],
  flexibleFrom: 4,
  fields: {
    protocolType: string,
    generation: int32,
    protocol: nullable(string),
    leader: nullable(string),
    currentStateTimestamp: ignorable(since(2, int64, -1)),
    members: array({
      memberId: string,
      groupInstanceId: ignorable(since(3, nullable(string), null)),
      clientId: string,
      clientHost: string,
      rebalanceTimeout: ignorable(since(1, int32, -1)),
      sessionTimeout: int32,
      subscription: bytes,
      assignment: bytes,
    }),
  },
});

/** The key of a record of one consumer group, by its type. */
const consumerGroupKey = <const Name extends string>(name: Name, type: number) =>
  recordSchema({ name, versions: [type, type], flexibleFrom: null, fields: { groupId: string } });

/** The key of a record of one member of a consumer group, by its type. */
const consumerMemberKey = <const Name extends string>(name: Name, type: number) =>
  recordSchema({ name, versions: [type, type], flexibleFrom: null, fields: { groupId: string, memberId: string } });

const topicPartitions = array({ topicId: uuid, partitions: array(int32) });

/** The key of a consumer group (KIP-848). */
export const consumerGroupMetadataKey = consumerGroupKey('ConsumerGroupMetadataKey', 3);

/** A consumer group: its epoch, and a hash of the topics it reads that changes with them (KIP-1101). */
export const consumerGroupMetadataValue = recordSchema({
  name: 'ConsumerGroupMetadataValue',
  versions: [0, 0],
  flexibleFrom: 0,
  fields: { epoch: int32, metadataHash: tagged(0, 0, int64) },
});

/** The key of the topics that a consumer group reads; Kafka 4.1 has a hash in their place. */
export const consumerGroupPartitionMetadataKey = consumerGroupKey('ConsumerGroupPartitionMetadataKey', 4);

/** The topics that a consumer group reads, as Kafka wrote them before 4.1. */
export const consumerGroupPartitionMetadataValue = recordSchema({
  name: 'ConsumerGroupPartitionMetadataValue',
  versions: [0, 0],
  flexibleFrom: 0,
  fields: {
    topics: array({
      topicId: uuid,
      topicName: string,
      numPartitions: int32,
      partitionMetadata: array({ partition: int32, racks: array(string) }),
    }),
  },
});

/** The key of a member of a consumer group. */
export const consumerGroupMemberMetadataKey = consumerMemberKey('ConsumerGroupMemberMetadataKey', 5);

/**
 * A member of a consumer group: who it is and what it subscribes to. `rebalanceTimeoutMs` is -1 when it is not known;
 * `classicMemberMetadata` is there for a member that speaks the classic protocol.
 */
export const consumerGroupMemberMetadataValue = recordSchema({
  name: 'ConsumerGroupMemberMetadataValue',
  versions: [0, 0],
  flexibleFrom: 0,
  fields: {
    instanceId: nullable(string),
    rackId: nullable(string),
    clientId: string,
    clientHost: string,
    subscribedTopicNames: array(string),
    subscribedTopicRegex: nullable(string),
    rebalanceTimeoutMs: withDefault(int32, -1),
    serverAssignor: nullable(string),
    classicMemberMetadata: tagged(
      0,
      0,
      nullable({ sessionTimeoutMs: int32, supportedProtocols: array({ name: string, metadata: bytes }) }),
      null,
    ),
  },
});

/** The key of the epoch of a consumer group's target assignment. */
export const consumerGroupTargetAssignmentMetadataKey = consumerGroupKey('ConsumerGroupTargetAssignmentMetadataKey', 6);

/** Which epoch of a consumer group its target assignment was made for. */
export const consumerGroupTargetAssignmentMetadataValue = recordSchema({
  name: 'ConsumerGroupTargetAssignmentMetadataValue',
  versions: [0, 0],
  flexibleFrom: 0,
  fields: { assignmentEpoch: int32 },
});

/** The key of what a member of a consumer group shall have. */
export const consumerGroupTargetAssignmentMemberKey = consumerMemberKey('ConsumerGroupTargetAssignmentMemberKey', 7);

/** The partitions a member of a consumer group shall have. */
export const consumerGroupTargetAssignmentMemberValue = recordSchema({
  name: 'ConsumerGroupTargetAssignmentMemberValue',
  versions: [0, 0],
  flexibleFrom: 0,
  fields: { topicPartitions },
});

/** The key of what a member of a consumer group has. */
export const consumerGroupCurrentMemberAssignmentKey = consumerMemberKey('ConsumerGroupCurrentMemberAssignmentKey', 8);

/** The epoch and state of a member of a consumer group, the partitions it has, and those it is to give up. */
export const consumerGroupCurrentMemberAssignmentValue = recordSchema({
  name: 'ConsumerGroupCurrentMemberAssignmentValue',
  versions: [0, 0],
  flexibleFrom: 0,
  fields: {
    memberEpoch: int32,
    previousMemberEpoch: int32,
    state: int8,
    assignedPartitions: topicPartitions,
    partitionsPendingRevocation: topicPartitions,
  },
});
