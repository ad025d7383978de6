/**
 * Entry of a broker in a process of its own, started with an IPC channel: `node child.js '<ChildOptions as JSON>'`, or without an
 * argument and with the options in the first message, which a process list does not show. It reports over IPC, and ends when its
 * parent does, even one killed with SIGKILL: the channel closes then.
 */
import { rmSync } from 'node:fs';
import { type BrokerOptions, BrokerStartError, type RunningBroker, startBroker } from './broker.ts';
import { answerCall, type ControlAnswer, type ControlCall, controlOf } from './embedded/control.ts';

/** What a child is started with. */
export type ChildOptions = Omit<BrokerOptions, 'log' | 'onDiskRefusal'> & {
  /** Removes the data directory at the end, for temporary ones. */
  readonly removeDataDir?: boolean;
};

/** What a child tells its parent; the first message is `ready` or `failed`. */
export type ChildMessage =
  | {
      readonly kind: 'ready';
      readonly host: string;
      readonly port: number;
      /** What clients are told to connect to. */
      readonly advertised: { readonly host: string; readonly port: number };
      readonly clusterId: string;
      readonly pid: number;
    }
  /** It ends after this; the message is one line. `isUsage`: a setting is wrong. */
  | { readonly kind: 'failed'; readonly message: string; readonly isUsage: boolean }
  /** The disk takes no more data, said once; the broker goes on and answers producers with KAFKA_STORAGE_ERROR. */
  | { readonly kind: 'disk-refused'; readonly message: string }
  | ChildUsage
  | ControlAnswer;

/** What a parent tells its child. */
export type ParentMessage =
  /** The first message, when the options are not on the command line. */
  { readonly kind: 'start'; readonly options: ChildOptions } | { readonly kind: 'usage' } | ControlCall;

/** Answer to `{ kind: 'usage' }`. */
export type ChildUsage = {
  readonly kind: 'usage';
  /** Microseconds of CPU since the process began (`process.cpuUsage()`). */
  readonly cpuUsage: { readonly user: number; readonly system: number };
  /** Resident memory, bytes. */
  readonly rssBytes: number;
  /** Highest resident memory so far, bytes. */
  readonly peakRssBytes: number;
  /** Effective broker settings by Kafka's names. */
  readonly settings: Readonly<Record<string, string>>;
};

const main = async (): Promise<void> => {
  // A terminal's Ctrl-C reaches the whole process group; the parent decides when the broker ends.
  process.on('SIGINT', () => {});
  let options: ChildOptions;
  try {
    options = await readOptions();
  } catch (error) {
    await leave({
      kind: 'failed',
      message: `a broker child takes its options as JSON: ${String(error)}`,
      isUsage: true,
    });
    return;
  }
  let isOrphan = process.connected !== true;
  process.on('disconnect', () => {
    isOrphan = true;
  });
  try {
    const broker = await startBroker({ ...options, onDiskRefusal: sendOnce() });
    const end = endOf(broker, options);
    process.on('disconnect', end);
    process.on('SIGTERM', end);
    process.on('message', (message: ParentMessage) => onMessage(message, broker));
    if (isOrphan) end();
    else sayReady(broker);
  } catch (error) {
    if (options.removeDataDir === true) rmSync(options.dataDir, { recursive: true, force: true });
    const message = error instanceof Error ? error.message : String(error);
    await leave({ kind: 'failed', message, isUsage: error instanceof BrokerStartError && error.isUsage });
  }
};

/** The options of the command line, else of the first message. Rejects for what is no JSON, and when the parent is gone. */
const readOptions = (): Promise<ChildOptions> =>
  new Promise((resolve, reject) => {
    const text = process.argv[2];
    if (text !== undefined || process.connected !== true) {
      resolve(JSON.parse(text ?? '') as ChildOptions);
      return;
    }
    const onGone = (): void => reject(new Error('the parent ended first'));
    process.once('disconnect', onGone);
    process.once('message', (message: ParentMessage) => {
      process.off('disconnect', onGone);
      if (message.kind === 'start') resolve(message.options);
      else reject(new Error(`the first message is ${message.kind}`));
    });
  });

const sayReady = ({ host, port, advertised, clusterId }: RunningBroker): void =>
  send({ kind: 'ready', host, port, advertised, clusterId, pid: process.pid });

/** Ends the process once: the broker is closed first, and a temporary directory removed. */
const endOf = (broker: RunningBroker, options: ChildOptions): (() => void) => {
  let isEnding = false;
  return () => {
    if (isEnding) return;
    isEnding = true;
    broker.close().then(
      () => exit(options, 0),
      (error: unknown) => {
        process.stderr.write(`spillway broker: closing failed: ${String(error)}\n`);
        exit(options, 1);
      },
    );
  };
};

const exit = (options: ChildOptions, status: number): void => {
  if (options.removeDataDir === true) rmSync(options.dataDir, { recursive: true, force: true });
  process.exit(status);
};

const onMessage = (message: ParentMessage, broker: RunningBroker): void => {
  if (message.kind === 'call') void answerCall(message, controlOf(broker)).then(send);
  if (message.kind !== 'usage') return;
  send({
    kind: 'usage',
    cpuUsage: process.cpuUsage(),
    rssBytes: process.memoryUsage.rss(),
    // resourceUsage() counts in KiB on Linux.
    peakRssBytes: process.resourceUsage().maxRSS * 1024,
    settings: broker.settings,
  });
};

const send = (message: ChildMessage): void => {
  // A parent that goes away meanwhile ends the broker by its disconnect.
  if (process.connected === true) process.send?.(message, () => {});
};

/** Tells the parent about the first write that the disk refused; the next ones say the same. */
const sendOnce = (): ((line: string) => void) => {
  let isSent = false;
  return (message) => {
    if (!isSent) send({ kind: 'disk-refused', message });
    isSent = true;
  };
};

/** Sends a last message and ends the process when it is on its way. */
const leave = (message: ChildMessage): Promise<void> =>
  new Promise((resolve) => {
    const end = (): void => {
      resolve();
      process.exit(1);
    };
    if (process.connected === true && process.send !== undefined) process.send(message, end);
    else {
      if (message.kind === 'failed') process.stderr.write(`spillway broker: ${message.message}\n`);
      end();
    }
  });

void main();
