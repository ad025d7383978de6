/**
 * One monotonic clock for all threads and processes of a host. Its origin is a reading of CLOCK_MONOTONIC that is taken once
 * and handed on, because `performance.timeOrigin` differs from thread to thread and follows the wall clock.
 */

/** A point from which a run counts its time. Plain data: it goes into workers and child processes. */
export type ClockOrigin = {
  /** `process.hrtime.bigint()` at the origin, nanoseconds in decimal. */
  readonly monotonicNs: string;
  /** Wall clock at the origin, milliseconds since the Unix epoch, with fractions. */
  readonly wallMs: number;
};

/** Takes the origin of a run: now. Call once, in the process that plans the run. */
export const takeClockOrigin = (): ClockOrigin => ({
  monotonicNs: process.hrtime.bigint().toString(),
  wallMs: performance.timeOrigin + performance.now(),
});

const nanosecondsToMicroseconds = 1e-3;
const offsetSamples = 5;

/**
 * The clock of this thread: microseconds since the origin, with fractions, never going back.
 * Built on `performance.now()` (about 40 ns a reading, no allocation) and this thread's constant offset, of which the sample
 * with the narrowest bracket of several is taken.
 */
export const createClock = (monotonicNs: string): (() => number) => {
  const originNs = BigInt(monotonicNs);
  const readMs = performance.now.bind(performance);
  let offsetUs = 0;
  let narrowestUs = Number.POSITIVE_INFINITY;
  for (let sample = 0; sample < offsetSamples; sample++) {
    const beforeUs = readMs() * 1e3;
    const sinceOriginNs = process.hrtime.bigint() - originNs;
    const afterUs = readMs() * 1e3;
    if (afterUs - beforeUs < narrowestUs) {
      narrowestUs = afterUs - beforeUs;
      offsetUs = Number(sinceOriginNs) * nanosecondsToMicroseconds - (beforeUs + afterUs) / 2;
    }
  }
  return () => readMs() * 1e3 + offsetUs;
};

/** The smallest step seen between two readings of a clock that differ, in the clock's own unit. Takes well under a millisecond. */
export const clockResolution = (read: () => number, samples = 200): number => {
  let smallest = Number.POSITIVE_INFINITY;
  let previous = read();
  for (let sample = 0; sample < samples; sample++) {
    const current = read();
    if (current > previous) smallest = Math.min(smallest, current - previous);
    previous = current;
  }
  return Number.isFinite(smallest) ? smallest : 0;
};
