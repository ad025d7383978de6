/** Partitions of one topic. */
export type TopicPartitions = { readonly topic: string; readonly partitions: readonly number[] };

/** A member whose partitions are to be found. */
export type Subscriber = {
  readonly memberId: string;
  /** `group.instance.id`; null for a member without one. */
  readonly instanceId: string | null;
  readonly topics: readonly string[];
};

/** A way to share the partitions of topics out among the members of a group; the leader of the group does it. */
export type Assignor = {
  /** What members agree on, Kafka's name: `range`, `roundrobin`. */
  readonly name: string;
  /**
   * What each member reads, by member id; a member without partitions may be left out.
   * @param partitionCounts of the topics that exist
   */
  assign(
    members: readonly Subscriber[],
    partitionCounts: ReadonlyMap<string, number>,
  ): ReadonlyMap<string, readonly TopicPartitions[]>;
};

/** Static members come in the order of their instance ids, before the others: they keep their partitions over a restart. */
const byMember = (one: Subscriber, other: Subscriber): number => {
  if (one.instanceId !== null && other.instanceId !== null) return compare(one.instanceId, other.instanceId);
  if (one.instanceId !== null) return -1;
  if (other.instanceId !== null) return 1;
  return compare(one.memberId, other.memberId);
};

const compare = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0);

/** Each topic's partitions in runs, longer ones first, to members in their order: Kafka's `RangeAssignor` without racks. */
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
