import { encodeRequestFrame } from '../protocol/headers.ts';
import { fetch } from '../protocol/messages/fetch.ts';
import { ZERO_UUID } from '../protocol/uuid.ts';
import type { Connection } from './connection.ts';
import type { PartitionReading, TopicReading } from './partition-reading.ts';
import type { ConsumerConfig } from './properties/consumer-properties.ts';

/** `isolation.level` as requests number it. */
export const isolationLevelOf = ({ isolationLevel }: Pick<ConsumerConfig, 'isolationLevel'>): 0 | 1 =>
  isolationLevel === 'read_committed' ? 1 : 0;

/** Version 13 and later name topics by id, which brokers before 2.8 do not give. */
export const fetchVersion = (connection: Connection, readings: readonly PartitionReading[]): number => {
  const version = connection.versionOf(fetch);
  const hasIds = readings.every(({ topic }) => topic.metadata.topicId !== ZERO_UUID);
  return hasIds ? version : Math.min(version, 12);
};

/** The frame of a fetch of some partitions, in their order. */
export const fetchFrame = (
  config: ConsumerConfig,
  version: number,
  correlationId: number,
  readings: readonly PartitionReading[],
): Buffer => {
  const topics = new Map<TopicReading, { partition: number; fetchOffset: number; partitionMaxBytes: number }[]>();
  for (const { topic, partition, fetchOffset } of readings) {
    const asked = { partition, fetchOffset, partitionMaxBytes: config.maxPartitionFetchBytes };
    const others = topics.get(topic);
    if (others === undefined) topics.set(topic, [asked]);
    else others.push(asked);
  }
  return encodeRequestFrame(fetch, version, correlationId, config.clientId, {
    maxWaitMs: config.fetchMaxWaitMs,
    minBytes: config.fetchMinBytes,
    maxBytes: config.fetchMaxBytes,
    isolationLevel: isolationLevelOf(config),
    topics: [...topics].map(([{ metadata }, partitions]) => ({
      topic: metadata.name,
      topicId: metadata.topicId,
      partitions,
    })),
    ...(version >= 11 ? { rackId: config.clientRack } : {}),
  });
};
