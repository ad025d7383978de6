import { EARLIEST_TIMESTAMP, LATEST_TIMESTAMP, listOffsets } from '../protocol/messages/list-offsets.ts';
import { ClientError } from './client-error.ts';
import type { Cluster, TopicMetadata } from './cluster.ts';
import { kafkaError } from './connection.ts';

/** The offset behind the last record. */
export const LATEST_OFFSET = LATEST_TIMESTAMP;
/** The offset of the first record that is kept. */
export const EARLIEST_OFFSET = EARLIEST_TIMESTAMP;

/**
 * Offsets of partitions at a time (milliseconds since the epoch, or LATEST_OFFSET or EARLIEST_OFFSET), asked from their
 * leaders. Rejects with a ClientError when a partition does not exist or its leader refuses.
 * @param isolationLevel 1 counts only up to the first open transaction (read_committed)
 */
export const fetchOffsets = async (
  cluster: Cluster,
  topic: TopicMetadata,
  partitions: readonly number[],
  timestamp: number,
  isolationLevel: 0 | 1 = 0,
): Promise<ReadonlyMap<number, number>> => {
  const byLeader = new Map<number, number[]>();
  for (const partition of partitions) {
    const found = topic.partitions.find(({ index }) => index === partition);
    if (found === undefined)
      throw new ClientError(
        'UNKNOWN_TOPIC_OR_PARTITION',
        `topic ${topic.name} has no partition ${partition}; it has ${topic.partitions.length}`,
        { code: 3 },
      );
    byLeader.set(found.leader, [...(byLeader.get(found.leader) ?? []), partition]);
  }
  const answers = await Promise.all(
    [...byLeader].map(([leader, led]) => askLeader(cluster, topic.name, leader, led, timestamp, isolationLevel)),
  );
  return new Map(answers.flat());
};

const askLeader = async (
  cluster: Cluster,
  topic: string,
  leader: number,
  partitions: readonly number[],
  timestamp: number,
  isolationLevel: 0 | 1,
): Promise<[partition: number, offset: number][]> => {
  const connection = await cluster.connectionTo(leader);
  const response = await connection.request(listOffsets, {
    replicaId: -1,
    isolationLevel,
    topics: [{ name: topic, partitions: partitions.map((partitionIndex) => ({ partitionIndex, timestamp })) }],
  });
  return response.topics.flatMap(({ partitions: answered }) =>
    answered.map(({ partitionIndex, errorCode, offset }): [number, number] => {
      if (errorCode !== 0) throw kafkaError(errorCode, `offsets of partition ${partitionIndex} of ${topic}`);
      return [partitionIndex, offset];
    }),
  );
};
