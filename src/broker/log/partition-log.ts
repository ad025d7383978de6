import { makeFolder } from '../../measure/folder.ts';
import { batchLastOffsetDelta, batchMaxTimestamp, hasProducerId, placeBatch } from '../../protocol/record-batch.ts';
import type { Slab } from '../../protocol/slab.ts';
import { readLeaderEpochs, writeLeaderEpochs } from './checkpoint-files.ts';
import { removeLogFolder } from './doomed-folder.ts';
import { DoomedSegments } from './doomed-segments.ts';
import { LogWriteError, OffsetOutOfRangeError } from './errors.ts';
import { BLOCKING_READ_BYTES } from './limits.ts';
import { systemClock } from './log-clock.ts';
import type { LogConfig } from './log-config.ts';
import { type LogListener, NOBODY, type PartitionLogOptions } from './log-options.ts';
import { EMPTY_READ, type LogRead } from './log-read.ts';
import { LogSync } from './log-sync.ts';
import { ProducerLog } from './producer-log.ts';
import { openSegments, type RecoveryReport } from './recovery.ts';
import { belowStartCount, expiredSegmentCount } from './retention.ts';
import { Segment, type SegmentMark } from './segment.ts';
import type { PlacedBatch, SegmentContext } from './segment-context.ts';
import { SegmentList } from './segment-list.ts';
import { type ReadResources, readSegment, type SegmentRequest } from './segment-reader.ts';
import { PartitionTail } from './tail-cache.ts';
import { findFirstAtOrAfter, findNewest, type TimedOffset } from './time-search.ts';

/** A batch between `stage()` and `flush()`. */
type StagedBatch = PlacedBatch & { readonly slab: Slab; readonly start: number; readonly end: number };

/**
 * The log of one partition: batches in segments on disk, the newest also in the broker's tail cache. Appends are staged and
 * then written by `flush()`, many batches with one system call; nothing is readable before it is written. Nothing is synced
 * to the device unless `flush.messages` or `flush.ms` ask for it (`LogSync`).
 */
export class PartitionLog {
  /** The folder of the log. */
  readonly directory: string;
  /** First offset that may be read; see `advanceLogStartOffset()`. */
  logStartOffset: number;
  /** The log was compacted up to this offset. */
  cleanedOffset: number;
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
  /** The log's segments; only the log changes the list. */
  readonly segments: SegmentList;
  /** What its segments are made with. */
  readonly context: SegmentContext;

  readonly #listener: LogListener;
  readonly #sync: LogSync;
  readonly #doomed: DoomedSegments;
  #isSyncWanted: boolean;
  readonly #resources: ReadResources;
  readonly #tail: PartitionTail;
  readonly #tailBytes: number;
  #staged: StagedBatch[] = [];
  #isClosed = false;

  private constructor(options: PartitionLogOptions) {
    const { directory, config, files } = options;
    this.directory = directory;
    const { write, rename, known = {}, clock = systemClock, listener = NOBODY } = options;
    this.context = { directory, config, files, ...(write && { write }), ...(rename && { rename }) };
    this.#listener = listener;
    this.#doomed = new DoomedSegments(clock);
    this.#isSyncWanted = LogSync.isWanted(config);
    this.#resources = {
      files,
      pool: options.readPool,
      blockingReadBytes: options.blockingReadBytes ?? BLOCKING_READ_BYTES,
    };
    this.#tail = new PartitionTail(options.tailCache, options.readPool);
    this.#tailBytes = options.tailCache.maxBytes;
    makeFolder(directory);
    const recoveryPoint = known.recoveryPoint ?? 0;
    const { isCleanStart, recover = 'all' } = options;
    const { segments, report } = openSegments(this.context, { isCleanStart, recover, recoveryPoint });
    this.recovery = report;
    this.segments = listSegments(this.context, segments, known.logStartOffset ?? 0);
    this.logStartOffset = Math.max(this.segments.first.baseOffset, known.logStartOffset ?? 0);
    this.nextOffset = this.segments.active.nextOffset;
    this.highWatermark = this.nextOffset;
    this.cleanedOffset = Math.min(known.cleanedOffset ?? 0, this.nextOffset);
    this.#sync = new LogSync({
      recoveryPoint: Math.min(recoveryPoint, this.nextOffset),
      segments: this.segments,
      files,
      clock,
      onError: (error) => listener.failed(`cannot sync ${directory}: ${String(error)}`),
    });
    const epochs = readLeaderEpochs(directory);
    this.leaderEpoch = epochs.at(-1)?.epoch ?? 0;
    if (epochs.length === 0) writeLeaderEpochs(directory, [{ epoch: 0, startOffset: this.logStartOffset }]);
    this.producers = new ProducerLog(directory);
    this.producers.open({
      logStartOffset: this.logStartOffset,
      endOffset: this.nextOffset,
      isCleanStart: options.isCleanStart,
      segmentBaseOf: this.#segmentBaseOf,
      lateOffset: this.segments.at(this.segments.count - 2)?.baseOffset ?? this.segments.active.baseOffset,
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
    return this.segments.count;
  }

  /** The settings in force. */
  get config(): LogConfig {
    return this.context.config;
  }

  /** Everything before this offset was synced to the device. */
  get recoveryPoint(): number {
    return this.#sync.recoveryPoint;
  }

  /** True once the log was closed or deleted. */
  get isClosed(): boolean {
    return this.#isClosed;
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
    const { active } = this.segments;
    const mark = active.mark();
    try {
      this.#write(staged);
    } catch (error) {
      const { path } = this.segments.active.file;
      this.#takeBack(active, mark);
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
    this.producers.written(this.nextOffset, this.segments.active !== active, this.#segmentBaseOf);
    if (this.#isSyncWanted) this.#sync.wrote(this.highWatermark, this.config);
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
    return this.#readFiles(request, this.segments.indexFor(offset));
  }

  /**
   * The first record whose time stamp is at or after `timestampMs`, or null when there is none. For a compressed batch that
   * cannot be opened its base offset, which is never behind that record. Blocks for a few small file reads.
   */
  offsetForTime(timestampMs: number): TimedOffset | null {
    return findFirstAtOrAfter(this.segments.all(), timestampMs, this.logStartOffset);
  }

  /** The first record with the largest time stamp (ListOffsets -3, KIP-734), or null when the log is empty. */
  maxTimestamp(): TimedOffset | null {
    return findNewest(this.segments.all(), this.logStartOffset);
  }

  /** Bytes of all segments' `.log` files. */
  sizeBytes(): number {
    return this.segments.all().reduce((sum, segment) => sum + segment.sizeBytes, 0);
  }

  /** Puts other settings in force, for what comes next. */
  reconfigure(config: LogConfig): void {
    this.context.config = config;
    this.#isSyncWanted = LogSync.isWanted(config);
    if (!this.#isSyncWanted) this.#sync.stop();
  }

  /**
   * Lets the log begin at `offset` (DeleteRecords): nothing before it is read any more, and segments that lie before it are
   * deleted. An offset before the log's start changes nothing. Returns the log's start. Throws OffsetOutOfRangeError behind
   * the high watermark, and the file system's errors.
   */
  advanceLogStartOffset(offset: number): number {
    this.#assertOpen();
    if (!(offset >= 0 && offset <= this.highWatermark))
      throw new OffsetOutOfRangeError(this.directory, offset, this.logStartOffset, this.highWatermark);
    if (offset <= this.logStartOffset) return this.logStartOffset;
    this.logStartOffset = offset;
    this.#dropSegments(belowStartCount(this.segments.all(), offset));
    this.producers.startMoved(offset);
    this.#listener.checkpointDue();
    return offset;
  }

  /**
   * Deletes the segments whose time is over (`expiredSegmentCount`), and moves the log's start behind them. Returns how many
   * they were. Throws the file system's errors.
   */
  deleteExpired(nowMs: number): number {
    this.#assertOpen();
    const { config, logStartOffset } = this;
    const count = expiredSegmentCount({ segments: this.segments.all(), config, logStartOffset, nowMs });
    if (count === 0) return 0;
    if (count === this.segments.count) this.#roll(this.highWatermark);
    this.#dropSegments(count);
    this.logStartOffset = Math.max(logStartOffset, this.segments.first.baseOffset);
    this.producers.startMoved(this.logStartOffset);
    this.#listener.checkpointDue();
    return count;
  }

  /**
   * Puts a segment that a cleaning wrote (`.cleaned`, sealed and synced) in the place of the ones it was made from, each step
   * such that a stop behind it loses nothing (Kafka's `UnifiedLog.replaceSegments`). False, with nothing changed, when the
   * log was closed meanwhile or one of them was deleted. Throws the file system's errors.
   */
  replaceSegments(former: readonly Segment[], cleaned: Segment): boolean {
    if (this.#isClosed || !former.every((segment) => this.segments.has(segment))) return false;
    cleaned.changeSuffix('.swap');
    this.segments.replace(former, cleaned);
    try {
      for (const segment of former) segment.changeSuffix('.deleted');
      cleaned.changeSuffix('');
    } finally {
      this.#doomed.add(former, this.config.fileDeleteDelayMs);
    }
    return true;
  }

  /** Writes the indexes and closes the files. What is staged and not flushed is let go. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#dropStaged();
    this.#tail.clear();
    this.#sync.stop();
    this.#doomed.close();
    for (const segment of this.segments.all()) segment.close();
    this.producers.close(this.highWatermark);
  }

  /** Closes the log, renames its folder to `*-delete`, so that it is gone at once, and removes that. */
  delete(): void {
    this.close();
    removeLogFolder(this.directory);
    this.#listener.checkpointDue();
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
        if (batch === undefined || this.segments.active.isFullFor(batch, pendingBytes, to - from)) break;
        pendingBytes += batch.bytes.length;
      }
      if (to > from) this.segments.active.append(staged, from, to);
      from = to;
      const next = staged[from];
      if (next !== undefined) this.#roll(next.baseOffset);
    }
  }

  #roll(baseOffset: number): void {
    const segment = Segment.create(this.context, baseOffset);
    try {
      this.segments.active.seal();
    } catch (error) {
      segment.remove();
      throw error;
    }
    this.segments.add(segment);
  }

  #dropSegments(count: number): void {
    const dropped = this.segments.dropFirst(count);
    try {
      for (const segment of dropped) segment.changeSuffix('.deleted');
    } finally {
      this.#doomed.add(dropped, this.config.fileDeleteDelayMs);
    }
  }

  /** Undoes a flush that failed: new segments go, the one that was active is cut back, staged batches are let go. */
  #takeBack(active: Segment, mark: SegmentMark): void {
    this.#dropStaged();
    this.nextOffset = this.highWatermark;
    for (const segment of this.segments.dropBehind(active)) segment.remove();
    active.restore(mark);
  }

  #dropStaged(): void {
    for (const batch of this.#staged) batch.slab.release();
    this.#staged = [];
  }

  #readFiles(request: SegmentRequest, segmentIndex: number): LogRead | Promise<LogRead> {
    for (let index = segmentIndex; ; index++) {
      const segment = this.segments.at(index);
      if (segment === undefined) return EMPTY_READ;
      const read = readSegment(segment, request, this.#resources);
      if (read instanceof Promise)
        return read.then(
          (found) => found ?? this.#readOn(request, segment),
          (error: unknown) => {
            if (segment.isRetired) return this.#readOn(request, segment);
            throw error;
          },
        );
      if (read !== null) return read;
    }
  }

  /** Goes on behind a segment that did not have the offset; from the beginning when it was replaced or deleted meanwhile. */
  #readOn(request: SegmentRequest, segment: Segment): LogRead | Promise<LogRead> {
    if (!segment.isRetired) return this.#readFiles(request, this.segments.indexFor(segment.baseOffset) + 1);
    return this.read(request.offset, request.maxBytes, request.minOneBatch, request.limitOffset);
  }

  /** Base offset of the segment that holds `offset`. */
  readonly #segmentBaseOf = (offset: number): number => this.segments.baseOf(offset);

  #walkHeaders(offset: number, visit: (bytes: Buffer, at: number) => void): void {
    for (const segment of this.segments.all().slice(this.segments.indexFor(offset)))
      segment.walkHeaders(segment.baseOffset < offset ? segment.positionFor(offset) : 0, visit);
  }
}

/** The segments that were found, or a first one; where the log begins behind all of them, they go and an empty one begins there. */
const listSegments = (context: SegmentContext, found: readonly Segment[], logStartOffset: number): SegmentList => {
  const active = found.at(-1);
  if (active !== undefined && active.nextOffset >= logStartOffset) return new SegmentList(found, active);
  for (const segment of found) segment.remove();
  return new SegmentList([], Segment.create(context, logStartOffset));
};
