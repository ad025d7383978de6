/** Puts the windows of several workers together: an interval is handed on when every worker has reported it. */

/** What every window message has. */
export type WorkerWindow = { readonly index: number; readonly isFinal: boolean };

/**
 * Collects windows by their index. `onWindow` is called once for each interval, in order, with what the workers reported for it;
 * `isWhole` is false for the interval in which the last worker ended.
 */
export class WindowGate<Window extends WorkerWindow> {
  readonly #next: number[];
  readonly #pending = new Map<number, Window[]>();
  readonly #onWindow: (index: number, windows: readonly Window[], isWhole: boolean) => void;
  #nextIndex = 0;
  #endIndex = 0;

  constructor(workers: number, onWindow: (index: number, windows: readonly Window[], isWhole: boolean) => void) {
    this.#next = new Array<number>(workers).fill(0);
    this.#onWindow = onWindow;
  }

  /** Takes a worker's next window. */
  add(worker: number, window: Window): void {
    const windows = this.#pending.get(window.index);
    if (windows === undefined) this.#pending.set(window.index, [window]);
    else windows.push(window);
    this.#endIndex = Math.max(this.#endIndex, window.index + 1);
    this.#next[worker] = window.isFinal ? Number.POSITIVE_INFINITY : window.index + 1;
    this.#release();
  }

  /** No more windows come from a worker, for whatever reason. */
  end(worker: number): void {
    this.#next[worker] = Number.POSITIVE_INFINITY;
    this.#release();
  }

  #release(): void {
    const complete = Math.min(...this.#next, this.#endIndex);
    while (this.#nextIndex < complete) {
      const windows = this.#pending.get(this.#nextIndex) ?? [];
      this.#pending.delete(this.#nextIndex);
      this.#onWindow(
        this.#nextIndex,
        windows,
        windows.some((window) => !window.isFinal),
      );
      this.#nextIndex++;
    }
  }
}
