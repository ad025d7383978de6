import { createPartitions } from '../../protocol/messages/create-partitions.ts';
import { createTopics } from '../../protocol/messages/create-topics.ts';
import { deleteTopics } from '../../protocol/messages/delete-topics.ts';
import { ZERO_UUID } from '../../protocol/uuid.ts';
import { kafkaError } from '../connection.ts';
import { type AdminAccess, controllerConnection, withRetries } from './access.ts';

/** A topic to be made. */
export type NewTopic = {
  readonly name: string;
  /** -1 leaves it to the cluster, and stands beside `assignments`. */
  readonly partitions: number;
  /** -1 leaves it to the cluster, and stands beside `assignments`. */
  readonly replicationFactor: number;
  /** Broker ids of each partition's replicas, the preferred leader first; null leaves the choice to the cluster. */
  readonly assignments: readonly (readonly number[])[] | null;
  readonly configs: Readonly<Record<string, string>>;
};

/** Creates a topic. Rejects with a ClientError, such as TOPIC_ALREADY_EXISTS. */
export const createTopic = (access: AdminAccess, topic: NewTopic): Promise<void> =>
  withRetries(access, async () => {
    const connection = await controllerConnection(access);
    const response = await connection.request(createTopics, {
      topics: [
        {
          name: topic.name,
          numPartitions: topic.assignments === null ? topic.partitions : -1,
          replicationFactor: topic.assignments === null ? topic.replicationFactor : -1,
          assignments: (topic.assignments ?? []).map((brokerIds, partitionIndex) => ({
            partitionIndex,
            brokerIds: [...brokerIds],
          })),
          configs: Object.entries(topic.configs).map(([name, value]) => ({ name, value })),
        },
      ],
      timeoutMs: access.timeoutMs,
      validateOnly: false,
    });
    for (const { errorCode, errorMessage } of response.topics)
      if (errorCode !== 0) throw kafkaError(errorCode, `topic ${topic.name} cannot be created`, errorMessage);
  });

/** Deletes a topic. Rejects with a ClientError. */
export const deleteTopic = (access: AdminAccess, name: string): Promise<void> =>
  withRetries(access, async () => {
    const connection = await controllerConnection(access);
    const response = await connection.request(deleteTopics, {
      topics: connection.versionOf(deleteTopics) >= 6 ? [{ name, topicId: ZERO_UUID }] : [],
      topicNames: [name],
      timeoutMs: access.timeoutMs,
    });
    for (const { errorCode, errorMessage } of response.responses)
      if (errorCode !== 0) throw kafkaError(errorCode, `topic ${name} cannot be deleted`, errorMessage);
  });

/**
 * Raises a topic to `count` partitions.
 * @param assignments broker ids of the replicas of each new partition; null leaves the choice to the cluster.
 */
export const addPartitions = (
  access: AdminAccess,
  name: string,
  count: number,
  assignments: readonly (readonly number[])[] | null,
): Promise<void> =>
  withRetries(access, async () => {
    const connection = await controllerConnection(access);
    const response = await connection.request(createPartitions, {
      topics: [{ name, count, assignments: assignments?.map((brokerIds) => ({ brokerIds: [...brokerIds] })) ?? null }],
      timeoutMs: access.timeoutMs,
      validateOnly: false,
    });
    for (const { errorCode, errorMessage } of response.results)
      if (errorCode !== 0)
        throw kafkaError(errorCode, `topic ${name} cannot be raised to ${count} partitions`, errorMessage);
  });
