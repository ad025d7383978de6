import { didYouMean } from '../../measure/nearest.ts';
import { type BrokerOptions, BrokerStartError } from '../broker.ts';
import { BrokerFaults } from './broker-faults.ts';
import { startChild } from './child-process.ts';
import type { BrokerControl } from './control.ts';
import { startInProcess } from './in-process.ts';
import { type ConfigValues, configTexts, type NewTopic } from './new-topic.ts';
import { makeTemporaryDirectory } from './temporary-directory.ts';

/** How a broker for a program or a test is started; everything has a default. */
export type EmbeddedBrokerOptions = Partial<Omit<BrokerOptions, 'config' | 'log' | 'onDiskRefusal'>> & {
  /** `same` (when absent): in this process. `child`: in one of its own, with its own heap and CPU, that ends with this one. */
  readonly process?: 'same' | 'child';
  /** Broker settings by Kafka's names, such as `{ 'num.partitions': 3 }`. */
  readonly config?: ConfigValues;
  /** Topics that are there when the broker is ready; those that a kept data directory has already are an error. */
  readonly topics?: readonly NewTopic[];
  /** Takes log lines; without it the broker is silent. */
  readonly log?: (line: string) => void;
};

/** A broker that runs until it is closed. */
export type EmbeddedBroker = AsyncDisposable & {
  /** What clients are to be given, `host:port`. */
  readonly bootstrapServers: string;
  readonly host: string;
  readonly port: number;
  readonly clusterId: string;
  /** The process that it runs in: this one or the child. */
  readonly pid: number;
  /** Where its data is; a temporary folder goes when it is closed. */
  readonly dataDir: string;
  /** Faults to test clients with. */
  readonly faults: BrokerFaults;
  /** Makes topics; they can be used when it resolves. Rejects with TopicError for the first that cannot be made. */
  createTopics(topics: readonly NewTopic[]): Promise<void>;
  /** Closes all connections and the logs, and removes a temporary data directory. Calls after the first wait for it. */
  close(): Promise<void>;
};

/** A broker that was started, in whichever process. */
export type Started = {
  readonly host: string;
  readonly port: number;
  readonly advertised: { readonly host: string; readonly port: number };
  readonly clusterId: string;
  readonly pid: number;
  readonly control: BrokerControl;
  close(): Promise<void>;
};

const OPTIONS: readonly (keyof EmbeddedBrokerOptions)[] = [
  'process',
  'topics',
  'config',
  'faults',
  'dataDir',
  'host',
  'port',
  'advertised',
  'users',
  'tailCacheBytes',
  'log',
];
const LAST_PORT = 65_535;

/** What TypeScript finds, found for those who write JavaScript. @throws BrokerStartError */
const checkOptions = (options: EmbeddedBrokerOptions): void => {
  for (const name of Object.keys(options))
    if (!OPTIONS.some((known) => known === name))
      throw new BrokerStartError(
        `startBroker has no option ${name}: ${didYouMean(name, OPTIONS, `it has ${OPTIONS.join(', ')}`)}`,
        true,
      );
  const { process: where = 'same', port = 0 } = options;
  if (where !== 'same' && where !== 'child')
    throw new BrokerStartError(`the option process must be 'same' or 'child'; got ${JSON.stringify(where)}`, true);
  if (!Number.isInteger(port) || port < 0 || port > LAST_PORT)
    throw new BrokerStartError(`the option port must be a whole number, 0 to ${LAST_PORT}; got ${String(port)}`, true);
};

/**
 * Starts a Kafka broker: on a free port of 127.0.0.1 and with a temporary data directory, unless told otherwise. Any number of
 * them may run at the same time.
 * @throws BrokerStartError (rejects) when a setting or a fault is wrong, or the machine refuses the port or the folder;
 *   TopicError when a topic of `topics` cannot be made. Nothing is left running then.
 */
export const startBroker = async (options: EmbeddedBrokerOptions = {}): Promise<EmbeddedBroker> => {
  checkOptions(options);
  const { process: where = 'same', topics = [], log = () => {}, config = {}, ...given } = options;
  const temporary = given.dataDir === undefined ? makeTemporaryDirectory() : null;
  const dataDir = given.dataDir ?? temporary?.path ?? '';
  const plan = { host: '127.0.0.1', port: 0, ...given, dataDir, config: configTexts(config) };
  let started: Started;
  try {
    started = await (where === 'child' ? startChild(plan, temporary !== null, log) : startInProcess(plan, log));
  } catch (error) {
    temporary?.remove();
    throw error;
  }
  let closing: Promise<void> | null = null;
  const close = (): Promise<void> => {
    closing ??= started.close().finally(() => temporary?.remove());
    return closing;
  };
  const { host, port, clusterId, pid, control, advertised } = started;
  try {
    if (topics.length > 0) await control.createTopics(topics);
  } catch (error) {
    await close();
    throw error;
  }
  return {
    bootstrapServers: `${advertised.host.includes(':') ? `[${advertised.host}]` : advertised.host}:${advertised.port}`,
    host,
    port,
    clusterId,
    pid,
    dataDir,
    faults: new BrokerFaults(control),
    createTopics: (more) => control.createTopics(more),
    close,
    [Symbol.asyncDispose]: close,
  };
};
