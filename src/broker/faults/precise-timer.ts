/** From here on the time is waited for in turns of the event loop, milliseconds: Node's timers are late by up to about 1.1 ms. */
const SPIN_MS = 2;

/**
 * Takes a step at a time of `performance.now()`, in milliseconds: by a timer at first and in turns of the event loop at the end,
 * so that it is late by less than a turn. It keeps a processor busy meanwhile. The step is never taken before this returns.
 * @returns what cancels it
 */
export const callAt = (atMs: number, step: () => void): (() => void) => {
  let timer: NodeJS.Timeout | null = null;
  let immediate: NodeJS.Immediate | null = null;
  const look = (): void => {
    timer = null;
    immediate = null;
    if (performance.now() >= atMs) step();
    else wait();
  };
  const wait = (): void => {
    const waitMs = atMs - performance.now();
    if (waitMs > SPIN_MS) timer = setTimeout(look, waitMs - SPIN_MS);
    else immediate = setImmediate(look);
  };
  wait();
  return () => {
    if (timer !== null) clearTimeout(timer);
    if (immediate !== null) clearImmediate(immediate);
  };
};
