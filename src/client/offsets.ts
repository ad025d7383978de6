import { EARLIEST_TIMESTAMP, LATEST_TIMESTAMP, listOffsets } from '../protocol/messages/list-offsets.ts';
import { ClientError } from './client-error.ts';
import type { Cluster, TopicMetadata } from './cluster.ts';
import { kafkaError } from './connection.ts';
import { isolationLevelOf } from './fetch-request.ts';
import type { ConsumerConfig } from './properties/consumer-properties.ts';

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

/**
 * Where partitions without a position are read from, as `auto.offset.reset` says.
 * @param refusal why the position that they had is none; null when they had none
 * @throws ClientError when `auto.offset.reset` is `none`, and as fetchOffsets does
 */
export const resetOffsets = async (
  cluster: Cluster,
  topic: TopicMetadata,
  partitions: readonly number[],
  config: ConsumerConfig,
  refusal: ClientError | null,
): Promise<ReadonlyMap<number, number>> => {
  const { autoOffsetReset: reset } = config;
  if (partitions.length === 0) return new Map();
  const level = isolationLevelOf(config);
  const latest = (of: readonly number[]) => fetchOffsets(cluster, topic, of, LATEST_OFFSET, level);
  if (reset.to === 'latest') return latest(partitions);
  if (reset.to === 'earliest') return fetchOffsets(cluster, topic, partitions, EARLIEST_OFFSET, level);
  if (reset.to === 'none')
    throw new ClientError(
      refusal?.name ?? 'NO_OFFSET_FOR_PARTITION',
      `partition ${partitions[0]} of ${topic.name} has no position and auto.offset.reset is none (${refusal?.message ?? 'no offset is committed'}); set auto.offset.reset, or say where to begin`,
      { code: refusal?.code ?? null, cause: refusal },
    );
  const found = await fetchOffsets(cluster, topic, partitions, Date.now() - reset.durationMs, level);
  const older = await latest([...found].flatMap(([partition, offset]) => (offset < 0 ? [partition] : [])));
  return new Map([...found, ...older]);
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
