import type { Uuid } from '../../../protocol/uuid.ts';
import { type Assignment, addTo } from './assignment.ts';
import type { AssignorInput, AssignorMember } from './assignor.ts';

/**
 * Each topic's partitions in runs, one for each member that subscribes to it (Kafka's `RangeAssignor` of KIP-848): topics
 * with as many partitions and the same members are parted alike. Static members come first, by their instance id.
 */
export const assignRange = ({ members, partitionCounts }: AssignorInput): Map<string, Assignment> => {
  const ordered = [...members].sort(byInstanceThenId);
  const targets = new Map(members.map(({ memberId }) => [memberId, new Map<Uuid, Set<number>>()]));
  for (const [topicId, partitionCount] of partitionCounts) {
    const subscribers = ordered.filter(({ topicIds }) => topicIds.has(topicId));
    let next = 0;
    for (const [index, { memberId }] of subscribers.entries()) {
      const extra = index < partitionCount % subscribers.length ? 1 : 0;
      const end = next + Math.floor(partitionCount / subscribers.length) + extra;
      const target = targets.get(memberId);
      for (; next < end; next++) if (target !== undefined) addTo(target, topicId, next);
    }
  }
  return targets;
};

const byInstanceThenId = (one: AssignorMember, other: AssignorMember): number => {
  if (one.instanceId !== null && other.instanceId !== null) return compare(one.instanceId, other.instanceId);
  if (one.instanceId !== null) return -1;
  return other.instanceId !== null ? 1 : compare(one.memberId, other.memberId);
};

const compare = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0);
