import type { DescribedConfig } from '../../client/admin/configs.ts';
import type { DescribedPartition, DescribedTopic } from '../../client/admin/describe-topics.ts';

const ids = (brokerIds: readonly number[]): string => brokerIds.join(',');

/** The line of a topic, as kafka-topics.sh prints it: fields between tabs. */
export const topicLine = (topic: DescribedTopic, configs: readonly DescribedConfig[]): string =>
  [
    `Topic: ${topic.name}`,
    `TopicId: ${topic.topicId}`,
    `PartitionCount: ${topic.partitions.length}`,
    `ReplicationFactor: ${topic.partitions[0]?.replicas.length ?? 0}`,
    `Configs: ${overrides(configs)
      .map(({ name, value }) => `${name}=${value ?? ''}`)
      .join(',')}`,
  ].join('\t');

/** The line of a partition, as kafka-topics.sh prints it. */
export const partitionLine = (topic: string, partition: DescribedPartition): string => {
  const { index, leader, replicas, inSyncReplicas, eligibleLeaderReplicas, lastKnownEligible } = partition;
  return [
    '',
    `Topic: ${topic}`,
    `Partition: ${index}`,
    `Leader: ${leader < 0 ? 'none' : leader}`,
    `Replicas: ${ids(replicas)}`,
    `Isr: ${ids(inSyncReplicas)}`,
    `Elr: ${eligibleLeaderReplicas === null ? 'N/A' : ids(eligibleLeaderReplicas)}`,
    `LastKnownElr: ${lastKnownEligible === null ? 'N/A' : ids(lastKnownEligible)}`,
  ].join('\t');
};

/** Settings that somebody gave, for the topic or for the brokers. */
export const overrides = (configs: readonly DescribedConfig[]): readonly DescribedConfig[] =>
  configs.filter(({ isDefault }) => !isDefault);

/** Which partitions are shown. */
export type PartitionFilter = 'all' | 'none' | 'under-replicated' | 'under-min-isr' | 'at-min-isr' | 'unavailable';

/** Whether a partition is one of those that a filter shows. */
export const isShown = (
  filter: PartitionFilter,
  { leader, replicas, inSyncReplicas }: DescribedPartition,
  configs: readonly DescribedConfig[],
): boolean => {
  const minInSync = Number(configs.find(({ name }) => name === 'min.insync.replicas')?.value ?? 1);
  switch (filter) {
    case 'all':
      return true;
    case 'none':
      return false;
    case 'under-replicated':
      return inSyncReplicas.length < replicas.length;
    case 'under-min-isr':
      return inSyncReplicas.length < minInSync;
    case 'at-min-isr':
      return inSyncReplicas.length === minInSync;
    case 'unavailable':
      return leader < 0;
  }
};
