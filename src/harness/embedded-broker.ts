/** A broker of our own in a child process, for as long as a test runs. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type CpuTime, cpuOfProcess } from '../measure/resources.ts';
import { TestFailure } from './failure.ts';
import { systemReason } from './system-reason.ts';

/** What the broker's process says of itself. */
export type BrokerUsage = {
  readonly cpu: CpuTime;
  /** Effective settings by Kafka's names; null when the process did not answer in time. */
  readonly settings: Readonly<Record<string, string>> | null;
};

/** A running broker. */
export type EmbeddedBroker = {
  readonly bootstrapServers: string;
  readonly pid: number;
  /** Resolves with one line when it cannot serve the test any more: its process ended before close(), or its disk takes no data. */
  readonly broken: Promise<string>;
  /** CPU time and settings; null when the process is gone. */
  usage(): Promise<BrokerUsage | null>;
  /** Ends the process and removes a temporary data directory; never rejects. */
  close(): Promise<void>;
};

/** How the broker is started. */
export type EmbeddedBrokerOptions = {
  /** Null: a temporary directory that is removed at the end. */
  readonly dataDir: string | null;
  readonly brokerConfig: Readonly<Record<string, string>>;
  /** Plain data, as in the file of `spillway broker --faults`; the broker refuses what is none. */
  readonly faults?: readonly unknown[];
};

/** When a start is given up. */
export type StartBounds = {
  /** Aborted by Ctrl-C. */
  readonly stop?: AbortSignal;
  /** Default: 30 s, and 5 min where a folder may hold logs that are to be checked. */
  readonly timeoutMs?: number;
};

const childFile = fileURLToPath(new URL('../broker/child.js', import.meta.url));
const usageTimeoutMs = 1000;
/** After this the process is killed; a clean end takes a few milliseconds and the writes of what is still in memory. */
const closeTimeoutMs = 5000;
/** A process that is given up before it was ready is killed after this. */
const giveUpTimeoutMs = 500;
/** One that is killed is gone at once, unless the kernel holds it: then nobody can do more. */
const killTimeoutMs = 2000;
/** A start takes about a tenth of a second; this is for a machine that has hardly any time for it. */
const startTimeoutMs = 30_000;
/** After a kill, the newest segment of each log is read to its end. */
const recoveryTimeoutMs = 300_000;
/** Of what the process writes to stderr, kept for the message when it ends by itself. */
const keptErrorChars = 4096;
/** Log lines that are passed on; the broker itself writes only a few of each kind. */
const mostLogLines = 20;
/** What the broker's log lines begin with; anything else on its stderr is what Node says of a crash. */
const logPrefix = 'spillway broker: ';

type FieldsOf = Readonly<Record<string, unknown>>;

const fieldsOf = (message: unknown): FieldsOf =>
  typeof message === 'object' && message !== null ? Object.fromEntries(Object.entries(message)) : {};

/** The next message of one kind from a child, or null when none comes in time or the child is gone. */
const nextMessage = (
  child: ChildProcess,
  kinds: readonly string[],
  timeoutMs: number | null,
): Promise<FieldsOf | null> =>
  new Promise((resolve) => {
    const timer = timeoutMs === null ? undefined : setTimeout(() => end(null), timeoutMs);
    const end = (fields: FieldsOf | null): void => {
      clearTimeout(timer);
      child.off('message', onMessage);
      child.off('exit', onExit);
      resolve(fields);
    };
    const onMessage = (message: unknown): void => {
      const fields = fieldsOf(message);
      if (typeof fields.kind === 'string' && kinds.includes(fields.kind)) end(fields);
    };
    const onExit = (): void => end(null);
    child.on('message', onMessage);
    child.on('exit', onExit);
  });

const cpuFrom = (usage: FieldsOf): CpuTime => {
  const { user, system } = fieldsOf(usage.cpuUsage);
  return { userUs: Number(user), systemUs: Number(system) };
};

const settingsFrom = (usage: FieldsOf): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(fieldsOf(usage.settings)).map(([name, value]) => [name, String(value)]));

/** The line that says most of why a process ended: Node's line with the error, else the last one. */
const tellingLine = (text: string): string => {
  if (/\b(EMFILE|ENFILE)\b/.test(text)) return 'too many open files; raise the limit (ulimit -n)';
  const lines = text.trimEnd().split('\n');
  const isError = (line: string): boolean => /^(?:[A-Za-z]*Error(?: \[\w+\])?|FATAL ERROR): /.test(line);
  return (lines.findLast(isError) ?? lines.at(-1) ?? '').trim().replace(logPrefix, '');
};

/** Takes text in pieces, and hands its log lines on while there are not too many. */
const logLines = (onLine: (line: string) => void): ((text: string) => void) => {
  let rest = '';
  let count = 0;
  return (text) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop()?.slice(-keptErrorChars) ?? '';
    for (const line of lines.filter((each) => each.startsWith(logPrefix))) {
      count++;
      if (count <= mostLogLines) onLine(`embedded broker: ${line.slice(logPrefix.length)}`);
      else if (count === mostLogLines + 1) onLine('embedded broker: further lines are left out');
    }
  };
};

/** A folder of our own below the system's one for temporary files. Throws a TestFailure. */
const makeTemporaryDir = (): string => {
  try {
    return mkdtempSync(join(tmpdir(), 'spillway-broker-'));
  } catch (error) {
    throw new TestFailure(
      `the embedded broker has no place for its data: nothing can be made in ${tmpdir()}, the folder for temporary files: ${systemReason(error)}; give --data-dir, or set TMPDIR to a folder that can be written`,
      { cause: error },
    );
  }
};

/** Waits for the reason to give a start up: too much time, or the order to stop. */
const waitForGivingUp = (
  { dataDir }: EmbeddedBrokerOptions,
  { stop, timeoutMs = dataDir === null ? startTimeoutMs : recoveryTimeoutMs }: StartBounds,
): { readonly reason: Promise<TestFailure>; readonly forget: () => void } => {
  let forget = (): void => {};
  const reason = new Promise<TestFailure>((resolve) => {
    const onStop = (): void => resolve(new TestFailure('interrupted before the first record'));
    const timer = setTimeout(() => {
      const where = dataDir === null ? tmpdir() : dataDir;
      resolve(
        new TestFailure(
          `the embedded broker was not ready within ${timeoutMs / 1000} s: does the disk of ${where} answer, and is the machine overloaded?`,
        ),
      );
    }, timeoutMs);
    if (stop?.aborted === true) onStop();
    stop?.addEventListener('abort', onStop, { once: true });
    forget = () => {
      clearTimeout(timer);
      stop?.removeEventListener('abort', onStop);
    };
  });
  return { reason, forget };
};

/**
 * Starts a broker on a free port of the loopback interface, in a process group of its own so that the terminal's Ctrl-C does not
 * reach it. Its process ends when this one does, however this one ends.
 * `onWarning` is told its log lines. Rejects with a TestFailure when it cannot start, is not ready in time or is stopped before; no
 * process is left then.
 */
export const startEmbeddedBroker = async (
  options: EmbeddedBrokerOptions,
  onWarning: (line: string) => void,
  bounds: StartBounds = {},
): Promise<EmbeddedBroker> => {
  const temporaryDir = options.dataDir === null ? makeTemporaryDir() : null;
  const removeTemporary = (): void => {
    if (temporaryDir !== null) rmSync(temporaryDir, { recursive: true, force: true });
  };
  const childOptions = {
    host: '127.0.0.1',
    port: 0,
    dataDir: options.dataDir ?? temporaryDir,
    removeDataDir: temporaryDir !== null,
    config: options.brokerConfig,
    ...(options.faults === undefined ? {} : { faults: options.faults }),
  };
  const child = spawn(process.execPath, [childFile, JSON.stringify(childOptions)], {
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  let errorText = '';
  const passOn = logLines(onWarning);
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    errorText = (errorText + text).slice(-keptErrorChars);
    // What goes wrong while a temporary folder is given up concerns nobody.
    if (!isClosing || temporaryDir === null) passOn(text);
  });
  let isClosing = false;
  const ended = new Promise<string>((resolve) => {
    const end = (how: string): void => {
      const detail = tellingLine(errorText);
      if (!isClosing) resolve(`the embedded broker ended (${how})${detail === '' ? '' : `: ${detail}`}`);
    };
    child.once('error', (error) => end(error.message));
    child.once('exit', (status, signal) => end(signal === null ? `exit status ${status}` : `signal ${signal}`));
  });
  const givingUp = waitForGivingUp(options, bounds);
  const first = await Promise.race([nextMessage(child, ['ready', 'failed'], null), ended, givingUp.reason]);
  givingUp.forget();
  if (first instanceof TestFailure) {
    isClosing = true;
    await endChild(child, giveUpTimeoutMs);
    removeTemporary();
    throw first;
  }
  if (first === null || typeof first === 'string' || first.kind !== 'ready') {
    removeTemporary();
    if (first === null || typeof first === 'string') throw new TestFailure(first ?? (await ended));
    throw new TestFailure(String(first.message), { isUsage: first.isUsage === true });
  }
  const pid = Number(first.pid);
  const refused = nextMessage(child, ['disk-refused'], null).then((fields) =>
    fields === null ? ended : `the embedded broker ${String(fields.message)}`,
  );
  return {
    bootstrapServers: `${String(first.host)}:${Number(first.port)}`,
    pid,
    broken: Promise.race([ended, refused]),
    async usage() {
      if (!child.connected) return null;
      const answer = nextMessage(child, ['usage'], usageTimeoutMs);
      child.send({ kind: 'usage' }, () => {});
      const usage = await answer;
      if (usage !== null) return { cpu: cpuFrom(usage), settings: settingsFrom(usage) };
      const cpu = cpuOfProcess(pid);
      return cpu === null ? null : { cpu, settings: null };
    },
    async close() {
      isClosing = true;
      await endChild(child, closeTimeoutMs);
      removeTemporary();
    },
  };
};

/** Lets a child end by itself, and kills it when it does not. */
const endChild = async (child: ChildProcess, timeoutMs: number): Promise<void> => {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const timers: NodeJS.Timeout[] = [];
  await new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    if (child.connected) child.disconnect();
    timers.push(
      setTimeout(() => child.kill('SIGKILL'), timeoutMs),
      setTimeout(resolve, timeoutMs + killTimeoutMs),
    );
  });
  for (const timer of timers) clearTimeout(timer);
};
