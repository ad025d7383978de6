/** Meters of what a run costs: CPU and memory of processes; CPU, event loop and garbage collection of threads. */
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
export const cpuOfProcess = (pid: number): CpuTime | null => readCpu(`/proc/${pid}/stat`);

/** CPU time of the thread that asks (10 ms steps), or null where that cannot be read. */
export const cpuOfThisThread = (): CpuTime | null => readCpu('/proc/thread-self/stat');

const readCpu = (path: string): CpuTime | null => {
  const text = readText(path);
  if (text === null) return null;
  // The second field is the program's name in parentheses and may hold spaces; utime and stime are fields 14 and 15.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const userTicks = Number(fields[11]);
  const systemTicks = Number(fields[12]);
  if (!Number.isFinite(userTicks) || !Number.isFinite(systemTicks)) return null;
  return { userUs: (userTicks * 1e6) / ticksPerSecond, systemUs: (systemTicks * 1e6) / ticksPerSecond };
};

/** Bytes that a process moved since it started, as Linux counts them in `/proc/<pid>/io` (proc(5)). */
export type ProcessIo = {
  /** Given by read calls and the like, of files, pipes and sockets. */
  readonly readCallBytes: number;
  /** Handed to write calls and the like, of files, pipes and sockets. */
  readonly writeCallBytes: number;
  /** Written to storage: whole pages, counted when they are first changed in memory. 0 on tmpfs. */
  readonly diskWriteBytes: number;
};

/** What a process moved so far; null where that cannot be read, as outside Linux. */
export const ioOfProcess = (pid: number | 'self'): ProcessIo | null => {
  const text = readText(`/proc/${pid}/io`);
  if (text === null) return null;
  const field = (name: string): number => Number(new RegExp(`^${name}: (\\d+)$`, 'm').exec(text)?.[1] ?? Number.NaN);
  const io = { readCallBytes: field('rchar'), writeCallBytes: field('wchar'), diskWriteBytes: field('write_bytes') };
  return Object.values(io).every(Number.isFinite) ? io : null;
};

/** What a thread's own meter says at the end of a stretch. */
export type ThreadReport = {
  readonly elapsedSeconds: number;
  /** User and system time of the thread; null where it cannot be read. */
  readonly cpuSeconds: number | null;
  /** Time in which the event loop had work, whether or not a processor was there for it. */
  readonly activeSeconds: number;
  readonly p99EventLoopDelayMs: number;
  readonly maxEventLoopDelayMs: number;
  readonly gcPauseMs: number;
};

/** A running meter of this thread. */
export type ThreadMeter = { stop(): ThreadReport };

const loopDelayResolutionMs = 10;

/**
 * Meters this thread's CPU, its event loop (a timer every 10 ms inside Node, no JavaScript runs for it) and its garbage collection
 * pauses until `stop()` is called.
 */
export const startThreadMeter = (): ThreadMeter => {
  const startedMs = performance.now();
  const startCpu = cpuOfThisThread();
  const startLoop = performance.eventLoopUtilization();
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
      const endCpu = cpuOfThisThread();
      // The histogram holds whole intervals between two ticks of the timer; what is over its own interval is delay.
      const delayMs = (nanoseconds: number): number => Math.max(0, nanoseconds / 1e6 - loopDelayResolutionMs);
      return {
        elapsedSeconds: (performance.now() - startedMs) / 1e3,
        cpuSeconds: startCpu === null || endCpu === null ? null : cpuSecondsBetween(startCpu, endCpu),
        activeSeconds: performance.eventLoopUtilization(startLoop).active / 1e3,
        p99EventLoopDelayMs: delayMs(delays.count === 0 ? 0 : delays.percentile(99)),
        maxEventLoopDelayMs: delayMs(delays.max),
        gcPauseMs,
      };
    },
  };
};
