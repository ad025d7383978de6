import type { Cluster } from '../cluster.ts';
import { EARLIEST_OFFSET, fetchOffsets, LATEST_OFFSET } from '../offsets.ts';
import type { PartitionReading } from '../partition-reading.ts';

/** Where to go on reading: an offset, the first record, behind the last, or the first record at or after a time. */
export type SeekTarget = number | 'beginning' | 'end' | Date;

const timeOf = (target: 'beginning' | 'end' | Date): number => {
  if (target === 'beginning') return EARLIEST_OFFSET;
  return target === 'end' ? LATEST_OFFSET : target.getTime();
};

/** The offset of a target in a partition; the end where no record is that young. Rejects with a ClientError. */
export const offsetOf = async (
  cluster: Cluster,
  { topic, partition }: PartitionReading,
  target: SeekTarget,
  isolationLevel: 0 | 1,
): Promise<number> => {
  if (typeof target === 'number') return target;
  const { metadata } = topic;
  // This cluster's connections may not know the brokers yet.
  await cluster.describeTopics([], { allowAutoCreation: false });
  const ask = async (time: number) =>
    (await fetchOffsets(cluster, metadata, [partition], time, isolationLevel)).get(partition) ?? -1;
  const offset = await ask(timeOf(target));
  return offset < 0 ? ask(LATEST_OFFSET) : offset;
};
