import type { GroupTable } from '../group-table.ts';
import { assignmentOf } from './assignment.ts';
import { type ConsumerMember, type MemberState, newMember } from './consumer-member.ts';
import { stateCodes } from './consumer-records.ts';
import type { ConsumerGroupRecord, StoredCurrent, StoredMember, StoredTarget } from './read-consumer-record.ts';

type StoredGroup = {
  epoch: number;
  metadataHash: number;
  assignmentEpoch: number;
  readonly members: Map<string, StoredMember>;
  readonly targets: Map<string, StoredTarget>;
  readonly currents: Map<string, StoredCurrent>;
};

/** Puts consumer groups together again from their records, which are given in the order they were written. */
export class StoredConsumerGroups {
  readonly #groups = new Map<string, StoredGroup>();

  add(record: ConsumerGroupRecord): void {
    const group = this.#groups.get(record.groupId) ?? emptyGroup();
    if (record.type === 'group' && record.value === null) {
      this.#groups.delete(record.groupId);
      return;
    }
    switch (record.type) {
      case 'group':
        group.epoch = record.value?.epoch ?? 0;
        group.metadataHash = record.value?.metadataHash ?? 0;
        break;
      case 'targetEpoch':
        group.assignmentEpoch = record.value?.assignmentEpoch ?? 0;
        break;
      case 'member':
        keep(group.members, record.memberId, record.value);
        break;
      case 'target':
        keep(group.targets, record.memberId, record.value);
        break;
      case 'current':
        keep(group.currents, record.memberId, record.value);
        break;
    }
    // What forgets a part of a group does not make one.
    if (record.value !== null || this.#groups.has(record.groupId)) this.#groups.set(record.groupId, group);
  }

  /** Puts the groups into the table. Members go on where they were; their sessions begin now. */
  restore(table: GroupTable): void {
    for (const [groupId, stored] of this.#groups) {
      const { consumer } = table.becomeConsumer(groupId);
      const { group } = consumer;
      group.groupEpoch = stored.epoch;
      group.metadataHash = stored.metadataHash;
      group.assignmentEpoch = stored.assignmentEpoch;
      for (const [memberId, member] of stored.members) {
        group.put(memberOf(memberId, member, stored.currents.get(memberId)));
        group.setTarget(memberId, assignmentOf(stored.targets.get(memberId)?.topicPartitions ?? []));
      }
      consumer.begin();
    }
  }
}

const emptyGroup = (): StoredGroup => ({
  epoch: 0,
  metadataHash: 0,
  assignmentEpoch: 0,
  members: new Map(),
  targets: new Map(),
  currents: new Map(),
});

const keep = <T>(map: Map<string, T>, memberId: string, value: T | null): void => {
  if (value === null) map.delete(memberId);
  else map.set(memberId, value);
};

const memberOf = (memberId: string, stored: StoredMember, current: StoredCurrent | undefined): ConsumerMember => {
  const member: ConsumerMember = {
    ...newMember(memberId),
    instanceId: stored.instanceId,
    rackId: stored.rackId,
    clientId: stored.clientId,
    clientHost: stored.clientHost,
    topicNames: [...stored.subscribedTopicNames].sort(),
    topicRegex: stored.subscribedTopicRegex ?? '',
    rebalanceTimeoutMs: stored.rebalanceTimeoutMs,
    serverAssignor: stored.serverAssignor,
  };
  if (current === undefined) return member;
  return {
    ...member,
    memberEpoch: current.memberEpoch,
    previousMemberEpoch: current.previousMemberEpoch,
    state: stateOf(current.state),
    assigned: assignmentOf(current.assignedPartitions),
    pendingRevocation: assignmentOf(current.partitionsPendingRevocation),
  };
};

/** A state of a newer Kafka counts as one that waits: the next heartbeat works out where the member is. */
const stateOf = (code: number): MemberState => {
  if (code === stateCodes.STABLE) return 'STABLE';
  return code === stateCodes.UNREVOKED_PARTITIONS ? 'UNREVOKED_PARTITIONS' : 'UNRELEASED_PARTITIONS';
};
