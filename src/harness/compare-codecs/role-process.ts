/** A producer or a consumer in a process of its own, for as long as codecs are compared. */
import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { CodecRole } from '../../results/codec-result.ts';
import type { EmbeddedBroker } from '../embedded-broker.ts';
import { TestFailure } from '../failure.ts';
import type { ConsumerPlan, ProducerPlan } from '../plan.ts';
import type { FromRole, RoleDone, ToRole } from './role-messages.ts';

/** A test that a role runs. */
export type RoleRun = {
  /** Resolves when its load begins, and when it is over; never rejects. */
  readonly started: Promise<void>;
  /** Rejects with a TestFailure when it could not be run. */
  readonly done: Promise<RoleDone>;
  /** Ends it early: it flushes and reports. */
  stop(): void;
};

/** A role's process. */
export type RoleProcess = {
  readonly pid: number;
  /** Runs one test; the one before must be over. */
  run(plan: ProducerPlan | ConsumerPlan, watch: RoleWatch): RoleRun;
  /** Ends the process; never rejects. */
  close(): Promise<void>;
};

/** Who watches it. */
export type RoleWatch = {
  onProgress?(recordsPerSecond: number): void;
  onWarning(line: string): void;
};

const childFile = fileURLToPath(new URL('./role-child.js', import.meta.url));
/** It ends at once when its channel is closed. */
const closeTimeoutMs = 2000;
/** Of what the process writes to stderr, kept for the message when it ends by itself. */
const keptErrorChars = 4096;

/** The line that says most of why a process ended. */
const tellingLine = (text: string): string => {
  const lines = text.trim().split('\n');
  return (lines.findLast((line) => /^\w*Error\b|^FATAL ERROR/.test(line)) ?? lines.at(-1) ?? '').trim();
};

/** The messages of one test, from its order to its end. */
const follow = (
  child: ChildProcess,
  broker: EmbeddedBroker | null,
  ended: Promise<string>,
  { onProgress, onWarning }: RoleWatch,
): Pick<RoleRun, 'started' | 'done'> => {
  let onStarted: () => void = () => {};
  const started = new Promise<void>((resolve) => {
    onStarted = resolve;
  });
  const send = (message: ToRole): void => {
    if (child.connected) child.send(message, () => {});
  };
  let isOver = false;
  void broker?.broken.then((reason) => {
    if (!isOver) send({ kind: 'broker-broken', reason });
  });
  let onMessage: (message: FromRole) => void = () => {};
  const done = new Promise<RoleDone>((resolve, reject) => {
    onMessage = (message) => {
      if (message.kind === 'started') onStarted();
      else if (message.kind === 'progress') onProgress?.(message.recordsPerSecond);
      else if (message.kind === 'warning') onWarning(message.line);
      else if (message.kind === 'broker-usage')
        void broker?.usage().then((usage) => send({ kind: 'broker-usage', usage }));
      else if (message.kind === 'done') resolve(message);
      else if (message.kind === 'failed') reject(new TestFailure(message.message, { isUsage: message.isUsage }));
    };
    child.on('message', onMessage);
    void ended.then((how) => reject(new TestFailure(how)));
  });
  const over = (): void => {
    isOver = true;
    child.off('message', onMessage);
    onStarted();
  };
  // Also handles a failure that nobody waits for, because the other role has failed first.
  done.then(over, over);
  return { started, done };
};

/**
 * Starts the process of a role, in a process group of its own so that the terminal's Ctrl-C does not reach it; it ends when this process
 * does. Rejects with a TestFailure when it cannot be started.
 * @param broker our own, which the role's tests use; null for a cluster
 */
export const startRole = async (role: CodecRole, broker: EmbeddedBroker | null): Promise<RoleProcess> => {
  const child = spawn(process.execPath, [childFile, role], {
    detached: true,
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  let errorText = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    errorText = (errorText + text).slice(-keptErrorChars);
  });
  const ended = new Promise<string>((resolve) => {
    const end = (how: string): void => {
      const detail = tellingLine(errorText);
      resolve(`the process of the ${role} ended (${how})${detail === '' ? '' : `: ${detail}`}`);
    };
    child.once('error', (error) => end(error.message));
    child.once('exit', (status, signal) => end(signal === null ? `exit status ${status}` : `signal ${signal}`));
  });
  const ready = new Promise<null>((resolve) => {
    child.once('message', () => resolve(null));
  });
  const failure = await Promise.race([ready, ended]);
  if (failure !== null) throw new TestFailure(failure);
  return {
    pid: child.pid ?? -1,
    run(plan, watch) {
      const run = follow(child, broker, ended, watch);
      const order: ToRole = {
        kind: 'run',
        plan,
        broker: broker === null ? null : { bootstrapServers: broker.bootstrapServers, pid: broker.pid },
      };
      child.send(order, () => {});
      return {
        ...run,
        stop: () => {
          if (child.connected) child.send({ kind: 'stop' } satisfies ToRole, () => {});
        },
      };
    },
    async close() {
      if (child.connected) child.disconnect();
      const timer = setTimeout(() => child.kill('SIGKILL'), closeTimeoutMs);
      await ended;
      clearTimeout(timer);
    },
  };
};
