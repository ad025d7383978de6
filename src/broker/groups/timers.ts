import { MAX_TIMER_MS } from './limits.ts';

/** A call that is to come; `cancel` twice, or after it came, does nothing. */
export type Timer = { cancel(): void };

/** The clock and the timers of the group coordinator; tests bring their own. */
export type Timers = {
  /** Wall clock, milliseconds since the epoch: it stands in records. */
  now(): number;
  /** Calls `action` once after `delayMs`. */
  after(delayMs: number, action: () => void): Timer;
};

/** Real timers that can all be stopped at once, and that keep no process alive. */
export class SystemTimers implements Timers {
  readonly #pending = new Set<NodeJS.Timeout>();
  #isClosed = false;

  now(): number {
    return Date.now();
  }

  after(delayMs: number, action: () => void): Timer {
    if (this.#isClosed) return { cancel: () => {} };
    const timeout = setTimeout(
      () => {
        this.#pending.delete(timeout);
        action();
      },
      Math.min(Math.max(delayMs, 0), MAX_TIMER_MS),
    );
    timeout.unref();
    this.#pending.add(timeout);
    return {
      cancel: () => {
        clearTimeout(timeout);
        this.#pending.delete(timeout);
      },
    };
  }

  /** Stops all timers; none runs any more. */
  close(): void {
    this.#isClosed = true;
    for (const timeout of this.#pending) clearTimeout(timeout);
    this.#pending.clear();
  }
}
