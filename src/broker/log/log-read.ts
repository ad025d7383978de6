import { batchLastOffset, batchSizeBytes } from '../../protocol/record-batch.ts';

/** Bytes of a log on their way to a consumer: whole record batches, in offset order. */
export type LogRead = {
  /** The bytes, to be written one behind the other. They stay valid until `release()`. */
  readonly slices: readonly Buffer[];
  /** Sum of the slices' lengths, bytes. */
  readonly sizeBytes: number;
  /** Memory that is kept for it until `release()`, bytes: whole pooled buffers; of what the tail cache keeps, its own part. */
  readonly memoryBytes: number;
  /** Gives the memory back; call it once, when the socket has taken the bytes (or will never). */
  release(): void;
};

/** A read that found nothing: at the high watermark, or when not even one batch was allowed. */
export const EMPTY_READ: LogRead = { slices: [], sizeBytes: 0, memoryBytes: 0, release: () => {} };

/** Two reads as one, which are released together. */
export const joinReads = (first: LogRead, second: LogRead): LogRead => ({
  slices: [...first.slices, ...second.slices],
  sizeBytes: first.sizeBytes + second.sizeBytes,
  memoryBytes: first.memoryBytes + second.memoryBytes,
  release: () => {
    first.release();
    second.release();
  },
});

/** The offset behind the last batch of a read that found something. Every slice holds whole batches. */
export const offsetBehind = (read: LogRead): number => {
  const slice = read.slices.at(-1);
  if (slice === undefined) throw new Error('an empty read has no end');
  let last = 0;
  for (let at = 0; at < slice.length; at += batchSizeBytes(slice, at)) last = at;
  return batchLastOffset(slice, last) + 1;
};
