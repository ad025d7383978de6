import { randomUUID } from 'node:crypto';
import { Cluster, readBlockBytes } from '../../client/cluster.ts';
import { EARLIEST_OFFSET, fetchOffsets, LATEST_OFFSET } from '../../client/offsets.ts';
import { type ConsumerConfig, parseConsumerProperties } from '../../client/properties/consumer-properties.ts';
import type { ConsumerDriver, ConsumerDriverOptions } from '../driver.ts';
import { kafkajsFailure } from './errors.ts';
import { openGroup } from './group.ts';

/** Size of what an answer about offsets is read into, bytes. */
const readBytes = 64 * 1024;

/** Where each partition is read from, asked by our own client: kafkajs would ask with its first fetch, when records may have come already. */
const findPositions = async (
  { topic, partitions: wanted, properties }: ConsumerDriverOptions,
  config: ConsumerConfig,
): Promise<ReadonlyMap<number, number>> => {
  const cluster = new Cluster({ ...config, readBlockBytes: readBlockBytes(readBytes, config.receiveBufferBytes) });
  try {
    const found = await cluster.waitForTopic(topic, {
      allowAutoCreation: config.allowAutoCreateTopics,
      maxBlockMs: config.defaultApiTimeoutMs,
    });
    const partitions = wanted ?? found.partitions.map(({ index }) => index);
    const from = properties['auto.offset.reset'] === 'earliest' ? EARLIEST_OFFSET : LATEST_OFFSET;
    return await fetchOffsets(cluster, found, partitions, from, config.isolationLevel === 'read_committed' ? 1 : 0);
  } finally {
    cluster.close();
  }
};

/**
 * Opens a consumer of kafkajs that reads these partitions and no others; it has its place in each when it is open.
 * Rejects with a DriverFailure when the target cannot be reached or lacks the topic.
 */
export const openKafkajsConsumer = async (options: ConsumerDriverOptions): Promise<ConsumerDriver> => {
  const { topic, onRecord, nowUs, onRetry } = options;
  // Nobody goes on where this one ends.
  const properties = { ...options.properties, 'enable.auto.commit': 'false' };
  const config = parseConsumerProperties(properties);
  let mayRead: () => void = () => {};
  let hasJoined: () => void = () => {};
  const hold = new Promise<void>((resolve) => {
    mayRead = resolve;
  });
  const joined = new Promise<void>((resolve) => {
    hasJoined = resolve;
  });
  const positions = await findPositions(options, config).catch((error: unknown) => {
    throw kafkajsFailure(error);
  });
  const partitions = [...positions.keys()];
  const group = await openGroup(
    {
      groupId: `spillway-${randomUUID()}`,
      topics: [topic],
      properties,
      nowUs,
      listen: () => onRecord,
      onRebalance: () => hasJoined(),
      ...(onRetry === undefined ? {} : { onRetry }),
    },
    { assignment: { topic, partitions }, positions, hold },
  );
  const running = group.run();
  try {
    await Promise.race([joined, running]);
  } catch (error) {
    await group.close();
    throw error;
  }
  return {
    notes: group.notes,
    partitions,
    run() {
      mayRead();
      return running;
    },
    stop() {
      group.stop();
      mayRead();
    },
    pause: () => group.pause(),
    hold: null,
    resume: () => group.resume(),
    close() {
      group.stop();
      mayRead();
      return group.close();
    },
    repeats: () => group.repeats(),
    metrics: () => group.metrics(),
  };
};
