import { readSync } from 'node:fs';
import { BATCH_OVERHEAD_BYTES, batchSizeBytes } from '../../protocol/record-batch.ts';

/** Gets one whole batch at `bytes[at]`, which stands at `position` in the file. Return false to stop before this batch. */
export type BatchVisitor = (bytes: Buffer, at: number, position: number) => boolean;

/** Fills `buffer` up to `length` bytes from the file; returns how many bytes there were. */
export const readFully = (descriptor: number, buffer: Buffer, length: number, position: number): number => {
  let filled = 0;
  while (filled < length) {
    const count = readSync(descriptor, buffer, filled, length - filled, position + filled);
    if (count === 0) break;
    filled += count;
  }
  return filled;
};

/**
 * Reads the batches of [from, end) of a file in order, about `chunkBytes` at a time, synchronously. Returns the position at
 * which it stopped: `end`, or where the visitor said so, or where no whole batch stands.
 */
export const walkBatches = (
  descriptor: number,
  from: number,
  end: number,
  chunkBytes: number,
  visit: BatchVisitor,
): number => {
  let position = from;
  let buffer = Buffer.allocUnsafeSlow(Math.max(0, Math.min(chunkBytes, end - from)));
  while (position < end) {
    const filled = readFully(descriptor, buffer, Math.min(buffer.length, end - position), position);
    let at = 0;
    let size = 0;
    while (at + BATCH_OVERHEAD_BYTES <= filled) {
      size = batchSizeBytes(buffer, at);
      if (size < BATCH_OVERHEAD_BYTES || position + at + size > end) return position + at;
      if (at + size > filled) break;
      if (!visit(buffer, at, position + at)) return position + at;
      at += size;
      size = 0;
    }
    if (at === 0 && (size === 0 || filled < Math.min(buffer.length, end - position))) return position;
    // One batch that is larger than the chunk: make room for all of it.
    if (at === 0) buffer = Buffer.allocUnsafeSlow(size);
    position += at;
  }
  return position;
};

/** What a header walk reads at once, bytes: a header and the whole of a control batch lie in it, and many small batches. */
const HEADER_READ_BYTES = 4096;

/**
 * Walks the batches of [from, end) of a file by their headers, without reading all of their records: `visit` sees at least
 * the header, and all of a batch of up to 4 KiB. Stops where no batch can stand.
 */
export const walkHeaders = (
  descriptor: number,
  from: number,
  end: number,
  visit: (bytes: Buffer, at: number) => void,
): void => {
  const buffer = Buffer.allocUnsafeSlow(HEADER_READ_BYTES);
  let position = from;
  while (position + BATCH_OVERHEAD_BYTES <= end) {
    const filled = readFully(descriptor, buffer, Math.min(buffer.length, end - position), position);
    let at = 0;
    while (at + BATCH_OVERHEAD_BYTES <= filled) {
      const size = batchSizeBytes(buffer, at);
      if (size < BATCH_OVERHEAD_BYTES || position + at + size > end) return;
      // One that fits into the buffer is shown whole.
      if (at > 0 && at + size > filled) break;
      visit(buffer, at);
      at += size;
    }
    if (at === 0) return;
    position += at;
  }
};
