// CPU time of another process, from Linux's account of it.
import { readFileSync } from 'node:fs';

const TICKS_PER_SECOND = 100;

/** User and system time so far, seconds; NaN where there is no /proc. @param {number} pid @returns {number} */
export const cpuSecondsOf = (pid) => {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
  } catch {
    return Number.NaN;
  }
};
