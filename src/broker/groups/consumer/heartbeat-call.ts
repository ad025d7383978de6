import {
  JOIN_MEMBER_EPOCH,
  LEAVE_MEMBER_EPOCH,
  LEAVE_STATIC_MEMBER_EPOCH,
} from '../../../protocol/messages/consumer-group-heartbeat.ts';
import type { GroupSettings } from '../settings.ts';
import type { Assignment, TopicPartitions } from './assignment.ts';
import { GroupRefusal } from './group-refusal.ts';

/** A ConsumerGroupHeartbeat; what is null, and -1 of the time-out, has not changed. */
export type HeartbeatCall = {
  readonly groupId: string;
  /** Empty when the broker is to give one. */
  readonly memberId: string;
  /** 0 joins, -1 leaves, -2 leaves as a static member that comes back. */
  readonly memberEpoch: number;
  readonly instanceId: string | null;
  readonly rackId: string | null;
  readonly rebalanceTimeoutMs: number;
  readonly topicNames: readonly string[] | null;
  readonly topicRegex: string | null;
  readonly serverAssignor: string | null;
  /** The partitions it has. */
  readonly topicPartitions: TopicPartitions | null;
  readonly clientId: string;
  readonly clientHost: string;
  /** Whether the client makes its own member id (version 1, KIP-1082). */
  readonly makesOwnId: boolean;
  /** Whether the client may know of a topic. */
  readonly mayDescribe: (topic: string) => boolean;
};

/** What a heartbeat is answered with. */
export type HeartbeatAnswer = {
  readonly errorCode: number;
  readonly errorMessage: string | null;
  readonly memberId: string | null;
  readonly memberEpoch: number;
  /** When the next heartbeat is due, milliseconds. */
  readonly heartbeatIntervalMs: number;
  /** Null when it has not changed. */
  readonly assignment: Assignment | null;
};

/** A heartbeat that failed. */
export const failedHeartbeat = (errorCode: number, errorMessage: string | null): HeartbeatAnswer => ({
  errorCode,
  errorMessage,
  memberId: null,
  memberEpoch: 0,
  heartbeatIntervalMs: 0,
  assignment: null,
});

const NO_TIMEOUT = -1;
/** Records and responses carry no longer strings, and Kafka reads none. */
const MAX_STRING_BYTES = 2 ** 15 - 1;
const MAX_UTF8_BYTES = 3;

const isTooLong = (text: string): boolean =>
  text.length > MAX_STRING_BYTES / MAX_UTF8_BYTES && Buffer.byteLength(text) > MAX_STRING_BYTES;

/**
 * Looks whether a heartbeat can be at all, in Kafka's order and words.
 * @throws GroupRefusal INVALID_REQUEST, UNSUPPORTED_ASSIGNOR
 */
export const checkHeartbeat = (call: HeartbeatCall, { consumerAssignors }: GroupSettings): void => {
  const { memberEpoch, serverAssignor } = call;
  if (call.makesOwnId || memberEpoch > 0 || memberEpoch === LEAVE_MEMBER_EPOCH)
    refuseIf(call.memberId === '', "MemberId can't be empty.");
  refuseIf(call.groupId === '', "GroupId can't be empty.");
  const texts = [call.groupId, call.memberId, call.instanceId ?? '', call.rackId ?? '', ...(call.topicNames ?? [])];
  refuseIf(texts.some(isTooLong), `A string has ${MAX_STRING_BYTES} bytes at most.`);
  refuseIf(call.instanceId === '', "InstanceId can't be empty.");
  refuseIf(call.rackId === '', "RackId can't be empty.");
  if (memberEpoch === JOIN_MEMBER_EPOCH) {
    refuseIf(call.rebalanceTimeoutMs === NO_TIMEOUT, 'RebalanceTimeoutMs must be provided in first request.');
    const hasNone = call.topicPartitions !== null && call.topicPartitions.length === 0;
    refuseIf(!hasNone, 'TopicPartitions must be empty when (re-)joining.');
    const subscribes = call.topicNames !== null || call.topicRegex !== null;
    refuseIf(!subscribes, 'Either SubscribedTopicNames or SubscribedTopicRegex must be non-null when (re-)joining.');
  } else if (memberEpoch === LEAVE_STATIC_MEMBER_EPOCH) {
    refuseIf(call.memberId === '', "MemberId can't be empty.");
    refuseIf(call.instanceId === null, "InstanceId can't be null.");
  } else {
    refuseIf(memberEpoch < LEAVE_STATIC_MEMBER_EPOCH, 'MemberEpoch is invalid.');
  }
  if (serverAssignor !== null && !consumerAssignors.includes(serverAssignor))
    throw new GroupRefusal(
      'UNSUPPORTED_ASSIGNOR',
      `ServerAssignor ${serverAssignor} is not supported. Supported assignors: ${consumerAssignors.join(', ')}.`,
    );
};

const refuseIf = (isWrong: boolean, message: string): void => {
  if (isWrong) throw new GroupRefusal('INVALID_REQUEST', message);
};
