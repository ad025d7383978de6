import { fstatSync, ftruncateSync, statSync } from 'node:fs';
import {
  batchBaseOffset,
  batchLastOffset,
  batchMaxTimestamp,
  batchRecordCount,
  batchSizeBytes,
  isWholeBatch,
} from '../../protocol/record-batch.ts';
import { walkBatches, walkHeaders } from './batch-walk.ts';
import { LogFile } from './file-cache.ts';
import { SEARCH_READ_BYTES, WALK_READ_BYTES } from './limits.ts';
import { OFFSET_INDEX_ENTRY_BYTES, OffsetIndex } from './offset-index.ts';
import { PositionHints } from './position-hints.ts';
import { type PlacedBatch, rollMs, type SegmentContext } from './segment-context.ts';
import { removeSegmentFiles, renameSegmentFiles, type SegmentSuffix, segmentPath } from './segment-files.ts';
import { readLastTime, TIME_INDEX_ENTRY_BYTES, TimeIndex, type TimestampOffset } from './time-index.ts';
import { systemWrite, writeAll } from './vectored-write.ts';
import { VerifiedRanges } from './verified-ranges.ts';

const MAX_INT32 = 0x7fff_ffff;

/** A segment's state at one moment, to go back to when a write fails. */
export type SegmentMark = {
  readonly sizeBytes: number;
  readonly nextOffset: number;
  readonly latest: TimestampOffset | null;
  readonly offsetEntries: number;
  readonly timeEntries: number;
  readonly bytesSinceEntry: number;
  readonly firstTimestampMs: number | null;
};

type Indexes = { readonly byOffset: OffsetIndex; readonly byTime: TimeIndex };

/**
 * One segment of a partition's log: record batches back to back in a `.log` file, with a sparse `.index` and `.timeindex`
 * (Kafka's `LogSegment`). Only the last segment of a log takes appends; the indexes of the others are read when needed and
 * forgotten with the file's descriptor.
 */
export class Segment {
  readonly baseOffset: number;
  readonly file: LogFile;
  /** Where recent reads ended. */
  readonly hints = new PositionHints();
  /** What was read with a right CRC since the segment was opened. */
  readonly verified = new VerifiedRanges();
  /** Bytes of whole batches in the `.log`. */
  sizeBytes = 0;
  /** Offset behind the last batch. */
  nextOffset: number;

  readonly #context: SegmentContext;
  readonly #createdMs = Date.now();
  /** Part of `segment.jitter.ms` that this segment is closed earlier. */
  readonly #jitter = Math.random();
  #suffix: SegmentSuffix;
  #indexes: Indexes | null = null;
  #isSealed = false;
  #isTorn = false;
  /** The largest time stamp so far and the last offset of its batch; of a sealed segment only once it was asked for. */
  #latest: TimestampOffset | null = null;
  #isLatestKnown = true;
  #firstTimestampMs: number | null = null;
  #bytesSinceEntry = 0;

  private constructor(context: SegmentContext, baseOffset: number, suffix: SegmentSuffix = '') {
    this.#context = context;
    this.#suffix = suffix;
    this.baseOffset = baseOffset;
    this.nextOffset = baseOffset;
    this.file = new LogFile(segmentPath(context.directory, baseOffset, '.log', suffix), () => {
      if (this.#isSealed) this.#indexes = null;
    });
  }

  /** Makes the files of a new, empty segment. Throws the file system's error. */
  static create(context: SegmentContext, baseOffset: number, suffix: SegmentSuffix = ''): Segment {
    const segment = new Segment(context, baseOffset, suffix);
    context.files.create(segment.file);
    segment.#indexes = segment.#emptyIndexes();
    segment.#writeIndexes();
    return segment;
  }

  /** A segment that takes no more appends and was written completely; `nextOffset` is the next segment's base. */
  static openSealed(context: SegmentContext, baseOffset: number, sizeBytes: number, nextOffset: number): Segment {
    const segment = new Segment(context, baseOffset);
    segment.sizeBytes = sizeBytes;
    segment.nextOffset = nextOffset;
    segment.#isSealed = true;
    segment.#isLatestKnown = false;
    return segment;
  }

  /**
   * The last segment after a clean stop: finds its end through the index. When index and file do not fit each other, the
   * segment is recovered as after an unclean stop.
   */
  static openLast(context: SegmentContext, baseOffset: number): Segment {
    const segment = new Segment(context, baseOffset);
    segment.sizeBytes = fstatSync(context.files.use(segment.file)).size;
    if (!segment.#loadEnd()) segment.recover();
    return segment;
  }

  /** A segment after an unclean stop: see `recover()`. */
  static openRecovering(context: SegmentContext, baseOffset: number): Segment {
    const segment = new Segment(context, baseOffset);
    segment.recover();
    return segment;
  }

  /**
   * Walks all batches, checks size, CRC and the order of offsets, cuts the file before the first one that is not right, and
   * builds both indexes anew. Returns how many bytes were cut off.
   */
  recover(): number {
    const descriptor = this.#context.files.use(this.file);
    const fileBytes = fstatSync(descriptor).size;
    this.#rebuild(fileBytes, true);
    if (this.sizeBytes < fileBytes) ftruncateSync(descriptor, this.sizeBytes);
    this.verified.add(0, this.sizeBytes);
    this.#writeIndexes();
    return fileBytes - this.sizeBytes;
  }

  /** True once the files were renamed to be deleted: who still reads them starts again from the log. */
  get isRetired(): boolean {
    return this.#suffix === '.deleted';
  }

  /** The largest time stamp and the last offset of the batch that has it; null when no batch has a time stamp. */
  latest(): TimestampOffset | null {
    if (!this.#isLatestKnown) {
      const last = readLastTime(this.#path('.timeindex'), this.baseOffset);
      this.#latest = last === undefined ? this.#loaded().byTime.last() : last;
      this.#isLatestKnown = true;
    }
    return this.#latest;
  }

  /** What its age counts from: the largest time stamp, or when no batch has one the time the file was last written, ms. */
  newestMs(): number {
    return this.latest()?.timestampMs ?? statSync(this.file.path).mtimeMs;
  }

  /** Largest time stamp of the first batch, ms; null for an empty segment. Reads the file's beginning. */
  oldestMs(): number | null {
    let oldest: number | null = null;
    this.search(0, (bytes, at) => {
      oldest = batchMaxTimestamp(bytes, at);
      return false;
    });
    return oldest;
  }

  /** Bytes of the two index files. */
  indexSizes(): { readonly byOffset: number; readonly byTime: number } {
    const { byOffset, byTime } = this.#loaded();
    return { byOffset: byOffset.count * OFFSET_INDEX_ENTRY_BYTES, byTime: byTime.count * TIME_INDEX_ENTRY_BYTES };
  }

  /** Whether `batch` must begin a new segment, after `pendingBytes` and `pendingCount` batches that are to be written here. */
  isFullFor(batch: PlacedBatch, pendingBytes: number, pendingCount: number): boolean {
    const { segmentBytes, segmentIndexBytes } = this.#context.config;
    const size = this.sizeBytes + pendingBytes;
    if (size === 0) return false;
    if (size + batch.bytes.length > segmentBytes) return true;
    if (batch.lastOffset - this.baseOffset > MAX_INT32) return true;
    const indexes = this.#loaded();
    if (indexes.byOffset.count + pendingCount >= Math.floor(segmentIndexBytes / OFFSET_INDEX_ENTRY_BYTES)) return true;
    if (indexes.byTime.count + pendingCount >= Math.floor(segmentIndexBytes / TIME_INDEX_ENTRY_BYTES) - 1) return true;
    const ageMs =
      this.#firstTimestampMs === null ? Date.now() - this.#createdMs : batch.maxTimestampMs - this.#firstTimestampMs;
    return ageMs > rollMs(this.#context.config, this.#jitter);
  }

  /**
   * Appends batches [from, to) with one vectored write, which is continued while the system takes only a part. Throws the
   * system's error; the caller goes back to its mark then.
   */
  append(batches: readonly PlacedBatch[], from: number, to: number): void {
    const descriptor = this.#context.files.use(this.file);
    this.#cutTornEnd();
    const buffers: Buffer[] = [];
    for (let index = from; index < to; index++) {
      const batch = batches[index];
      if (batch !== undefined) buffers.push(batch.bytes);
    }
    writeAll(this.#context.write ?? systemWrite, descriptor, buffers, this.sizeBytes);
    for (let index = from; index < to; index++) {
      const batch = batches[index];
      if (batch !== undefined) this.#note(batch.lastOffset, batch.maxTimestampMs, batch.bytes.length);
    }
    const indexes = this.#loaded();
    if (indexes.byOffset.isDueForWrite) indexes.byOffset.write();
    if (indexes.byTime.isDueForWrite) indexes.byTime.write();
  }

  /** The state to go back to with `restore()`. */
  mark(): SegmentMark {
    const indexes = this.#loaded();
    return {
      sizeBytes: this.sizeBytes,
      nextOffset: this.nextOffset,
      latest: this.#latest,
      offsetEntries: indexes.byOffset.count,
      timeEntries: indexes.byTime.count,
      bytesSinceEntry: this.#bytesSinceEntry,
      firstTimestampMs: this.#firstTimestampMs,
    };
  }

  /** Takes back every append since `mark`, in memory and in the files; the segment takes appends again. */
  restore(mark: SegmentMark): void {
    const indexes = this.#loaded();
    indexes.byOffset.truncate(mark.offsetEntries);
    indexes.byTime.truncate(mark.timeEntries);
    this.sizeBytes = mark.sizeBytes;
    this.nextOffset = mark.nextOffset;
    this.#latest = mark.latest;
    this.#bytesSinceEntry = mark.bytesSinceEntry;
    this.#firstTimestampMs = mark.firstTimestampMs;
    this.#isSealed = false;
    this.hints.clear();
    this.verified.clear();
    this.#isTorn = true;
    try {
      this.#cutTornEnd();
    } catch {
      // The failure that led here is the one to report. Whatever lies behind `sizeBytes` is never read, the next append
      // cuts it before it writes, and recovery would cut it as well.
    }
  }

  /** Ends the appends: the time index gets its last entry and both indexes are written. */
  seal(): void {
    if (this.#isSealed) return;
    this.#cutTornEnd();
    const indexes = this.#loaded();
    if (this.#latest !== null) indexes.byTime.append(this.#latest.timestampMs, this.#latest.offset);
    this.#writeIndexes();
    this.#isSealed = true;
  }

  /** A batch boundary from which a forward scan finds `offset`. */
  positionFor(offset: number): number {
    const hint = this.hints.find(offset);
    return hint >= 0 ? hint : this.#loaded().byOffset.positionFor(offset);
  }

  /**
   * Where a read from `start` of at most `budgetBytes` should end: at the last batch boundary in reach, so that nothing is
   * read to be thrown away; `start + budgetBytes` when the index knows none.
   */
  readEnd(start: number, budgetBytes: number): number {
    const reach = start + budgetBytes;
    if (reach >= this.sizeBytes) return this.sizeBytes;
    const boundary = this.#loaded().byOffset.boundaryAtOrBefore(reach);
    return boundary > start ? boundary : reach;
  }

  /** A position from which a forward scan finds the first batch with a time stamp of at least `timestampMs`. */
  positionForTime(timestampMs: number): number {
    const { byTime, byOffset } = this.#loaded();
    const floor = byTime.floor(timestampMs - 1);
    return floor === null ? 0 : byOffset.positionFor(floor.offset);
  }

  /** Walks whole batches from `position` on, a few at a time; see `walkBatches`. */
  search(position: number, visit: (bytes: Buffer, at: number, position: number) => boolean): number {
    return walkBatches(this.#context.files.use(this.file), position, this.sizeBytes, SEARCH_READ_BYTES, visit);
  }

  /** Walks the headers of all batches from `position` on; see `walkHeaders`. */
  walkHeaders(position: number, visit: (bytes: Buffer, at: number) => void): void {
    walkHeaders(this.#context.files.use(this.file), position, this.sizeBytes, visit);
  }

  /** Closes the segment; one that took appends has its indexes written and cut to size. */
  close(): void {
    this.seal();
    this.#context.files.close(this.file);
    this.#indexes = null;
  }

  /** Closes and removes all files of the segment. */
  remove(): void {
    this.#context.files.close(this.file);
    this.#indexes = null;
    removeSegmentFiles(this.#context.directory, this.baseOffset, this.#suffix);
  }

  /** Gives the files of a sealed segment another suffix; reads in flight go on. Throws the file system's error. */
  changeSuffix(suffix: SegmentSuffix): void {
    const { directory, rename, files } = this.#context;
    const from = this.#suffix;
    this.#suffix = suffix;
    this.file.path = segmentPath(directory, this.baseOffset, '.log', suffix);
    this.#indexes = null;
    renameSegmentFiles({ directory, baseOffset: this.baseOffset }, from, suffix, rename);
    if (suffix === '.deleted') files.close(this.file);
  }

  #cutTornEnd(): void {
    if (!this.#isTorn) return;
    ftruncateSync(this.#context.files.use(this.file), this.sizeBytes);
    this.#isTorn = false;
  }

  #path(suffix: '.index' | '.timeindex'): string {
    return segmentPath(this.#context.directory, this.baseOffset, suffix, this.#suffix);
  }

  #emptyIndexes(): Indexes {
    return {
      byOffset: new OffsetIndex(this.#path('.index'), this.baseOffset),
      byTime: new TimeIndex(this.#path('.timeindex'), this.baseOffset),
    };
  }

  #writeIndexes(): void {
    this.#indexes?.byOffset.write();
    this.#indexes?.byTime.write();
  }

  /** The indexes in memory: as they are, or from their files, or rebuilt from the log. */
  #loaded(): Indexes {
    if (this.#indexes !== null) return this.#indexes;
    const indexes = this.#emptyIndexes();
    this.#indexes = indexes;
    if (indexes.byOffset.load(this.sizeBytes) && indexes.byTime.load()) return indexes;
    const nextOffset = this.nextOffset;
    const sizeBytes = this.sizeBytes;
    this.#rebuild(sizeBytes, false);
    // A sealed segment keeps its size even if a part of it cannot be walked: reads say where it is broken.
    this.sizeBytes = sizeBytes;
    this.nextOffset = nextOffset;
    this.#writeIndexes();
    return this.#indexes;
  }

  /** Makes the indexes anew from the first `fileBytes` bytes; `sizeBytes` and `nextOffset` become what was found. */
  #rebuild(fileBytes: number, isCheckingCrc: boolean): void {
    this.#indexes = this.#emptyIndexes();
    this.sizeBytes = 0;
    this.nextOffset = this.baseOffset;
    this.#latest = null;
    this.#isLatestKnown = true;
    this.#firstTimestampMs = null;
    this.#bytesSinceEntry = 0;
    this.hints.clear();
    const descriptor = this.#context.files.use(this.file);
    walkBatches(descriptor, 0, fileBytes, WALK_READ_BYTES, (bytes, at) => {
      const size = batchSizeBytes(bytes, at);
      if (isCheckingCrc && !isWholeBatch(bytes, at, size)) return false;
      const lastOffset = batchLastOffset(bytes, at);
      if (batchBaseOffset(bytes, at) < this.nextOffset || lastOffset < batchBaseOffset(bytes, at)) return false;
      if (lastOffset - this.baseOffset > MAX_INT32) return false;
      this.#note(lastOffset, indexedTimestamp(bytes, at), size);
      return true;
    });
    if (this.#isSealed && this.#latest !== null) this.#noteLatest(this.#latest);
  }

  #noteLatest(latest: TimestampOffset): void {
    this.#indexes?.byTime.append(latest.timestampMs, latest.offset);
  }

  /** Finds the end of the last segment behind its last index entry; false when something does not fit. */
  #loadEnd(): boolean {
    const indexes = this.#emptyIndexes();
    if (!indexes.byOffset.load(this.sizeBytes) || !indexes.byTime.load()) return false;
    this.#indexes = indexes;
    this.#latest = indexes.byTime.last();
    const from = indexes.byOffset.lastPosition();
    const descriptor = this.#context.files.use(this.file);
    if (from > 0)
      walkBatches(descriptor, 0, from, SEARCH_READ_BYTES, (bytes, at) => {
        const maxTimestampMs = indexedTimestamp(bytes, at);
        this.#firstTimestampMs = maxTimestampMs < 0 ? null : maxTimestampMs;
        return false;
      });
    const end = walkBatches(descriptor, from, this.sizeBytes, SEARCH_READ_BYTES, (bytes, at) => {
      const lastOffset = batchLastOffset(bytes, at);
      if (batchBaseOffset(bytes, at) < this.nextOffset || lastOffset - this.baseOffset > MAX_INT32) return false;
      this.nextOffset = lastOffset + 1;
      const maxTimestampMs = indexedTimestamp(bytes, at);
      this.#firstTimestampMs ??= maxTimestampMs < 0 ? null : maxTimestampMs;
      if (maxTimestampMs > (this.#latest?.timestampMs ?? -1))
        this.#latest = { timestampMs: maxTimestampMs, offset: this.nextOffset - 1 };
      return true;
    });
    this.#bytesSinceEntry = this.sizeBytes - from;
    return end === this.sizeBytes;
  }

  /** Takes one appended batch into size, offsets, time stamps and, every `index.interval.bytes`, the indexes. */
  #note(lastOffset: number, maxTimestampMs: number, batchBytes: number): void {
    if (maxTimestampMs > (this.#latest?.timestampMs ?? -1))
      this.#latest = { timestampMs: maxTimestampMs, offset: lastOffset };
    this.#firstTimestampMs ??= maxTimestampMs < 0 ? null : maxTimestampMs;
    if (this.#bytesSinceEntry > this.#context.config.indexIntervalBytes && this.#indexes !== null) {
      this.#indexes.byOffset.append(lastOffset, this.sizeBytes);
      if (this.#latest !== null) this.#indexes.byTime.append(this.#latest.timestampMs, this.#latest.offset);
      this.#bytesSinceEntry = 0;
    }
    this.#bytesSinceEntry += batchBytes;
    this.sizeBytes += batchBytes;
    this.nextOffset = lastOffset + 1;
  }
}

/** The time stamp that the time index takes from a batch: an empty one, which a cleaning left behind, has none. */
const indexedTimestamp = (bytes: Buffer, at: number): number =>
  batchRecordCount(bytes, at) === 0 ? -1 : batchMaxTimestamp(bytes, at);
