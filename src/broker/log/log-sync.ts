import { fdatasync, fdatasyncSync } from 'node:fs';
import type { FileCache, LogFile } from './file-cache.ts';
import type { LogClock } from './log-clock.ts';
import type { LogConfig } from './log-config.ts';
import type { SegmentList } from './segment-list.ts';

/**
 * Syncs a log to the device as `flush.messages` and `flush.ms` ask for (fdatasync(2)). By default neither is set, as in Kafka:
 * the page cache keeps what a killed process wrote, and only the machine's end can lose it.
 */
export class LogSync {
  /** Everything before this offset is on the device. */
  recoveryPoint: number;
  readonly #segments: SegmentList;
  readonly #files: FileCache;
  readonly #clock: LogClock;
  readonly #onError: (error: unknown) => void;
  #isDue: (() => void) | null = null;

  constructor(options: {
    readonly recoveryPoint: number;
    readonly segments: SegmentList;
    readonly files: FileCache;
    readonly clock: LogClock;
    /** Gets what a sync in the background failed with. */
    readonly onError: (error: unknown) => void;
  }) {
    this.recoveryPoint = options.recoveryPoint;
    this.#segments = options.segments;
    this.#files = options.files;
    this.#clock = options.clock;
    this.#onError = options.onError;
  }

  /** Whether these settings ask for any sync. */
  static isWanted({ flushMessages, flushMs }: LogConfig): boolean {
    return flushMessages !== Number.POSITIVE_INFINITY || flushMs !== Number.POSITIVE_INFINITY;
  }

  /** All before `highWatermark` is written. Syncs now when `flush.messages` are reached; throws the system's error then. */
  wrote(highWatermark: number, config: LogConfig): void {
    if (highWatermark - this.recoveryPoint >= config.flushMessages) {
      for (const segment of this.#unsynced()) fdatasyncSync(this.#files.use(segment.file));
      this.recoveryPoint = highWatermark;
      this.stop();
    } else if (config.flushMs !== Number.POSITIVE_INFINITY && this.#isDue === null) {
      this.#isDue = this.#clock.after(config.flushMs, () => {
        this.#isDue = null;
        this.#syncLater().catch(this.#onError);
      });
    }
  }

  /** Calls off a sync that is due later. */
  stop(): void {
    this.#isDue?.();
    this.#isDue = null;
  }

  async #syncLater(): Promise<void> {
    const offset = this.#segments.active.nextOffset;
    for (const segment of this.#unsynced()) await syncFile(this.#files, segment.file);
    this.recoveryPoint = Math.max(this.recoveryPoint, offset);
  }

  #unsynced() {
    return this.#segments.all().slice(this.#segments.indexFor(this.recoveryPoint));
  }
}

/** Brings a file's data to the device in a thread of the pool (fdatasync(2)). Rejects with the system's error. */
export const syncFile = (files: FileCache, file: LogFile): Promise<void> =>
  new Promise((resolve, reject) => {
    const descriptor = files.pin(file);
    fdatasync(descriptor, (error) => {
      files.unpin(file);
      if (error === null) resolve();
      else reject(error);
    });
  });
