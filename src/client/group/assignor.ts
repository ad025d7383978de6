/** Partitions of one topic. */
export type TopicPartitions = { readonly topic: string; readonly partitions: readonly number[] };

/** A member whose partitions are to be found, as it described itself when it joined. */
export type Subscriber = {
  readonly memberId: string;
  /** `group.instance.id`; null for a member without one. */
  readonly instanceId: string | null;
  readonly topics: readonly string[];
  /** What it reads on during the rebalance (KIP-429). */
  readonly ownedPartitions: readonly TopicPartitions[];
  /** The generation that gave it those (KIP-792); -1 when it has none, or did not say. */
  readonly generationId: number;
  /** What the assignor of the member put there; null for nothing. */
  readonly userData: Buffer | null;
};

/** What a member was last given by an assignor, and in which generation of the group. */
export type PastAssignment = { readonly partitions: readonly TopicPartitions[]; readonly generationId: number };

/** A way to share the partitions of topics out among the members of a group; the leader of the group does it. */
export type Assignor = {
  /** What members agree on, Kafka's name: `range`, `roundrobin`, `sticky`, `cooperative-sticky`. */
  readonly name: string;
  /** Whether members may keep what they own during a rebalance; false when left out. */
  readonly isCooperative?: boolean;
  /** What a member tells the leader's assignor when it joins; none when left out. */
  readonly userData?: (past: PastAssignment | null) => Buffer | null;
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
export const byMember = (one: Subscriber, other: Subscriber): number => {
  if (one.instanceId !== null && other.instanceId !== null) return compare(one.instanceId, other.instanceId);
  if (one.instanceId !== null) return -1;
  if (other.instanceId !== null) return 1;
  return compare(one.memberId, other.memberId);
};

const compare = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0);

/** Partitions as a flat list, and back: what each topic has, in the order of its first appearance. */
export const flatten = (topics: readonly TopicPartitions[]): { topic: string; partition: number }[] =>
  topics.flatMap(({ topic, partitions }) => partitions.map((partition) => ({ topic, partition })));

/** See flatten. */
export const byTopic = (
  partitions: Iterable<{ readonly topic: string; readonly partition: number }>,
): TopicPartitions[] => {
  const topics = new Map<string, number[]>();
  for (const { topic, partition } of partitions) {
    const others = topics.get(topic);
    if (others === undefined) topics.set(topic, [partition]);
    else others.push(partition);
  }
  return [...topics].map(([topic, indexes]) => ({ topic, partitions: indexes.toSorted((a, b) => a - b) }));
};

/** One partition's name in maps and sets. */
export const partitionKey = ({ topic, partition }: { readonly topic: string; readonly partition: number }): string =>
  `${topic}:${partition}`;

/** The partitions of `some` that are not among `others`. */
export const without = (some: readonly TopicPartitions[], others: readonly TopicPartitions[]): TopicPartitions[] => {
  const taken = new Set(flatten(others).map(partitionKey));
  return byTopic(flatten(some).filter((each) => !taken.has(partitionKey(each))));
};
