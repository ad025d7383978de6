import { type Assignor, byMember, type TopicPartitions } from './assignor.ts';

/**
 * Each topic's partitions in runs, longer ones first, to members in their order: Kafka's `RangeAssignor` without racks. Topics with
 * equally many partitions and the same readers are shared out alike, so that the partitions of one number meet at one member.
 */
export const rangeAssignor: Assignor = {
  name: 'range',
  assign(members, partitionCounts) {
    const assigned = new Map<string, TopicPartitions[]>(members.map(({ memberId }) => [memberId, []]));
    for (const topic of [...partitionCounts.keys()].toSorted()) {
      const readers = members.filter(({ topics }) => topics.includes(topic)).toSorted(byMember);
      const count = partitionCounts.get(topic) ?? 0;
      const each = Math.floor(count / readers.length);
      const longer = count % readers.length;
      let next = 0;
      for (const [index, { memberId }] of readers.entries()) {
        const length = each + (index < longer ? 1 : 0);
        const first = next;
        next += length;
        if (length === 0) continue;
        const partitions = Array.from({ length }, (_, offset) => first + offset);
        assigned.get(memberId)?.push({ topic, partitions });
      }
    }
    return assigned;
  },
};
