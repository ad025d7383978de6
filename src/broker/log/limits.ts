/**
 * The bounds of the log, all in one place. Each is a default that the one who opens the log may lower or raise; none is
 * per partition, so the broker's memory and file descriptors do not grow with the number of topics.
 */

/** Open segment files over all partitions; well under the usual soft limit of 4096 descriptors, which sockets share. */
export const MAX_OPEN_FILES = 1024;

/** Memory that the tail cache pins over all partitions, bytes: whole slabs, not only the batches inside. */
export const TAIL_CACHE_BYTES = 64 * 1024 * 1024;

/** Batches in the tail cache over all partitions: tiny batches would otherwise cost more in bookkeeping than in bytes. */
export const TAIL_CACHE_BATCHES = 131_072;

/** Largest number of slices one read hands out; the kernel takes 1024 at a time (IOV_MAX). */
export const MAX_READ_SLICES = 1024;

/** Batches of the tail cache below this size are copied together: a slice costs about as much as copying 2 KiB. */
export const GATHER_BELOW_BYTES = 2048;

/**
 * Most bytes that one read brings from a file, unless a single batch is larger. From 1 MiB on, larger reads no longer raise
 * the throughput much (`npm run bench`, fetch strategies).
 */
export const MAX_FILE_READ_BYTES = 1024 * 1024;

/** Fewest bytes worth a file read: below this the system call costs more than the copy. */
export const MIN_FILE_READ_BYTES = 16 * 1024;

/** Sizes of the pooled buffers that file reads go into, bytes, ascending. */
export const READ_BUFFER_BYTES: readonly number[] = [64 * 1024, 256 * 1024, MAX_FILE_READ_BYTES];

/** Free read buffers kept for the next read, bytes for each size. */
export const READ_POOL_FREE_BYTES = 8 * 1024 * 1024;

/** Index entries that gather in memory before they are written: one write call for at least 2 MiB of log. */
export const INDEX_WRITE_ENTRIES = 512;

/** Bytes read at a time when all of a segment is walked (recovery, rebuilding an index). */
export const WALK_READ_BYTES = 4 * 1024 * 1024;

/** Bytes read at a time when a few batches are looked for (look-up by time, the end of a segment). */
export const SEARCH_READ_BYTES = 64 * 1024;

/**
 * File reads up to this size block the event loop, larger ones go through the thread pool: at 64 KiB the trip to the pool
 * costs more than the read of a file in the page cache, at 1 MiB it is lost in it (`npm run bench`, fetch strategies).
 */
export const BLOCKING_READ_BYTES = 128 * 1024;

/** Bytes that a cleaning reads at a time: about a millisecond of work for the thread pool, and as much to walk. */
export const CLEANER_READ_BYTES = 512 * 1024;

/** Keys that one pass of a cleaning remembers: 24 MiB of hashes and offsets; what is beyond is cleaned by the next pass. */
export const CLEANER_MAX_KEYS = 786_432;

/** How long after the start logs are looked at for the first time, milliseconds (Kafka's `log.initial.task.delay.ms`). */
export const FIRST_RETENTION_CHECK_MS = 30_000;
