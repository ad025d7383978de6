/** Longest time that work in the background holds the event loop, milliseconds; a single step may take it a little further. */
const SLICE_MS = 4;

/** Work in the background, in slices: between two of them everything else has its turn. */
export class TimeSlice {
  #endsAt = performance.now() + SLICE_MS;

  /** True when the slice is used up: `await rest()` then. */
  get isOver(): boolean {
    return performance.now() >= this.#endsAt;
  }

  /** Lets everything else that is due run. */
  async rest(): Promise<void> {
    await new Promise<void>((resolve) => {
      setImmediate(resolve);
    });
    this.#endsAt = performance.now() + SLICE_MS;
  }
}
