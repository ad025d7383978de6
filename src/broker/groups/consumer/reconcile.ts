import type { Uuid } from '../../../protocol/uuid.ts';
import {
  type Assignment,
  doMeet,
  eachPartition,
  filterPartitions,
  includes,
  NO_PARTITIONS,
  union,
} from './assignment.ts';
import type { ConsumerMember } from './consumer-member.ts';

/** What a member shall have, and for which epoch of the group that was worked out. */
export type Target = { readonly epoch: number; readonly partitions: Assignment };

/**
 * The next step of a member on the way to its target (Kafka's `CurrentAssignmentBuilder`): what is not in the target is
 * given up first, and only then the member reaches the epoch of the target and gets what is free of it. Returns the very
 * member when there is no step to take.
 * @param isFree whether no member has the partition, or has still to give it up
 * @param owned what the member says it has; null when it does not say, which counts as all
 */
export const reconcile = (
  member: ConsumerMember,
  target: Target,
  isFree: (topicId: Uuid, partition: number) => boolean,
  owned: Assignment | null,
): ConsumerMember => {
  if (member.state === 'STABLE' && member.memberEpoch === target.epoch) return member;
  const stillHas = (partitions: Assignment) => partitions.size > 0 && (owned === null || doMeet(owned, partitions));
  if (member.state === 'UNREVOKED_PARTITIONS' && stillHas(member.pendingRevocation)) return member;

  const kept = filterPartitions(member.assigned, (...place) => includes(target.partitions, ...place));
  const toRevoke = filterPartitions(member.assigned, (...place) => !includes(target.partitions, ...place));
  if (stillHas(toRevoke))
    return {
      ...member,
      previousMemberEpoch: member.memberEpoch,
      state: 'UNREVOKED_PARTITIONS',
      assigned: kept,
      pendingRevocation: toRevoke,
    };
  const toAssign = filterPartitions(target.partitions, (...place) => !includes(kept, ...place));
  const free = filterPartitions(toAssign, isFree);
  const isWaiting = !isEmpty(filterPartitions(toAssign, (...place) => !includes(free, ...place)));
  return {
    ...member,
    memberEpoch: target.epoch,
    previousMemberEpoch: member.memberEpoch,
    state: isWaiting ? 'UNRELEASED_PARTITIONS' : 'STABLE',
    assigned: union(kept, free),
    pendingRevocation: NO_PARTITIONS,
  };
};

const isEmpty = (assignment: Assignment): boolean => eachPartition(assignment).next().done === true;
