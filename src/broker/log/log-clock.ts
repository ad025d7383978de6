/** Time as the work behind a log sees it; tests put in one that they move by hand. */
export type LogClock = {
  /** Milliseconds since the epoch. */
  nowMs(): number;
  /** Runs `task` once after so many milliseconds; the returned function calls it off. */
  after(delayMs: number, task: () => void): () => void;
};

/** Longest delay that a timer of Node takes, milliseconds. */
const MAX_TIMER_MS = 0x7fff_ffff;

/** The machine's clock. Its timers do not keep the process alive. */
export const systemClock: LogClock = {
  nowMs: () => Date.now(),
  after: (delayMs, task) => {
    const timer = setTimeout(task, Math.min(delayMs, MAX_TIMER_MS));
    timer.unref();
    return () => clearTimeout(timer);
  },
};
