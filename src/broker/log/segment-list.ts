import type { Segment } from './segment.ts';

/** The segments of a log, ascending and never empty; the last one, the active segment, takes the appends. */
export class SegmentList {
  #segments: Segment[];
  #active: Segment;

  constructor(segments: readonly Segment[], active: Segment) {
    this.#segments = segments.at(-1) === active ? [...segments] : [...segments, active];
    this.#active = active;
  }

  /** Number of segments. */
  get count(): number {
    return this.#segments.length;
  }

  /** The segment that takes the appends. */
  get active(): Segment {
    return this.#active;
  }

  /** The oldest segment. */
  get first(): Segment {
    return this.#segments[0] ?? this.#active;
  }

  /** All of them; a snapshot that later changes leave alone. */
  all(): readonly Segment[] {
    return this.#segments;
  }

  at(index: number): Segment | undefined {
    return this.#segments[index];
  }

  /** Index of the last segment whose base offset is at most `offset`. */
  indexFor(offset: number): number {
    let low = 0;
    let high = this.#segments.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if ((this.#segments[middle]?.baseOffset ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /** Base offset of the segment that holds `offset`. */
  baseOf(offset: number): number {
    return this.#segments[this.indexFor(offset)]?.baseOffset ?? 0;
  }

  /** Whether a segment is (still) one of the log's. */
  has(segment: Segment): boolean {
    return this.#segments[this.indexFor(segment.baseOffset)] === segment;
  }

  /** Puts a new active segment behind the others. */
  add(segment: Segment): void {
    this.#segments = [...this.#segments, segment];
    this.#active = segment;
  }

  /** Takes out the oldest `count` segments, not the active one; returns them. */
  dropFirst(count: number): readonly Segment[] {
    const dropped = this.#segments.slice(0, Math.min(count, this.#segments.length - 1));
    this.#segments = this.#segments.slice(dropped.length);
    return dropped;
  }

  /** Makes `active` the last segment again and takes out what was added behind it; returns that. */
  dropBehind(active: Segment): readonly Segment[] {
    const index = this.#segments.lastIndexOf(active);
    const dropped = this.#segments.slice(index + 1);
    this.#segments = this.#segments.slice(0, index + 1);
    this.#active = active;
    return dropped;
  }

  /** Puts one segment in the place of neighbours that are all in the list, and none of them active. */
  replace(neighbours: readonly Segment[], by: Segment): void {
    const [first] = neighbours;
    const index = first === undefined ? -1 : this.#segments.indexOf(first);
    if (index < 0) throw new Error('only segments of the log can be replaced');
    this.#segments = this.#segments.toSpliced(index, neighbours.length, by);
  }
}
