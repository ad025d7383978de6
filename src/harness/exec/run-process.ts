/** Runs a program of somebody else's to its end, with the operating system's account of what it took. */
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** A program to run. */
export type Program = {
  readonly file: string;
  readonly args: readonly string[];
  /** Beside those of this process. */
  readonly environment: Readonly<Record<string, string>>;
};

/** How a program ended, and what it took. */
export type ProgramEnd = {
  /** Null when a signal ended it. */
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** When it was started, milliseconds since the Unix epoch. */
  readonly startedAtMs: number;
  /** From its start to its end, seconds. */
  readonly wallSeconds: number;
  /** User and system time of the program and of all its children that it waited for, 10 ms steps; null without /proc. */
  readonly cpuSeconds: number | null;
  /** Highest resident memory of its largest process, bytes; null without /proc. */
  readonly peakRssBytes: number | null;
  /** It was told to end by who ran it. */
  readonly isStopped: boolean;
};

/** Who watches a program. */
export type ProgramWatch = {
  /** Ends the program (SIGTERM, and SIGKILL when it stays). */
  readonly stop: AbortSignal;
  /** Each line of stdout as it comes. */
  onLine(line: string): void;
  /** How much of the end of stdout is kept; 256 Ki characters unless it is given. */
  readonly keptChars?: number;
};

/** The last characters of what a program prints that are kept, of each stream: summaries come last. */
const keptChars = 256 * 1024;
/** The kernel keeps the high-water mark itself, so that only what a process grows by in its last moments is missed. */
const memoryPollMs = 20;
/** A program that was told to end is killed after this. */
const killAfterMs = 5000;
/** The shell's name for a signal: 128 and its number. */
const signalBase = 128;
const accountFd = 3;

/**
 * The shell waits for the program and shows its own account, which then holds that of all children it waited for: fields 16 and 17 of
 * /proc/PID/stat (cutime and cstime). It ignores a signal to its process group that is meant for the program.
 */
const script = `trap : TERM INT HUP; "$@"; status=$?; cat "/proc/$$/stat" >&${accountFd} 2>/dev/null; exit "$status"`;

/** Linux counts process times in hundredths of a second for user space whatever the kernel's own rate (USER_HZ). */
const ticksPerSecond = 100;

/** User and system time of the children that a process waited for, from its /proc/PID/stat; null for anything else. */
export const childrenCpuSeconds = (stat: string): number | null => {
  // The program's name may hold anything, and stands in parentheses.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const seconds = (Number(fields[13]) + Number(fields[14])) / ticksPerSecond;
  return Number.isFinite(seconds) ? seconds : null;
};

const readProc = (path: string): string => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    // Gone, or there is no /proc.
    return '';
  }
};

const childrenOf = (pid: number): readonly number[] =>
  readProc(`/proc/${pid}/task/${pid}/children`).split(' ').filter(Boolean).map(Number);

const descendantsOf = (pid: number): readonly number[] =>
  childrenOf(pid).flatMap((child) => [child, ...descendantsOf(child)]);

/** Highest resident memory of a process so far, bytes; 0 when it is gone. */
const peakRssOf = (pid: number): number =>
  Number(/^VmHWM:\s+(\d+) kB/m.exec(readProc(`/proc/${pid}/status`))?.[1] ?? 0) * 1024;

/** Watches the memory of all that a process started; what `stop()` gives is the peak of the largest one. */
const meterMemory = (pid: number): { stop(): number | null } => {
  let peak = 0;
  const look = (): void => {
    for (const one of descendantsOf(pid)) peak = Math.max(peak, peakRssOf(one));
  };
  look();
  const timer = setInterval(look, memoryPollMs);
  return {
    stop() {
      clearInterval(timer);
      return peak === 0 ? null : peak;
    },
  };
};

/** Takes text in pieces: keeps the end of it, and hands whole lines on. */
const gather = (onLine: (line: string) => void, most = keptChars): { add(text: string): void; text(): string } => {
  let kept = '';
  let rest = '';
  return {
    add(text) {
      kept = (kept + text).slice(-most);
      const lines = (rest + text).split(/\r?\n/);
      rest = lines.pop()?.slice(-keptChars) ?? '';
      lines.forEach(onLine);
    },
    text: () => kept,
  };
};

/** Sends a signal to a program and all it started. */
const signalGroup = (child: ChildProcess, signal: NodeJS.Signals): void => {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // It ended by itself meanwhile.
  }
};

/**
 * Runs a program in a process group of its own, without an input. It ends with this process unless that is killed with SIGKILL.
 * Rejects when no process can be started.
 */
export const runProgram = async (
  program: Program,
  { stop, onLine, keptChars: most }: ProgramWatch,
): Promise<ProgramEnd> => {
  const startedAtMs = Date.now();
  const began = performance.now();
  const child = spawn('/bin/sh', ['-c', script, 'sh', program.file, ...program.args], {
    detached: true,
    env: { ...process.env, ...program.environment },
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
  });
  const out = gather(onLine, most);
  const err = gather(() => {});
  const account = gather(() => {});
  let accountAtMs: number | null = null;
  child.stdout?.setEncoding('utf8').on('data', out.add);
  child.stderr?.setEncoding('utf8').on('data', err.add);
  child.stdio[accountFd]?.on('data', (bytes: Buffer) => {
    accountAtMs ??= performance.now();
    account.add(bytes.toString('utf8'));
  });
  const memory = child.pid === undefined ? null : meterMemory(child.pid);
  const timers: NodeJS.Timeout[] = [];
  const end = (): void => {
    signalGroup(child, 'SIGTERM');
    timers.push(
      setTimeout(() => {
        signalGroup(child, 'SIGKILL');
        // What it started in a group of its own may hold them open for ever.
        for (const stream of child.stdio) stream?.destroy();
      }, killAfterMs),
    );
  };
  const killNow = (): void => signalGroup(child, 'SIGKILL');
  process.once('exit', killNow);
  if (stop.aborted) end();
  else stop.addEventListener('abort', end, { once: true });
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', resolve);
    });
    const endedMs = accountAtMs ?? performance.now();
    return {
      status: code === null || code > signalBase ? null : code,
      stdout: out.text(),
      stderr: err.text(),
      startedAtMs,
      wallSeconds: (endedMs - began) / 1e3,
      cpuSeconds: childrenCpuSeconds(account.text()),
      peakRssBytes: memory?.stop() ?? null,
      isStopped: stop.aborted,
    };
  } finally {
    memory?.stop();
    process.off('exit', killNow);
    stop.removeEventListener('abort', end);
    for (const timer of timers) clearTimeout(timer);
  }
};
