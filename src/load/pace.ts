/** When records are due, and who sends which: pure functions, so that several producers follow one schedule without talking. */

/** When record `index` is due, in microseconds since the trial began; never less than for `index - 1`. */
export type Pace = (index: number) => number;

/** Evenly spaced records: record `index` is due `index / recordsPerSecond` seconds after the start. */
export const constantRate =
  (recordsPerSecond: number): Pace =>
  (index) =>
    (index * 1e6) / recordsPerSecond;

/**
 * How many of `recordCount` records producer `producer` of `producers` sends. It sends the indexes `producer`,
 * `producer + producers`, `producer + 2 * producers` and so on, so all producers together send each index exactly once.
 */
export const recordsOfProducer = (recordCount: number, producer: number, producers: number): number =>
  Math.max(0, Math.ceil((recordCount - producer) / producers));
