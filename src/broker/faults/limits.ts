/** Longest delay or freeze, milliseconds: far beyond every timeout of a client, and within what timers can count. */
export const MAX_FAULT_MS = 3_600_000;

/** Faults that a broker has at a time: every request is held against each of them. */
export const MAX_FAULTS = 1000;

/** Hits that are remembered, the newest; a test that looks at more counts with `hits()`. */
export const MAX_HISTORY = 10_000;
