/**
 * How far the consumers of a group have read, in shared memory: the offset behind the last record of each partition that was handed over.
 * Only a partition's owner writes its place, and whoever becomes the owner finds there what was read before.
 */

/** Each partition has a cache line of its own. */
export const positionStride = 8;

/** The positions of some topics, by their names. */
export type SharedPositions = Readonly<Record<string, SharedArrayBuffer>>;

/** Positions of topics with so many partitions; nothing was read yet. */
export const createPositions = (
  topics: readonly { readonly topic: string; readonly partitions: number }[],
): SharedPositions =>
  Object.fromEntries(
    topics.map(({ topic, partitions }) => {
      const shared = new SharedArrayBuffer(partitions * positionStride * Float64Array.BYTES_PER_ELEMENT);
      new Float64Array(shared).fill(Number.NaN);
      return [topic, shared];
    }),
  );

/** A view to write: partition `p` has its place at `p * positionStride`. A topic that came later has none, and writes to it are lost. */
export const positionsOf = (shared: SharedPositions, topic: string): Float64Array =>
  new Float64Array(shared[topic] ?? new SharedArrayBuffer(0));

/** The offset behind the last record of a partition that was handed over; null when none was. */
export const positionAt = (shared: SharedPositions, topic: string, partition: number): number | null => {
  const offset = positionsOf(shared, topic)[partition * positionStride];
  return offset === undefined || Number.isNaN(offset) ? null : offset;
};
