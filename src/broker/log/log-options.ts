import type { FileCache } from './file-cache.ts';
import type { LogClock } from './log-clock.ts';
import type { LogConfig } from './log-config.ts';
import type { ReadPool } from './read-pool.ts';
import type { Rename } from './segment-files.ts';
import type { TailCache } from './tail-cache.ts';
import type { WriteVector } from './vectored-write.ts';

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
  /** What checkpoint files tell of the log; where they tell nothing, it begins with its first segment. */
  readonly known?: KnownOffsets;
  /** Who wants to know what happens to the log beside its reads and writes. */
  readonly listener?: LogListener;
  /** Replaces the machine's clock, for tests. */
  readonly clock?: LogClock;
  /** Replaces the write call, for tests. */
  readonly write?: WriteVector;
  /** Replaces the rename call, for tests. */
  readonly rename?: Rename;
};

/** What the checkpoint files of a data directory keep of one log. */
export type KnownOffsets = {
  readonly logStartOffset?: number | undefined;
  readonly recoveryPoint?: number | undefined;
  readonly cleanedOffset?: number | undefined;
};

/** Gets what a log cannot answer to whoever called it. */
export type LogListener = {
  /** The log's start moved or the log was deleted: the checkpoint files are to be written soon. */
  checkpointDue(): void;
  /** Work in the background failed; a sentence. */
  failed(line: string): void;
};

/** For a log that nobody listens to. */
export const NOBODY: LogListener = { checkpointDue: () => {}, failed: () => {} };
