/** Longest delay or freeze, milliseconds: far beyond every timeout of a client, and within what timers can count. */
export const MAX_FAULT_MS = 3_600_000;

/** Faults that a broker has at a time: every request is held against each of them. */
export const MAX_FAULTS = 1000;

/** Hits that are remembered, the newest; a test that looks at more counts with `hits()`. */
export const MAX_HISTORY = 10_000;

/** Slowest queue, requests or records a second: one an hour, the longest delay. Fastest: no timer tells apart what is faster. */
export const LEAST_QUEUE_RATE = 1000 / MAX_FAULT_MS;
export const MOST_QUEUE_RATE = 1e9;

/** Entries of a trace that wait in memory for a write: 48 KiB, and a write for each 1,024 batches. */
export const TRACE_ENTRIES_A_WRITE = 1024;
