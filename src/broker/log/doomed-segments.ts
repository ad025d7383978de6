import type { LogClock } from './log-clock.ts';
import type { Segment } from './segment.ts';

/**
 * Segments that are no longer part of a log: their files, renamed to `.deleted`, are removed after `file.delete.delay.ms`, so
 * that reads in flight come to their end.
 */
export class DoomedSegments {
  readonly #clock: LogClock;
  readonly #waiting = new Map<Segment, () => void>();

  constructor(clock: LogClock) {
    this.#clock = clock;
  }

  /** Takes segments whose files have their new names; removes them after `delayMs`. */
  add(segments: readonly Segment[], delayMs: number): void {
    for (const segment of segments) {
      const callOff = this.#clock.after(delayMs, () => this.#remove(segment));
      this.#waiting.set(segment, callOff);
    }
  }

  /** Removes all that wait, now. Throws the file system's error. */
  close(): void {
    for (const [segment, callOff] of this.#waiting) {
      callOff();
      this.#remove(segment);
    }
  }

  #remove(segment: Segment): void {
    this.#waiting.delete(segment);
    segment.remove();
  }
}
