const HINT_COUNT = 8;

/**
 * Where the last few reads of a segment ended. A consumer asks next for exactly the offset behind what it got, so most
 * reads need no scan from an index entry. A ring without allocation.
 */
export class PositionHints {
  readonly #offsets = new Float64Array(HINT_COUNT).fill(-1);
  readonly #positions = new Float64Array(HINT_COUNT);
  #next = 0;

  /** Remembers that the batch with base offset `offset` begins (or will begin) at `position`. */
  remember(offset: number, position: number): void {
    this.#offsets[this.#next] = offset;
    this.#positions[this.#next] = position;
    this.#next = (this.#next + 1) % HINT_COUNT;
  }

  /** Position of the batch that begins with `offset`, or -1 when it is not known. */
  find(offset: number): number {
    const entry = this.#offsets.indexOf(offset);
    return entry < 0 ? -1 : (this.#positions[entry] ?? -1);
  }

  /** Forgets everything: the file was cut. */
  clear(): void {
    this.#offsets.fill(-1);
  }
}
