import type { PlainRecord } from '../../../protocol/record-batch.ts';
import {
  consumerGroupCurrentMemberAssignmentKey,
  consumerGroupCurrentMemberAssignmentValue,
  consumerGroupMemberMetadataKey,
  consumerGroupMemberMetadataValue,
  consumerGroupMetadataKey,
  consumerGroupMetadataValue,
  consumerGroupTargetAssignmentMemberKey,
  consumerGroupTargetAssignmentMemberValue,
  consumerGroupTargetAssignmentMetadataKey,
  consumerGroupTargetAssignmentMetadataValue,
} from '../../../protocol/records/consumer-offsets.ts';
import { encodeRecord, type RecordInput } from '../../../protocol/records/record-schema.ts';
import { type Assignment, topicPartitionsOf } from './assignment.ts';
import type { ConsumerGroup } from './consumer-group.ts';
import type { ConsumerMember, MemberState } from './consumer-member.ts';

/** The types of the keys: their versions. */
export const RecordType = {
  GROUP: 3,
  MEMBER: 5,
  TARGET_EPOCH: 6,
  TARGET: 7,
  CURRENT: 8,
} as const;

const VALUE_VERSION = 0;

/** Kafka's numbers for the states of members. */
export const stateCodes: Readonly<Record<MemberState, number>> = {
  STABLE: 0,
  UNREVOKED_PARTITIONS: 1,
  UNRELEASED_PARTITIONS: 2,
};

/** Makes the records of one group, all with one timestamp. */
export class ConsumerRecords {
  readonly #groupId: string;
  readonly #timestampMs: number;

  constructor(groupId: string, timestampMs: number) {
    this.#groupId = groupId;
    this.#timestampMs = timestampMs;
  }

  /** The group's epoch. */
  group({ groupEpoch, metadataHash }: ConsumerGroup): PlainRecord {
    const value = { epoch: groupEpoch, metadataHash };
    return this.#record(
      encodeRecord(consumerGroupMetadataKey, RecordType.GROUP, { groupId: this.#groupId }),
      encodeRecord(consumerGroupMetadataValue, VALUE_VERSION, value),
    );
  }

  /** The epoch that the target assignment was made for. */
  targetEpoch(assignmentEpoch: number): PlainRecord {
    return this.#record(
      encodeRecord(consumerGroupTargetAssignmentMetadataKey, RecordType.TARGET_EPOCH, { groupId: this.#groupId }),
      encodeRecord(consumerGroupTargetAssignmentMetadataValue, VALUE_VERSION, { assignmentEpoch }),
    );
  }

  /** Who a member is and what it subscribes to. */
  member(member: ConsumerMember): PlainRecord {
    const value: RecordInput<typeof consumerGroupMemberMetadataValue> = {
      instanceId: member.instanceId,
      rackId: member.rackId,
      clientId: member.clientId,
      clientHost: member.clientHost,
      subscribedTopicNames: member.topicNames,
      subscribedTopicRegex: member.topicRegex,
      rebalanceTimeoutMs: member.rebalanceTimeoutMs,
      serverAssignor: member.serverAssignor,
    };
    return this.#record(
      encodeRecord(consumerGroupMemberMetadataKey, RecordType.MEMBER, this.#memberKey(member.memberId)),
      encodeRecord(consumerGroupMemberMetadataValue, VALUE_VERSION, value),
    );
  }

  /** What a member shall have. */
  target(memberId: string, target: Assignment): PlainRecord {
    return this.#record(
      encodeRecord(consumerGroupTargetAssignmentMemberKey, RecordType.TARGET, this.#memberKey(memberId)),
      encodeRecord(consumerGroupTargetAssignmentMemberValue, VALUE_VERSION, {
        topicPartitions: topicPartitionsOf(target),
      }),
    );
  }

  /** Where a member is on its way there. */
  current(member: ConsumerMember): PlainRecord {
    const value = {
      memberEpoch: member.memberEpoch,
      previousMemberEpoch: member.previousMemberEpoch,
      state: stateCodes[member.state],
      assignedPartitions: topicPartitionsOf(member.assigned),
      partitionsPendingRevocation: topicPartitionsOf(member.pendingRevocation),
    };
    return this.#record(
      encodeRecord(consumerGroupCurrentMemberAssignmentKey, RecordType.CURRENT, this.#memberKey(member.memberId)),
      encodeRecord(consumerGroupCurrentMemberAssignmentValue, VALUE_VERSION, value),
    );
  }

  /** Forgets a member: what it has, what it shall have, and who it is. */
  withoutMember(memberId: string): PlainRecord[] {
    const key = this.#memberKey(memberId);
    return [
      encodeRecord(consumerGroupCurrentMemberAssignmentKey, RecordType.CURRENT, key),
      encodeRecord(consumerGroupTargetAssignmentMemberKey, RecordType.TARGET, key),
      encodeRecord(consumerGroupMemberMetadataKey, RecordType.MEMBER, key),
    ].map((each) => this.#record(each, null));
  }

  /** Forgets a group that has no members. */
  withoutGroup(): PlainRecord[] {
    const key = { groupId: this.#groupId };
    return [
      encodeRecord(consumerGroupTargetAssignmentMetadataKey, RecordType.TARGET_EPOCH, key),
      encodeRecord(consumerGroupMetadataKey, RecordType.GROUP, key),
    ].map((each) => this.#record(each, null));
  }

  /** All there is to know of a group. */
  whole(group: ConsumerGroup): PlainRecord[] {
    const members = [...group.members()];
    return [
      ...members.map((member) => this.member(member)),
      this.group(group),
      ...members.map(({ memberId }) => this.target(memberId, group.target(memberId))),
      this.targetEpoch(group.assignmentEpoch),
      ...members.map((member) => this.current(member)),
    ];
  }

  #memberKey(memberId: string): { groupId: string; memberId: string } {
    return { groupId: this.#groupId, memberId };
  }

  #record(key: Buffer, value: Buffer | null): PlainRecord {
    return { timestampMs: this.#timestampMs, key, value };
  }
}
