import { describeTopicPartitions } from '../../protocol/messages/describe-topic-partitions.ts';
import { metadata } from '../../protocol/messages/metadata.ts';
import { type Connection, kafkaError } from '../connection.ts';
import { type AdminAccess, withRetries } from './access.ts';

/** A partition with its replicas, as broker ids. */
export type DescribedPartition = {
  readonly index: number;
  /** -1 while there is none. */
  readonly leader: number;
  readonly replicas: readonly number[];
  readonly inSyncReplicas: readonly number[];
  /** Replicas that may lead without being in sync (KIP-966); null from brokers that do not tell. */
  readonly eligibleLeaderReplicas: readonly number[] | null;
  readonly lastKnownEligible: readonly number[] | null;
};

/** A topic with all that a cluster tells of it. */
export type DescribedTopic = {
  readonly name: string;
  /** Kafka's 22-character form; the zero id from brokers without topic ids. */
  readonly topicId: string;
  readonly isInternal: boolean;
  /** Sorted by index. */
  readonly partitions: readonly DescribedPartition[];
};

const UNKNOWN_TOPIC_OR_PARTITION = 3;

/** A topic's name and whether it is one of Kafka's own, such as `__consumer_offsets`. */
export type ListedTopic = { readonly name: string; readonly topicId: string; readonly isInternal: boolean };

/** All topics, sorted by name. */
export const listTopics = (access: AdminAccess): Promise<readonly ListedTopic[]> =>
  withRetries(access, async () => {
    const topics = await askMetadata(await access.cluster.anyConnection(), null);
    return topics
      .map(({ name, topicId, isInternal }) => ({ name, topicId, isInternal }))
      .toSorted((one, other) => (one.name < other.name ? -1 : 1));
  });

/**
 * Topics by their names, in this order; ones that do not exist are left out.
 * @param partitionsPerResponse most partitions of one answer, where the broker answers page by page (KIP-966)
 */
export const describeTopics = (
  access: AdminAccess,
  names: readonly string[],
  partitionsPerResponse: number,
): Promise<readonly DescribedTopic[]> =>
  withRetries(access, async () => {
    if (names.length === 0) return [];
    const connection = await access.cluster.anyConnection();
    const topics = connection.offers(describeTopicPartitions)
      ? await askPages(connection, names, partitionsPerResponse)
      : await askMetadata(connection, names);
    const byName = new Map(topics.map((topic) => [topic.name, topic]));
    return names.flatMap((name) => byName.get(name) ?? []);
  });

const askMetadata = async (
  connection: Connection,
  names: readonly string[] | null,
): Promise<readonly DescribedTopic[]> => {
  const isOldest = connection.versionOf(metadata) === 0;
  const { topics } = await connection.request(metadata, {
    topics: names === null ? (isOldest ? [] : null) : names.map((name) => ({ name })),
    allowAutoTopicCreation: connection.versionOf(metadata) < 4,
  });
  return topics.flatMap(({ errorCode, name, topicId, isInternal, partitions }) => {
    const topicName = name ?? '';
    if (isMissing(errorCode, topicName)) return [];
    return {
      name: topicName,
      topicId,
      isInternal,
      partitions: partitions
        .map(({ partitionIndex, leaderId, replicaNodes, isrNodes }) => ({
          index: partitionIndex,
          leader: leaderId,
          replicas: replicaNodes,
          inSyncReplicas: isrNodes,
          eligibleLeaderReplicas: null,
          lastKnownEligible: null,
        }))
        .toSorted((one, other) => one.index - other.index),
    };
  });
};

/** A topic may stretch over several answers. */
const askPages = async (
  connection: Connection,
  names: readonly string[],
  partitionsPerResponse: number,
): Promise<readonly DescribedTopic[]> => {
  const found = new Map<string, Omit<DescribedTopic, 'partitions'> & { partitions: DescribedPartition[] }>();
  let cursor: { topicName: string; partitionIndex: number } | null = null;
  do {
    const from: string = cursor?.topicName ?? '';
    const page: Awaited<ReturnType<typeof askPage>> = await askPage(
      connection,
      names.filter((name) => name >= from),
      partitionsPerResponse,
      cursor,
    );
    for (const { errorCode, name, topicId, isInternal, partitions } of page.topics) {
      const topicName = name ?? '';
      if (isMissing(errorCode, topicName)) continue;
      const topic = found.get(topicName) ?? { name: topicName, topicId, isInternal, partitions: [] };
      found.set(topicName, topic);
      for (const partition of partitions) {
        topic.partitions.push({
          index: partition.partitionIndex,
          leader: partition.leaderId,
          replicas: partition.replicaNodes,
          inSyncReplicas: partition.isrNodes,
          eligibleLeaderReplicas: partition.eligibleLeaderReplicas ?? [],
          lastKnownEligible: partition.lastKnownElr ?? [],
        });
      }
    }
    cursor = page.nextCursor;
  } while (cursor !== null);
  for (const { partitions } of found.values()) partitions.sort((one, other) => one.index - other.index);
  return [...found.values()];
};

const askPage = (
  connection: Connection,
  names: readonly string[],
  responsePartitionLimit: number,
  cursor: { topicName: string; partitionIndex: number } | null,
) =>
  connection.request(describeTopicPartitions, {
    topics: names.toSorted().map((name) => ({ name })),
    responsePartitionLimit,
    cursor,
  });

/** Whether the topic does not exist. @throws ClientError when it cannot be described for another reason. */
const isMissing = (errorCode: number, name: string): boolean => {
  if (errorCode === UNKNOWN_TOPIC_OR_PARTITION) return true;
  if (errorCode === 0) return false;
  throw kafkaError(errorCode, `topic ${name} cannot be described`);
};
