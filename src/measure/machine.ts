/** What all processors of the machine did, whoever used them: Linux's `/proc/stat` and `/proc/pressure/cpu`. */
import { readFileSync } from 'node:fs';

const readText = (path: string): string | null => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    // Not Linux, or not readable here: the caller reports null.
    return null;
  }
};

/** Linux counts in hundredths of a second for user space whatever the kernel's own rate (USER_HZ). */
const ticksPerSecond = 100;

/** Time of all processors together since boot, seconds. */
export type MachineCpu = {
  readonly totalSeconds: number;
  /** Nothing to run, or waiting for a disk. */
  readonly idleSeconds: number;
  /** The hypervisor gave it to others. */
  readonly stealSeconds: number;
  /** Time (of the clock, not of processors) in which a task that could run had no processor; null where it is not kept. */
  readonly pressureSeconds: number | null;
};

/** Reads the machine's account (10 ms steps); null where it cannot be read. */
export const machineCpu = (): MachineCpu | null => {
  const fields = readText('/proc/stat')?.split('\n', 1)[0]?.trim().split(/\s+/).slice(1, 9).map(Number);
  if (fields === undefined || fields.length < 8 || !fields.every((ticks) => Number.isFinite(ticks))) return null;
  const [, , , idle = 0, waiting = 0, , , steal = 0] = fields;
  const pressureUs = Number(readText('/proc/pressure/cpu')?.match(/^some .*total=(\d+)$/m)?.[1] ?? Number.NaN);
  return {
    totalSeconds: fields.reduce((sum, ticks) => sum + ticks, 0) / ticksPerSecond,
    idleSeconds: (idle + waiting) / ticksPerSecond,
    stealSeconds: steal / ticksPerSecond,
    pressureSeconds: Number.isFinite(pressureUs) ? pressureUs / 1e6 : null,
  };
};
