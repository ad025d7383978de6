import type { Cluster, TopicMetadata } from '../cluster.ts';
import { kafkaError } from '../connection.ts';
import { resetOffsets } from '../offsets.ts';
import type { ConsumerConfig } from '../properties/consumer-properties.ts';

const UNKNOWN_TOPIC_OR_PARTITION = 3;

/**
 * A topic, and where a group goes on in some of its partitions: where it has committed, or where `auto.offset.reset` says. Rejects with a
 * ClientError, a retriable one while the topic or a leader is not known.
 */
export const startOffsets = async (
  cluster: Cluster,
  config: ConsumerConfig,
  name: string,
  partitions: readonly number[],
  committed: ReadonlyMap<number, number>,
): Promise<{ readonly topic: TopicMetadata; readonly offsets: ReadonlyMap<number, number> }> => {
  const { topics } = await cluster.describeTopics([name], { allowAutoCreation: false });
  const topic = topics.find((candidate) => candidate.name === name);
  if (topic === undefined || topic.errorCode !== 0)
    throw kafkaError(topic?.errorCode ?? UNKNOWN_TOPIC_OR_PARTITION, `topic ${name} cannot be read`);
  const unset = partitions.filter((partition) => !committed.has(partition));
  const reset = await resetOffsets(cluster, topic, unset, config, null);
  return { topic, offsets: new Map([...committed, ...reset]) };
};
