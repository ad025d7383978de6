import { randomBytes } from 'node:crypto';
import { renameSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { makeFolder } from '../../measure/folder.ts';
import { batchLastOffsetDelta, batchMaxTimestamp, hasProducerId, placeBatch } from '../../protocol/record-batch.ts';
import type { Slab } from '../../protocol/slab.ts';
import { readLeaderEpochs, writeLeaderEpochs } from './checkpoint-files.ts';
import { LogWriteError, OffsetOutOfRangeError } from './errors.ts';
import type { FileCache } from './file-cache.ts';
import { BLOCKING_READ_BYTES } from './limits.ts';
import type { LogConfig } from './log-config.ts';
import { EMPTY_READ, type LogRead } from './log-read.ts';
import { ProducerLog } from './producer-log.ts';
import type { ReadPool } from './read-pool.ts';
import { openSegments, type RecoveryReport } from './recovery.ts';
import { type PlacedBatch, Segment, type SegmentContext, type SegmentMark, type WriteVector } from './segment.ts';
import { type ReadResources, readSegment } from './segment-reader.ts';
import { PartitionTail, type TailCache } from './tail-cache.ts';
import { findAtOrAfter, findLatest, type TimedOffset } from './time-search.ts';

/** Longest name of a file or folder (NAME_MAX); a topic's name may take 249 of it. */
const MAX_FILE_NAME_LENGTH = 255;

/** What a partition's log is opened with. */
export type PartitionLogOptions = {
  /** The folder `<topic>-<partition>`; made when it is not there. */
  readonly directory: string;
  readonly config: LogConfig;
  readonly tailCache: TailCache;
  readonly files: FileCache;
  readonly readPool: ReadPool;
  /** Whether the broker stopped cleanly the last time (`DataDirectory.wasCleanStop`). */
  readonly isCleanStart: boolean;
  /** What an unclean stop may have harmed (`DataDirectory.recover`); all segments when left out. */
  readonly recover?: 'last' | 'all';
  /** File reads of at most so many bytes block the event loop; larger ones go through the thread pool. */
  readonly blockingReadBytes?: number;
  /** Replaces the write call, for tests. */
  readonly write?: WriteVector;
};

/** A batch between `stage()` and `flush()`. */
type StagedBatch = PlacedBatch & { readonly slab: Slab; readonly start: number; readonly end: number };

/**
 * The log of one partition: batches in segments on disk, the newest also in the broker's tail cache. Appends are staged and
 * then written by `flush()`, many batches with one system call; nothing is readable before it is written, and nothing is
 * synced to the device (Kafka's default: `log.flush.interval.messages` is unlimited).
 */
export class PartitionLog {
  /** The folder of the log. */
  readonly directory: string;
  /** First offset that may be read. */
  logStartOffset: number;
  /** The next offset to be assigned; staged batches have theirs already. */
  nextOffset: number;
  /** First offset that is not written yet. */
  highWatermark: number;
  /** Epoch that batches are stamped with. */
  leaderEpoch: number;
  /** What opening the log found out of order. */
  readonly recovery: RecoveryReport;
  /** The idempotent and transactional producers that wrote to it. */
  readonly producers: ProducerLog;

  readonly #context: SegmentContext;
  readonly #resources: ReadResources;
  readonly #tail: PartitionTail;
  readonly #tailBytes: number;
  /** All segments, ascending; the last one takes the appends. */
  readonly #segments: Segment[];
  #active: Segment;
  #staged: StagedBatch[] = [];
  #isClosed = false;

  private constructor(options: PartitionLogOptions) {
    const { directory, config, files } = options;
    this.directory = directory;
    this.#context = { directory, config, files, ...(options.write === undefined ? {} : { write: options.write }) };
    this.#resources = {
      files,
      pool: options.readPool,
      blockingReadBytes: options.blockingReadBytes ?? BLOCKING_READ_BYTES,
    };
    this.#tail = new PartitionTail(options.tailCache, options.readPool);
    this.#tailBytes = options.tailCache.maxBytes;
    makeFolder(directory);
    const mode = { isCleanStart: options.isCleanStart, recover: options.recover ?? 'all' } as const;
    const { segments, report } = openSegments(this.#context, mode);
    this.recovery = report;
    this.#active = segments.at(-1) ?? Segment.create(this.#context, 0);
    this.#segments = segments.length > 0 ? segments : [this.#active];
    this.logStartOffset = this.#segments[0]?.baseOffset ?? 0;
    this.nextOffset = this.#active.nextOffset;
    this.highWatermark = this.nextOffset;
    const epochs = readLeaderEpochs(directory);
    this.leaderEpoch = epochs.at(-1)?.epoch ?? 0;
    if (epochs.length === 0) writeLeaderEpochs(directory, [{ epoch: 0, startOffset: this.logStartOffset }]);
    this.producers = new ProducerLog(directory);
    this.producers.open({
      logStartOffset: this.logStartOffset,
      endOffset: this.nextOffset,
      isCleanStart: options.isCleanStart,
      segmentBaseOf: this.#segmentBaseOf,
      lateOffset: this.#segments.at(-2)?.baseOffset ?? this.#active.baseOffset,
      walk: (offset, visit) => this.#walkHeaders(offset, visit),
    });
  }

  /**
   * Opens the log in the folder, or makes an empty one; recovers it after an unclean stop. Synchronous. Throws the file
   * system's errors.
   */
  static open(options: PartitionLogOptions): PartitionLog {
    return new PartitionLog(options);
  }

  /**
   * Behind the last record that a `read_committed` consumer may see: the first offset of the earliest open transaction, or
   * the high watermark.
   */
  get lastStableOffset(): number {
    const unstable = this.producers.states.firstUnstableOffset;
    return unstable === null ? this.highWatermark : Math.min(unstable, this.highWatermark);
  }

  /** Number of segments. */
  get segmentCount(): number {
    return this.#segments.length;
  }

  /** Number of batches that wait for `flush()`. */
  get stagedCount(): number {
    return this.#staged.length;
  }

  /**
   * Takes one checked batch, bytes [start, end) of the slab: gives it its offsets and leader epoch in place and holds the
   * slab. Nothing is written yet. Returns the base offset.
   */
  stage(slab: Slab, start: number, end: number): number {
    this.#assertOpen();
    const { bytes } = slab;
    const baseOffset = this.nextOffset;
    placeBatch(bytes, start, baseOffset, this.leaderEpoch);
    const lastOffset = baseOffset + batchLastOffsetDelta(bytes, start);
    slab.retain();
    this.#staged.push({
      slab,
      start,
      end,
      bytes: bytes.subarray(start, end),
      baseOffset,
      lastOffset,
      maxTimestampMs: batchMaxTimestamp(bytes, start),
    });
    this.nextOffset = lastOffset + 1;
    if (hasProducerId(bytes, start)) this.producers.staged(bytes, start, baseOffset);
    return baseOffset;
  }

  /**
   * Writes all staged batches, with one vectored write for each segment they go to; then they may be read. When the file
   * system refuses, the files and offsets are as they were before the batches were staged, and LogWriteError is thrown.
   */
  flush(): void {
    const staged = this.#staged;
    if (staged.length === 0) return;
    const segmentCount = this.#segments.length;
    const active = this.#active;
    const mark = active.mark();
    try {
      this.#write(staged);
    } catch (error) {
      const path = this.#active.file.path;
      this.#takeBack(segmentCount, active, mark);
      this.producers.undo();
      throw new LogWriteError(path, error);
    }
    for (const batch of staged) {
      if (batch.slab.bytes.length > this.#tailBytes) {
        // Larger than the whole cache: what is cached must stay without a gap, so it goes as well.
        this.#tail.clear();
        batch.slab.release();
      } else this.#tail.add(batch.slab, batch.start, batch.end, batch.baseOffset);
    }
    staged.length = 0;
    this.highWatermark = this.nextOffset;
    this.producers.written(this.nextOffset, this.#segments.length !== segmentCount, this.#segmentBaseOf);
  }

  /**
   * Whole batches from the one that holds `offset` on: at most `maxBytes` of them, except that with `minOneBatch` the first
   * one comes even if it is larger (KIP-74). At the high watermark nothing. Comes at once from the tail cache and from small
   * file reads, else as a promise. Throws OffsetOutOfRangeError outside [logStartOffset, highWatermark]; throws or rejects
   * with CorruptLogError or the file system's error. `release()` the result once its bytes are sent.
   * Batches from `limitOffset` on (the last stable offset for `read_committed`) are not handed out.
   */
  read(
    offset: number,
    maxBytes: number,
    minOneBatch: boolean,
    limitOffset = this.highWatermark,
  ): LogRead | Promise<LogRead> {
    this.#assertOpen();
    // Not simply `<` and `>`: NaN is out of range, too.
    if (!(offset >= this.logStartOffset && offset <= this.highWatermark))
      throw new OffsetOutOfRangeError(this.directory, offset, this.logStartOffset, this.highWatermark);
    if (offset >= limitOffset) return EMPTY_READ;
    const cached = this.#tail.read(offset, maxBytes, minOneBatch, limitOffset);
    if (cached !== null) return cached;
    const request = { offset, maxBytes, minOneBatch, limitOffset };
    return this.#readFiles(request, this.#segmentIndexFor(offset));
  }

  /**
   * The first record whose time stamp is at or after `timestampMs`, or null when there is none. For a compressed batch its
   * base offset, which is never behind that record. Blocks for a few small file reads.
   */
  offsetForTime(timestampMs: number): TimedOffset | null {
    for (const segment of this.#segments) {
      const found = findAtOrAfter(segment, timestampMs, this.logStartOffset);
      if (found !== null) return found;
    }
    return null;
  }

  /** The first record with the largest time stamp (ListOffsets -3, KIP-734), or null when the log is empty. */
  maxTimestamp(): TimedOffset | null {
    let newest: Segment | null = null;
    let newestMs = -1;
    for (const segment of this.#segments) {
      const timestampMs = segment.latest()?.timestampMs ?? -1;
      if (timestampMs > newestMs) {
        newest = segment;
        newestMs = timestampMs;
      }
    }
    return newest === null ? null : findLatest(newest, this.logStartOffset);
  }

  /** Bytes of all segments' `.log` files. */
  sizeBytes(): number {
    return this.#segments.reduce((sum, segment) => sum + segment.sizeBytes, 0);
  }

  /** Writes the indexes and closes the files. What is staged and not flushed is let go. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#dropStaged();
    this.#tail.clear();
    for (const segment of this.#segments) segment.close();
    this.producers.close(this.highWatermark);
  }

  /** Closes the log, renames its folder to `*-delete`, so that it is gone at once, and removes that. */
  delete(): void {
    this.close();
    // As Kafka names it (`UnifiedLog.logDeleteDirName`): a restart recognises what a crash left behind.
    const suffix = `.${randomBytes(16).toString('hex')}-delete`;
    const name = basename(this.directory).slice(0, MAX_FILE_NAME_LENGTH - suffix.length);
    const doomed = join(dirname(this.directory), `${name}${suffix}`);
    renameSync(this.directory, doomed);
    rmSync(doomed, { recursive: true, force: true });
  }

  /** A closed log must not open its files again: nobody would close them. */
  #assertOpen(): void {
    if (this.#isClosed) throw new Error(`${this.directory} is closed`);
  }

  #write(staged: readonly StagedBatch[]): void {
    let from = 0;
    while (from < staged.length) {
      let pendingBytes = 0;
      let to = from;
      for (; to < staged.length; to++) {
        const batch = staged[to];
        if (batch === undefined || this.#active.isFullFor(batch, pendingBytes, to - from)) break;
        pendingBytes += batch.bytes.length;
      }
      if (to > from) this.#active.append(staged, from, to);
      from = to;
      const next = staged[from];
      if (next !== undefined) this.#roll(next.baseOffset);
    }
  }

  #roll(baseOffset: number): void {
    this.#active.seal();
    const segment = Segment.create(this.#context, baseOffset);
    this.#segments.push(segment);
    this.#active = segment;
  }

  /** Undoes a flush that failed: new segments go, the one that was active is cut back, staged batches are let go. */
  #takeBack(segmentCount: number, active: Segment, mark: SegmentMark): void {
    this.#dropStaged();
    this.nextOffset = this.highWatermark;
    this.#active = active;
    for (const segment of this.#segments.splice(segmentCount)) segment.remove();
    active.restore(mark);
  }

  #dropStaged(): void {
    for (const batch of this.#staged) batch.slab.release();
    this.#staged = [];
  }

  #readFiles(
    request: { offset: number; maxBytes: number; minOneBatch: boolean; limitOffset: number },
    segmentIndex: number,
  ): LogRead | Promise<LogRead> {
    for (let index = segmentIndex; ; index++) {
      const segment = this.#segments[index];
      if (segment === undefined) return EMPTY_READ;
      const read = readSegment(segment, request, this.#resources);
      if (read instanceof Promise)
        return read.then((found) => found ?? this.#readFiles(request, this.#segmentIndexAfter(segment)));
      if (read !== null) return read;
    }
  }

  /** Base offset of the segment that holds `offset`. */
  readonly #segmentBaseOf = (offset: number): number => this.#segments[this.#segmentIndexFor(offset)]?.baseOffset ?? 0;

  #walkHeaders(offset: number, visit: (bytes: Buffer, at: number) => void): void {
    for (let index = this.#segmentIndexFor(offset); index < this.#segments.length; index++) {
      const segment = this.#segments[index];
      segment?.walkHeaders(segment.baseOffset < offset ? segment.positionFor(offset) : 0, visit);
    }
  }

  #segmentIndexAfter(segment: Segment): number {
    return this.#segmentIndexFor(segment.baseOffset) + 1;
  }

  /** Index of the last segment whose base offset is at most `offset`. */
  #segmentIndexFor(offset: number): number {
    let low = 0;
    let high = this.#segments.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if ((this.#segments[middle]?.baseOffset ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}
