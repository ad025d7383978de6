import { read } from 'node:fs';
import { BATCH_OVERHEAD_BYTES, batchSizeBytes, isWholeBatch } from '../../protocol/record-batch.ts';
import { CorruptLogError } from './errors.ts';
import type { FileCache, LogFile } from './file-cache.ts';
import { CLEANER_READ_BYTES } from './limits.ts';
import type { Segment } from './segment.ts';
import type { TimeSlice } from './time-slice.ts';

/** What a cleaning does with the batches it reads. */
export type BatchSink = {
  /** One whole batch; the bytes are valid until `onChunkEnd` has returned. False ends the walk. */
  readonly onBatch: (bytes: Buffer, at: number, sizeBytes: number) => boolean | Promise<boolean>;
  /** All batches that were read together were shown: their memory is used again after this. */
  readonly onChunkEnd?: () => void;
};

/**
 * Walks the whole batches of a segment from `position` on for a cleaning: read in a thread of the pool, each CRC checked,
 * shown in slices of time. Rejects with CorruptLogError where no right batch stands, and with the file system's errors.
 */
export const readForCleaning = async (
  files: FileCache,
  segment: Segment,
  position: number,
  slice: TimeSlice,
  sink: BatchSink,
): Promise<void> => {
  const end = segment.sizeBytes;
  let buffer = Buffer.allocUnsafeSlow(Math.max(0, Math.min(CLEANER_READ_BYTES, end - position)));
  let from = position;
  while (from < end) {
    const wanted = Math.min(buffer.length, end - from);
    const filled = await readAt(files, segment.file, buffer, wanted, from);
    let at = 0;
    let missing = 0;
    while (at + BATCH_OVERHEAD_BYTES <= filled) {
      const size = batchSizeBytes(buffer, at);
      if (size < BATCH_OVERHEAD_BYTES || from + at + size > end)
        throw new CorruptLogError(segment.file.path, from + at);
      if (at + size > filled) {
        missing = size;
        break;
      }
      if (!isWholeBatch(buffer, at, size)) throw new CorruptLogError(segment.file.path, from + at);
      const answer = sink.onBatch(buffer, at, size);
      if (!(typeof answer === 'boolean' ? answer : await answer)) return sink.onChunkEnd?.();
      at += size;
      if (slice.isOver) await slice.rest();
    }
    sink.onChunkEnd?.();
    if (at === 0 && (filled < wanted || missing === 0)) throw new CorruptLogError(segment.file.path, from);
    // One batch that is larger than the buffer: make room for all of it.
    if (at === 0) buffer = Buffer.allocUnsafeSlow(missing);
    from += at;
  }
};

const readAt = (
  files: FileCache,
  file: LogFile,
  buffer: Buffer,
  sizeBytes: number,
  position: number,
): Promise<number> =>
  new Promise((resolve, reject) => {
    const descriptor = files.pin(file);
    read(descriptor, buffer, 0, sizeBytes, position, (error, count) => {
      files.unpin(file);
      if (error === null) resolve(count);
      else reject(error);
    });
  });
