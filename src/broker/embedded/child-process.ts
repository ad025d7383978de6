import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { errorByCode } from '../../protocol/errors.ts';
import { type BrokerOptions, BrokerStartError } from '../broker.ts';
import type { ChildMessage, ChildOptions } from '../child.ts';
import { FaultError, type FaultHit } from '../faults/fault.ts';
import { TopicError } from '../topics.ts';
import type { BrokerControl, CarriedError, ControlCall } from './control.ts';
import type { Started } from './start-broker.ts';

const childFile = fileURLToPath(new URL('../child.js', import.meta.url));
/** After this the process is killed; a clean end takes a few milliseconds and the writes of what is still in memory. */
const CLOSE_TIMEOUT_MS = 5000;
/** Of what the process writes to stderr, kept for the message when it ends by itself. */
const KEPT_ERROR_CHARS = 4096;
const LOG_PREFIX = 'spillway broker: ';

/** Starts a broker in a process of its own. @throws BrokerStartError (rejects); the process is gone then */
export const startChild = async (
  options: BrokerOptions,
  removeDataDir: boolean,
  log: (line: string) => void,
): Promise<Started> => {
  // A bare `node`: what this process was started with, such as a debugger's port or a loader, is not for the child.
  const child = spawn(process.execPath, [childFile], { stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
  const link = new ChildLink(child, log);
  const { faults, ...more } = options;
  const childOptions: ChildOptions = { ...more, ...(faults === undefined ? {} : { faults }), removeDataDir };
  // The options may hold passwords, which a command line would show to the whole machine.
  link.send({ kind: 'start', options: childOptions });
  const first = await link.first;
  if (first.kind !== 'ready') {
    await link.ended;
    throw new BrokerStartError(first.message, first.isUsage);
  }
  const { host, port, advertised, clusterId, pid } = first;
  return { host, port, advertised, clusterId, pid, control: controlOver(link), close: () => link.close() };
};

type FirstMessage = Extract<ChildMessage, { kind: 'ready' | 'failed' }>;
type Waiting = { readonly resolve: (value: unknown) => void; readonly reject: (error: Error) => void };

/** The messages between this process and the broker's. */
class ChildLink {
  /** How the start went. */
  readonly first: Promise<FirstMessage>;
  /** Resolves when the process is gone and its streams are closed. */
  readonly ended: Promise<void>;
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, Waiting>();
  #nextId = 1;
  #howEnded: string | null = null;
  #isClosing = false;
  /** Called when no call waits for its answer any more. */
  #onAnswered: () => void = () => {};
  #errorText = '';

  constructor(child: ChildProcess, log: (line: string) => void) {
    this.#child = child;
    let isFirst = true;
    let resolveFirst: (message: FirstMessage) => void = () => {};
    this.first = new Promise((resolve) => {
      resolveFirst = resolve;
    });
    child.on('message', (message: ChildMessage) => {
      if (message.kind === 'answer') this.#answered(message.id, message.value, message.error);
      else if (isFirst && (message.kind === 'ready' || message.kind === 'failed')) {
        isFirst = false;
        resolveFirst(message);
      } else if (message.kind === 'disk-refused') log(message.message);
    });
    this.ended = new Promise((resolve) => {
      const end = (how: string): void => {
        if (this.#howEnded !== null) return;
        this.#howEnded = `the broker's process has ended (${how})${this.#detail()}`;
        resolveFirst({ kind: 'failed', message: this.#howEnded, isUsage: false });
        for (const { reject } of this.#waiting.values()) reject(new Error(this.#howEnded));
        this.#waiting.clear();
        this.#onAnswered();
        resolve();
      };
      child.once('error', (error) => end(error.message));
      // 'close' does not come after a disconnect() of ours: the end of stderr is waited for by itself, for its last lines.
      child.once('exit', (status, signal) => {
        const how = signal === null ? `exit status ${status}` : `signal ${signal}`;
        if (child.stderr === null || child.stderr.closed) end(how);
        else child.stderr.once('close', () => end(how));
      });
    });
    this.#readLog(log);
  }

  /** Sends a message; one that cannot arrive any more is lost. */
  send(message: unknown): void {
    if (this.#child.connected) this.#child.send(Object(message), () => {});
  }

  /** Calls the broker's process. Rejects when it fails there, and when the process has ended. */
  call(method: ControlCall['method'], argument: unknown): Promise<unknown> {
    if (this.#isClosing) return Promise.reject(new Error('the broker is closed'));
    if (this.#howEnded !== null) return Promise.reject(new Error(this.#howEnded));
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.send({ kind: 'call', id, method, argument } satisfies ControlCall);
    });
  }

  /** Lets the process end by itself, and kills it when it does not. */
  async close(): Promise<void> {
    this.#isClosing = true;
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), CLOSE_TIMEOUT_MS);
    // Calls that are under way get their answers first; when the process is killed, they fail.
    if (this.#waiting.size > 0) await new Promise<void>((resolve) => (this.#onAnswered = resolve));
    if (this.#child.connected) this.#child.disconnect();
    await this.ended;
    clearTimeout(timer);
  }

  #answered(id: number, value: unknown, error: CarriedError | null): void {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (error === null) waiting?.resolve(value);
    else waiting?.reject(errorFrom(error));
    if (this.#waiting.size === 0) this.#onAnswered();
  }

  #readLog(log: (line: string) => void): void {
    let rest = '';
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#errorText = (this.#errorText + text).slice(-KEPT_ERROR_CHARS);
      const lines = (rest + text).split('\n');
      rest = lines.pop()?.slice(-KEPT_ERROR_CHARS) ?? '';
      for (const line of lines) log(line.startsWith(LOG_PREFIX) ? line.slice(LOG_PREFIX.length) : line);
    });
  }

  /** The line of Node's that says why a process crashed, else nothing. */
  #detail(): string {
    const line = this.#errorText.split('\n').findLast((each) => /^(?:\w*Error(?: \[\w+\])?|FATAL ERROR): /.test(each));
    return line === undefined ? '' : `: ${line}`;
  }
}

const controlOver = (link: ChildLink): BrokerControl => ({
  createTopics: async (topics) => {
    await link.call('createTopics', topics);
  },
  addFault: async (fault) => Number(await link.call('addFault', fault)),
  removeFault: async (id) => {
    await link.call('removeFault', id);
  },
  clearFaults: async () => {
    await link.call('clearFaults', null);
  },
  faultHits: async (id) => Number(await link.call('faultHits', id)),
  faultHistory: async () => (await link.call('faultHistory', null)) as readonly FaultHit[],
});

/** The error that the broker's process threw, of the class that it had there. */
const errorFrom = ({ name, message, code }: CarriedError): Error => {
  if (name === 'FaultError') return new FaultError(message);
  const error = code === null ? undefined : errorByCode(code);
  return name === 'TopicError' && error !== undefined ? new TopicError(error.name, message) : new Error(message);
};
