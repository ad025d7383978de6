import { crc32c } from '../../../protocol/crc32c.ts';
import type { Uuid } from '../../../protocol/uuid.ts';
import type { ConsumerGroup } from './consumer-group.ts';
import type { TopicNames } from './topic-patterns.ts';

/** What consumer groups see of the broker's topics. */
export type TopicView = {
  get(name: string): { readonly id: Uuid; readonly partitions: { readonly length: number } } | undefined;
  all(): Iterable<{ readonly name: string }>;
};

/** What the members of a group read at the moment. */
export type SubscribedTopics = {
  /** Ids of the topics that are there, by member id. */
  readonly byMember: ReadonlyMap<string, ReadonlySet<Uuid>>;
  readonly partitionCounts: ReadonlyMap<Uuid, number>;
  /** Stands for ids and partition counts, as Kafka's hash of KIP-1101 does (another function); 0 for no topics. */
  readonly hash: number;
};

/**
 * Looks which topics the members of a group read.
 * @param topicNames what regular expressions are matched with; null takes what they matched last
 */
export const subscribedTopics = (
  group: ConsumerGroup,
  topics: TopicView,
  topicNames: TopicNames | null,
  nowMs: number,
): SubscribedTopics => {
  const byMember = new Map<string, ReadonlySet<Uuid>>();
  const partitionCounts = new Map<Uuid, number>();
  // Members that subscribe to one pattern share what it matched.
  const idsByName = new Map<string, Uuid | null>();
  const idOf = (name: string): Uuid | null => {
    const known = idsByName.get(name);
    if (known !== undefined) return known;
    const topic = topics.get(name);
    idsByName.set(name, topic?.id ?? null);
    if (topic !== undefined) partitionCounts.set(topic.id, topic.partitions.length);
    return topic?.id ?? null;
  };
  for (const member of group.members()) {
    const ids = new Set<Uuid>();
    for (const name of group.topicsOf(member, topicNames, nowMs)) {
      const id = idOf(name);
      if (id !== null) ids.add(id);
    }
    byMember.set(member.memberId, ids);
  }
  return { byMember, partitionCounts, hash: hashOf(partitionCounts) };
};

const hashOf = (partitionCounts: ReadonlyMap<Uuid, number>): number => {
  if (partitionCounts.size === 0) return 0;
  const lines = Array.from(partitionCounts, ([id, count]) => `${id}:${count}`).sort();
  return crc32c(Buffer.from(lines.join('\n')));
};
