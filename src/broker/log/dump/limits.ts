/** The bounds of dump-log's memory; files of any size are read through them. */

/** Bytes read from a file at a time. */
export const READ_BYTES = 1024 * 1024;

/** Largest batch that is held in memory; brokers take 1 MiB unless told otherwise, and no client makes such a one. */
export const LARGEST_BATCH_BYTES = 256 * 1024 * 1024;

/** Most bytes that the records of one compressed batch may take: a few kilobytes can claim gigabytes. */
export const LARGEST_DECOMPRESSED_BYTES = 256 * 1024 * 1024;

/** Findings of one kind that are kept for each file; the others are counted. */
export const FINDINGS_SHOWN = 1000;
