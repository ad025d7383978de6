import {
  BATCH_OVERHEAD_BYTES,
  batchBaseOffset,
  batchLastOffset,
  batchSizeBytes,
  isWholeBatch,
} from '../../protocol/record-batch.ts';
import type { Slab } from '../../protocol/slab.ts';
import { CorruptLogError } from './errors.ts';
import type { FileCache } from './file-cache.ts';
import { MAX_FILE_READ_BYTES, MIN_FILE_READ_BYTES } from './limits.ts';
import { EMPTY_READ, type LogRead } from './log-read.ts';
import { readNow, readSoon } from './positioned-read.ts';
import type { ReadPool } from './read-pool.ts';
import type { Segment } from './segment.ts';

/** What is wanted from a segment. */
export type SegmentRequest = {
  /** The first offset that is wanted. */
  readonly offset: number;
  readonly maxBytes: number;
  /** Whether the first batch is wanted even if it is larger than `maxBytes`. */
  readonly minOneBatch: boolean;
  /** Batches from this offset on are not handed out. */
  readonly limitOffset: number;
};

/** Where reads come from and go to. */
export type ReadResources = {
  readonly files: FileCache;
  readonly pool: ReadPool;
  /** Reads of at most so many bytes block; larger ones go through the thread pool. */
  readonly blockingReadBytes: number;
};

/** A range to bring from the file; the batch at its beginning has no offset below `leastOffset`. */
type Attempt = { readonly position: number; readonly sizeBytes: number; readonly leastOffset: number };

/** What came of an attempt: batches, nothing behind the segment's end, or another range to try. */
type Outcome = LogRead | Attempt | null;

const isAttempt = (outcome: LogRead | Attempt): outcome is Attempt => 'position' in outcome;

/**
 * Whole batches of one segment from the one that holds the offset on, by positioned reads into pooled buffers. Null when all
 * batches lie before the offset. Each batch's CRC is checked when it is read for the first time since the segment was opened
 * (`VerifiedRanges`): a bit that flipped on disk is never served. Throws (or rejects with) CorruptLogError where the file
 * holds something else, and the file system's errors.
 */
export const readSegment = (
  segment: Segment,
  request: SegmentRequest,
  resources: ReadResources,
): LogRead | null | Promise<LogRead | null> => {
  const end = segment.sizeBytes;
  let attempt = firstAttempt(segment, request);
  for (;;) {
    if (attempt.position >= end) return null;
    if (attempt.sizeBytes > resources.blockingReadBytes) return readLater(segment, request, resources, attempt, end);
    const slab = resources.pool.take(attempt.sizeBytes);
    let outcome: Outcome;
    try {
      readNow(resources.files, segment.file, slab, attempt.position, attempt.sizeBytes);
      outcome = trim(segment, request, slab, attempt, end);
    } catch (error) {
      slab.release();
      throw error;
    }
    if (outcome === null || !isAttempt(outcome)) return outcome;
    attempt = outcome;
  }
};

const readLater = async (
  segment: Segment,
  request: SegmentRequest,
  resources: ReadResources,
  first: Attempt,
  end: number,
): Promise<LogRead | null> => {
  let attempt = first;
  while (attempt.position < end) {
    const slab = resources.pool.take(attempt.sizeBytes);
    let outcome: Outcome;
    try {
      await readSoon(resources.files, segment.file, slab, attempt.position, attempt.sizeBytes);
      outcome = trim(segment, request, slab, attempt, end);
    } catch (error) {
      slab.release();
      throw error;
    }
    if (outcome === null || !isAttempt(outcome)) return outcome;
    attempt = outcome;
  }
  return null;
};

const firstAttempt = (segment: Segment, request: SegmentRequest): Attempt => {
  const hint = segment.hints.find(request.offset);
  const position = hint >= 0 ? hint : segment.positionFor(request.offset);
  const leastOffset = hint >= 0 ? request.offset : segment.baseOffset;
  const budget = Math.max(MIN_FILE_READ_BYTES, Math.min(request.maxBytes, MAX_FILE_READ_BYTES));
  return { position, sizeBytes: segment.readEnd(position, budget) - position, leastOffset };
};

/**
 * Finds the wanted whole batches in what was read. The slab goes to the result, or is released when the range was not the
 * right one or nothing may be handed out.
 */
const trim = (segment: Segment, request: SegmentRequest, slab: Slab, attempt: Attempt, end: number): Outcome => {
  const { bytes } = slab;
  const { position, sizeBytes: available } = attempt;
  let first = 0;
  let nextOffset = attempt.leastOffset;
  while (first + BATCH_OVERHEAD_BYTES <= available) {
    checkFrame(segment, bytes, first, position, end);
    if (!isInOrder(segment, bytes, first, nextOffset)) throw new CorruptLogError(segment.file.path, position + first);
    if (batchLastOffset(bytes, first) >= request.offset) break;
    nextOffset = batchLastOffset(bytes, first) + 1;
    first += batchSizeBytes(bytes, first);
  }
  if (first + BATCH_OVERHEAD_BYTES > available) {
    slab.release();
    if (position + first >= end) return null;
    if (end - position - first < BATCH_OVERHEAD_BYTES) throw new CorruptLogError(segment.file.path, position + first);
    return rangeFrom(segment, position + first, request.maxBytes, nextOffset);
  }
  let last = first;
  let lastBatch = first;
  const verifiedEnd = segment.verified.endFrom(position + first) - position;
  while (last + BATCH_OVERHEAD_BYTES <= available) {
    // What stands before a broken batch can be had; the next read begins with it.
    if (last > first && !isFrame(bytes, last, position, end)) break;
    const size = batchSizeBytes(bytes, last);
    const isAllowed = last - first + size <= request.maxBytes || (last === first && request.minOneBatch);
    if (!isAllowed || last + size > available) break;
    const isRight =
      isInOrder(segment, bytes, last, nextOffset) && (last + size <= verifiedEnd || isWholeBatch(bytes, last, size));
    if (!isRight && last === first) throw new CorruptLogError(segment.file.path, position + last);
    if (!isRight || batchBaseOffset(bytes, last) >= request.limitOffset) break;
    nextOffset = batchLastOffset(bytes, last) + 1;
    lastBatch = last;
    last += size;
  }
  if (last > first) {
    segment.verified.add(position + first, position + last);
    segment.hints.remember(batchLastOffset(bytes, lastBatch) + 1, position + last);
    return {
      slices: [bytes.subarray(first, last)],
      sizeBytes: last - first,
      memoryBytes: bytes.length,
      release: () => slab.release(),
    };
  }
  const firstBytes = batchSizeBytes(bytes, first);
  const isWanted = batchBaseOffset(bytes, first) < request.limitOffset;
  slab.release();
  if (!isWanted || (firstBytes > request.maxBytes && !request.minOneBatch)) return EMPTY_READ;
  const wantedBytes = Math.max(firstBytes, Math.min(request.maxBytes, MAX_FILE_READ_BYTES));
  return rangeFrom(segment, position + first, wantedBytes, nextOffset);
};

const rangeFrom = (segment: Segment, position: number, wantedBytes: number, leastOffset: number): Attempt => {
  const budget = Math.max(MIN_FILE_READ_BYTES, wantedBytes);
  return { position, sizeBytes: Math.min(budget, segment.sizeBytes - position), leastOffset };
};

/** The CRC does not cover a batch's offsets: they must at least ascend, and stay within the segment. */
const isInOrder = (segment: Segment, bytes: Buffer, at: number, leastOffset: number): boolean =>
  batchBaseOffset(bytes, at) >= leastOffset && batchLastOffset(bytes, at) < segment.nextOffset;

/** Whether a batch that ends within the segment can begin at `at`. */
const isFrame = (bytes: Buffer, at: number, position: number, end: number): boolean => {
  const size = batchSizeBytes(bytes, at);
  return size >= BATCH_OVERHEAD_BYTES && position + at + size <= end;
};

const checkFrame = (segment: Segment, bytes: Buffer, at: number, position: number, end: number): void => {
  if (!isFrame(bytes, at, position, end)) throw new CorruptLogError(segment.file.path, position + at);
};
