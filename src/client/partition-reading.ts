import type { TopicMetadata } from './cluster.ts';
import type { RecordDelivery } from './record-delivery.ts';

/** A topic of which partitions are read. */
export type TopicReading = {
  metadata: TopicMetadata;
  readonly delivery: RecordDelivery;
  readonly partitions: Map<number, PartitionReading>;
};

/** A partition that is read, and how far. Offsets are -1 while they are not known. */
export type PartitionReading = {
  readonly topic: TopicReading;
  readonly partition: number;
  /** Offset of the next fetch. */
  fetchOffset: number;
  /** Offset of the next record to be handled: what is committed. */
  position: number;
  /** Behind all that was handed over; what lies between it and the position is being handled. */
  deliveredTo: number;
  /** End of what is replicated, by the last answer. */
  highWatermark: number;
  /** Where the first open transaction begins, or the end, by the last answer. */
  lastStableOffset: number;
  isPaused: boolean;
  /** Whether it is left out of fetches until its leader or its offset is found. */
  isWaiting: boolean;
  /** Grows when what is on its way must not be handed over any more: after a seek, a pause, a revocation. */
  version: number;
  /** The fetch that it was last part of, the version then, and the offset asked for. */
  askedBy: number;
  askedVersion: number;
  askedOffset: number;
  /** A follower nearby to read from (KIP-392), until a time of the monotonic clock; null reads from the leader. */
  replica: { readonly nodeId: number; readonly untilMs: number } | null;
};

/** A partition that is to be read from an offset on. */
export const partitionReading = (topic: TopicReading, partition: number, offset: number): PartitionReading => ({
  topic,
  partition,
  fetchOffset: offset,
  position: offset,
  deliveredTo: offset,
  highWatermark: -1,
  lastStableOffset: -1,
  isPaused: false,
  isWaiting: false,
  version: 0,
  askedBy: -1,
  askedVersion: -1,
  askedOffset: -1,
  replica: null,
});

/** The broker to read it from, -1 while it has none. */
export const brokerOf = (reading: PartitionReading, nowMs: number): number => {
  const { topic, partition, replica } = reading;
  if (replica !== null) {
    if (nowMs < replica.untilMs) return replica.nodeId;
    reading.replica = null;
  }
  const { partitions } = topic.metadata;
  // Partitions are numbered from 0 without gaps, but for a broker that lists some of them only.
  const guess = partitions[partition];
  const found = guess?.index === partition ? guess : partitions.find(({ index }) => index === partition);
  return found?.leader ?? -1;
};

/** Sets where a partition is read next; what is on its way is dropped. */
export const moveTo = (reading: PartitionReading, offset: number): void => {
  reading.version++;
  reading.fetchOffset = offset;
  reading.position = offset;
  reading.deliveredTo = offset;
};

/**
 * Records between the position and what may be read: the high watermark, or the last stable offset with `read_committed`. Null before
 * the first answer.
 */
export const lagOf = (reading: PartitionReading, isCommittedOnly: boolean): number | null => {
  const end = isCommittedOnly ? reading.lastStableOffset : reading.highWatermark;
  return end < 0 || reading.position < 0 ? null : Math.max(0, end - reading.position);
};
