/** Samples a topic of the target, so that a test sends what its user sends. */
import { openAdmin } from '../client/admin.ts';
import { consumerProperties } from '../client/properties/consumer-properties.ts';
import { openConsumer } from '../drivers/open-driver.ts';
import { type KeyedValue, packValues } from '../load/packed-values.ts';
import { TestFailure } from './failure.ts';
import type { ClusterAccess } from './topic-setup.ts';

/** What is sampled, and how much at most. */
export type TopicSample = { readonly topic: string; readonly mostRecords: number; readonly mostBytes: number };

/** How many records there are to read; compaction may have left fewer. */
const countRecords = async (access: ClusterAccess, topic: string): Promise<number> => {
  const admin = openAdmin(access);
  try {
    if ((await admin.describeTopic(topic)) === null)
      throw new TestFailure(
        `topic ${topic} does not exist on ${access.bootstrapServers}: check --payload-from-topic and --bootstrap-server`,
        { isUsage: true },
      );
    const [starts, ends] = await Promise.all([admin.startOffsets(topic), admin.endOffsets(topic)]);
    return [...ends].reduce((sum, [partition, end]) => sum + end - (starts.get(partition) ?? 0), 0);
  } finally {
    admin.close();
  }
};

/** Compaction and markers of transactions leave offsets without records: then a sample ends when nothing came for so long. */
const longestSilenceMs = 1000;

/** Reads the first records that the topic still has, until the sample is full or there are no more. */
const readSample = async (
  access: ClusterAccess,
  { topic, mostRecords, mostBytes }: TopicSample,
  available: number,
  nowUs: () => number,
): Promise<readonly KeyedValue[]> => {
  const records: KeyedValue[] = [];
  let seen = 0;
  let bytes = 0;
  // The producer's connection is the consumer's: security, addresses, time-outs.
  const shared = Object.entries(access.properties).filter(
    ([name]) => name !== 'client.id' && consumerProperties.get(name)?.status === 'supported',
  );
  const consumer = await openConsumer('native', {
    topic,
    properties: {
      ...Object.fromEntries(shared),
      'bootstrap.servers': access.bootstrapServers,
      'client.id': 'spillway-sample',
      'auto.offset.reset': 'earliest',
    },
    nowUs,
    partitions: null,
    onRecord: (fetched, _partition, _offset, _timestampMs, keyStart, keyEnd, valueStart, valueEnd) => {
      silence.refresh();
      seen++;
      // A record without a value marks a deletion: it is not what producers mostly send.
      if (valueStart >= 0) {
        const key = keyStart < 0 ? null : Uint8Array.prototype.slice.call(fetched, keyStart, keyEnd);
        records.push({ key, value: Uint8Array.prototype.slice.call(fetched, valueStart, valueEnd) });
        bytes += valueEnd - valueStart + (key?.length ?? 0);
      }
      return records.length < mostRecords && bytes < mostBytes && seen < available;
    },
  });
  const silence = setTimeout(() => consumer.stop(), longestSilenceMs);
  try {
    await consumer.run();
  } finally {
    clearTimeout(silence);
    await consumer.close();
  }
  return records;
};

/**
 * The first values and keys that a topic still has, in shared memory, in the order in which they came.
 * Rejects with a TestFailure when there is no such topic, or nothing in it.
 */
export const sampleTopic = async (
  access: ClusterAccess,
  sample: TopicSample,
  nowUs: () => number,
): Promise<SharedArrayBuffer> => {
  const available = await countRecords(access, sample.topic);
  const records = available === 0 ? [] : await readSample(access, sample, available, nowUs);
  if (records.length === 0)
    throw new TestFailure(`topic ${sample.topic} holds no value to sample: write to it first, or check the name`, {
      isUsage: true,
    });
  return packValues(records);
};
