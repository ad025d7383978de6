/** Meters of what a run costs: CPU, memory, event loop delay, garbage collection, and what the machine took away. */
import { readFileSync } from 'node:fs';
import { monitorEventLoopDelay, PerformanceObserver } from 'node:perf_hooks';

/** CPU time of a process, microseconds. */
export type CpuTime = { readonly userUs: number; readonly systemUs: number };

/** User and system time of this process with all its threads since it started. */
export const processCpu = (): CpuTime => {
  const { user, system } = process.cpuUsage();
  return { userUs: user, systemUs: system };
};

/** Seconds of CPU between two readings. */
export const cpuSecondsBetween = (from: CpuTime, to: CpuTime): number =>
  (to.userUs - from.userUs + to.systemUs - from.systemUs) / 1e6;

/** Largest resident memory of this process with all its threads since it started, bytes. */
export const peakRssBytes = (): number => process.resourceUsage().maxRSS * 1024;

const readText = (path: string): string | null => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    // Not Linux, or not readable here: the caller reports null.
    return null;
  }
};

/** Linux counts process times in hundredths of a second for user space whatever the kernel's own rate (USER_HZ). */
const ticksPerSecond = 100;

/** CPU time of another process from `/proc/<pid>/stat` (10 ms steps), or null where that cannot be read. */
export const cpuOfProcess = (pid: number): CpuTime | null => {
  const text = readText(`/proc/${pid}/stat`);
  if (text === null) return null;
  // The second field is the program's name in parentheses and may hold spaces; utime and stime are fields 14 and 15.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const userTicks = Number(fields[11]);
  const systemTicks = Number(fields[12]);
  if (!Number.isFinite(userTicks) || !Number.isFinite(systemTicks)) return null;
  return { userUs: (userTicks * 1e6) / ticksPerSecond, systemUs: (systemTicks * 1e6) / ticksPerSecond };
};

/** Time that the hypervisor gave to others since boot, over all CPUs, seconds; null where it cannot be read. */
export const stealSeconds = (): number | null => {
  const steal = Number(readText('/proc/stat')?.split('\n', 1)[0]?.trim().split(/\s+/)[8]);
  return Number.isFinite(steal) ? steal / ticksPerSecond : null;
};

/** Folder of this process's cgroup (version 2), or null. */
const cgroupFolder = (): string | null => {
  const path = readText('/proc/self/cgroup')?.match(/^0::(.*)$/m)?.[1];
  return path === undefined ? null : `/sys/fs/cgroup${path === '/' ? '' : path}`;
};

/** Limits that a container sets; null means no limit or not known. */
export type CgroupLimits = { readonly cpus: number | null; readonly memoryBytes: number | null };

/** Reads the limits of this process's cgroup (version 2). */
export const cgroupLimits = (): CgroupLimits => {
  const folder = cgroupFolder();
  const [quota, period] = (readText(`${folder}/cpu.max`) ?? 'max').trim().split(' ').map(Number);
  const memory = Number((readText(`${folder}/memory.max`) ?? 'max').trim());
  return {
    cpus: quota !== undefined && period !== undefined && Number.isFinite(quota) ? quota / period : null,
    memoryBytes: Number.isFinite(memory) ? memory : null,
  };
};

/** Time that the cgroup's CPU limit kept this process waiting since it started, seconds; null where it cannot be read. */
export const throttledSeconds = (): number | null => {
  const microseconds = Number(readText(`${cgroupFolder()}/cpu.stat`)?.match(/^throttled_usec (\d+)$/m)?.[1]);
  return Number.isFinite(microseconds) ? microseconds / 1e6 : null;
};

/** What a thread's own meter says at the end of a stretch. */
export type ThreadReport = { readonly maxEventLoopDelayMs: number; readonly gcPauseMs: number };

/** A running meter of this thread. */
export type ThreadMeter = { stop(): ThreadReport };

const loopDelayResolutionMs = 10;

/**
 * Meters this thread's event loop delay (a timer every 10 ms inside Node, no JavaScript runs for it) and its garbage collection
 * pauses until `stop()` is called.
 */
export const startThreadMeter = (): ThreadMeter => {
  const delays = monitorEventLoopDelay({ resolution: loopDelayResolutionMs });
  delays.enable();
  let gcPauseMs = 0;
  const observer = new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) gcPauseMs += entry.duration;
  });
  observer.observe({ entryTypes: ['gc'] });
  return {
    stop() {
      delays.disable();
      for (const entry of observer.takeRecords()) gcPauseMs += entry.duration;
      observer.disconnect();
      // The histogram holds whole intervals between two ticks of the timer; what is over its own interval is delay.
      const maxEventLoopDelayMs = Math.max(0, delays.max / 1e6 - loopDelayResolutionMs);
      return { maxEventLoopDelayMs, gcPauseMs };
    },
  };
};
