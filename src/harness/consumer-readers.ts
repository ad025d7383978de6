/** Who reads what in a consumer test. */
import type { ConsumerReading } from '../load/consumer-messages.ts';
import type { ConsumerPlan } from './plan.ts';
import type { ReadableTopic } from './topic-setup.ts';

/** The partitions of one consumer. */
export type Assignment = readonly { readonly topic: string; readonly partitions: readonly number[] }[];

/**
 * Deals partitions of topics out to so many consumers, or to fewer when there are not enough partitions.
 * @param chosen the partitions to read of each topic; null for all
 */
export const assignPartitions = (
  topics: readonly ReadableTopic[],
  consumers: number,
  chosen: readonly number[] | null = null,
): readonly Assignment[] => {
  const all = topics.flatMap(({ topic, partitions }) =>
    (chosen ?? Array.from({ length: partitions }, (_, partition) => partition)).map((partition) => ({
      topic,
      partition,
    })),
  );
  return Array.from({ length: Math.min(consumers, all.length) }, (_, consumer) => {
    const byTopic = new Map<string, number[]>();
    for (let place = consumer; place < all.length; place += consumers) {
      const one = all[place];
      if (one !== undefined) byTopic.set(one.topic, [...(byTopic.get(one.topic) ?? []), one.partition]);
    }
    return Array.from(byTopic, ([topic, partitions]) => ({ topic, partitions }));
  });
};

/** Ids of the groups that read, each of them everything; none when partitions are assigned. */
export const groupIdsOf = ({
  groupId,
  consumerGroups,
}: Pick<ConsumerPlan, 'groupId' | 'consumerGroups'>): readonly string[] => {
  if (groupId === null) return [];
  if (consumerGroups === 1) return [groupId];
  return Array.from({ length: consumerGroups }, (_, group) => `${groupId}-${group + 1}`);
};

/** One consumer of a test. */
export type Reader = {
  readonly reading: ConsumerReading;
  /** Place of its group among the groups; 0 without one. */
  readonly group: number;
};

/** All consumers of a test, group after group. */
export const readersOf = (plan: ConsumerPlan, topics: readonly ReadableTopic[]): readonly Reader[] => {
  const groupIds = groupIdsOf(plan);
  if (groupIds.length === 0)
    return assignPartitions(topics, plan.consumers, plan.readPartitions).map((assignments) => ({
      reading: { kind: 'assigned', assignments },
      group: 0,
    }));
  return groupIds.flatMap((groupId, group) =>
    Array.from({ length: plan.consumers }, () => ({
      reading: {
        kind: 'group' as const,
        groupId,
        topics: topics.map(({ topic }) => topic),
        pattern: plan.include,
      },
      group,
    })),
  );
};

/** Properties that tell the consumers of a test apart. */
export const ownProperties = (
  properties: Readonly<Record<string, string>>,
  worker: number,
  workers: number,
): Readonly<Record<string, string>> => {
  if (workers === 1) return properties;
  const names = ['client.id', 'group.instance.id'].filter((name) => properties[name] !== undefined);
  return { ...properties, ...Object.fromEntries(names.map((name) => [name, `${properties[name]}-${worker + 1}`])) };
};
