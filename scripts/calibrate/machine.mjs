// What the machine itself did while a case ran, so that a failure by the machine can be told from one of ours. Nothing is judged by it.
import { readFileSync } from 'node:fs';

const TICK_MS = 10;

/** Jiffies of all processors: all of them, and those that the hypervisor gave to others; null where the system does not tell. */
const readSteal = () => {
  try {
    const fields = readFileSync('/proc/stat', 'utf8').split('\n')[0]?.trim().split(/\s+/).slice(1).map(Number) ?? [];
    // guest and guest_nice are part of user and nice.
    const all = fields.slice(0, 8).reduce((sum, jiffies) => sum + jiffies, 0);
    // What runs at a lower priority (nice) is what keeps the machine awake.
    return { all, idle: (fields[1] ?? 0) + (fields[3] ?? 0) + (fields[4] ?? 0), stolen: fields[7] ?? 0 };
  } catch {
    return null;
  }
};

/**
 * Watches from now on, with a timer of 10 ms in this process, which does nothing else meanwhile.
 * @returns {() => string} ends it and says how late timers were, how busy the processors, and how much the hypervisor took
 */
export const watchMachine = () => {
  const before = readSteal();
  /** @type {number[]} */
  const lates = [];
  let dueMs = performance.now() + TICK_MS;
  const look = () => {
    const nowMs = performance.now();
    lates.push(Math.max(0, nowMs - dueMs));
    dueMs = nowMs + TICK_MS;
    timer = setTimeout(look, TICK_MS);
  };
  let timer = setTimeout(look, TICK_MS);
  return () => {
    clearTimeout(timer);
    lates.sort((left, right) => left - right);
    const p99 = lates[Math.floor(lates.length * 0.99)] ?? 0;
    const timers = `timers late p99 ${p99.toFixed(1)}, max ${(lates.at(-1) ?? 0).toFixed(1)} ms`;
    const after = readSteal();
    if (before === null || after === null) return timers;
    const all = Math.max(1, after.all - before.all);
    /** @param {number} jiffies */
    const share = (jiffies) => `${((100 * jiffies) / all).toFixed(1)} %`;
    return `${timers}; processors busy ${share(all - (after.idle - before.idle))}, stolen ${share(after.stolen - before.stolen)}`;
  };
};
