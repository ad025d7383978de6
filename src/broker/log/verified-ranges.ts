/** Ranges kept at most; readers that start at more places than this make some bytes be checked twice. */
const MAX_RANGES = 16;

/**
 * The parts of a file whose batches had a right CRC when they were last read. A flipped bit on disk is to be found before it
 * is served, and the check costs a quarter of a millisecond a mebibyte, so each byte is checked once, on its first read.
 */
export class VerifiedRanges {
  /** Bounds of the ranges, ascending: start, end, start, end, ... */
  #bounds: number[] = [];

  /** End of the verified range that holds `position`, or `position` itself when none does. */
  endFrom(position: number): number {
    const bounds = this.#bounds;
    for (let index = 0; index < bounds.length; index += 2) {
      const end = bounds[index + 1] ?? 0;
      if (position < end) return (bounds[index] ?? 0) <= position ? end : position;
    }
    return position;
  }

  /** Takes in [start, end). */
  add(start: number, end: number): void {
    if (end <= start || this.endFrom(start) >= end) return;
    const kept: number[] = [];
    let from = start;
    let to = end;
    for (let index = 0; index < this.#bounds.length; index += 2) {
      const rangeStart = this.#bounds[index] ?? 0;
      const rangeEnd = this.#bounds[index + 1] ?? 0;
      if (rangeEnd < from || rangeStart > to) kept.push(rangeStart, rangeEnd);
      else {
        from = Math.min(from, rangeStart);
        to = Math.max(to, rangeEnd);
      }
    }
    let at = 0;
    while (at < kept.length && (kept[at] ?? 0) < from) at += 2;
    kept.splice(at, 0, from, to);
    if (kept.length > 2 * MAX_RANGES) kept.splice(0, 2);
    this.#bounds = kept;
  }

  /** Forgets everything: the file was cut. */
  clear(): void {
    this.#bounds = [];
  }
}
