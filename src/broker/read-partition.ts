import { batchLastOffset, batchSizeBytes } from '../protocol/record-batch.ts';
import type { Partition } from './partition.ts';

/** Bytes brought at once when the broker reads its own topics. */
const READ_BYTES = 1024 * 1024;

/**
 * Walks all batches of a partition from its first to its last written offset; `visit` is given the bytes and where in them
 * a batch begins, which are valid during the call only. Rejects with what the log says of a file that cannot be read.
 */
export const readPartition = async (
  partition: Partition,
  visit: (bytes: Buffer, at: number) => void,
): Promise<void> => {
  const { log } = partition;
  let offset = log.logStartOffset;
  while (offset < log.highWatermark) {
    const read = await log.read(offset, READ_BYTES, true);
    try {
      for (const slice of read.slices) {
        for (let at = 0; at < slice.length; at += batchSizeBytes(slice, at)) {
          visit(slice, at);
          offset = batchLastOffset(slice, at) + 1;
        }
      }
      if (read.sizeBytes === 0) return;
    } finally {
      read.release();
    }
  }
};
