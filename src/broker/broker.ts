import { prepareCodecs } from '../protocol/compression/compression.ts';
import { handlers } from './apis/all.ts';
import { AppendQueue } from './append-queue.ts';
import { type BrokerSettings, brokerSettingsByName, ConfigError, parseBrokerConfig } from './config.ts';
import { FaultError, type FaultSpec } from './faults/fault.ts';
import { Faults } from './faults/faults.ts';
import { FetchRoom } from './fetch-room.ts';
import { GroupCoordinator } from './groups/coordinator.ts';
import { Journal } from './journal.ts';
import { MAX_PARTITIONS } from './limits.ts';
import { openListeners } from './listening.ts';
import { DataDirectory } from './log/data-directory.ts';
import { LOCK_FILE } from './log/directory-lock.ts';
import { DataDirectoryError, errorCode } from './log/errors.ts';
import { LogManager } from './log/log-manager.ts';
import { createLogResources, type LogResources } from './log/log-resources.ts';
import { PartitionLog } from './log/partition-log.ts';
import { describeRecovery } from './log/recovery.ts';
import { openFileLimit, planOpenFiles } from './open-files.ts';
import { ResponseBlocks } from './outgoing.ts';
import { ProducerIds } from './producer-ids.ts';
import { openSecurity, type Security } from './security/security.ts';
import { parseSecurity, type SecuritySettings } from './security/security-settings.ts';
import type { BrokerState } from './state.ts';
import { TopicError, TopicRegistry } from './topics.ts';
import { TransactionCoordinator } from './transactions/transaction-coordinator.ts';
import { type FolderBefore, folderBefore } from './vain-folder.ts';

/** Where and with what a broker is started. */
export type BrokerOptions = {
  /** Address to listen on, such as 127.0.0.1. */
  readonly host: string;
  /** Port to listen on; 0 takes a free one. */
  readonly port: number;
  /** Folder of the logs; made when it is missing. */
  readonly dataDir: string;
  /** What clients are told to connect to; null or absent means the listen address. */
  readonly advertised?: { readonly host: string; readonly port: number } | null;
  /** Broker settings by Kafka's names. With `listeners` among them, `host`, `port` and `advertised` are not used. */
  readonly config: Readonly<Record<string, string>>;
  /** Passwords by user name for SASL listeners, with PLAIN and with SCRAM. */
  readonly users?: Readonly<Record<string, string>>;
  /** Memory that recent batches are served from, bytes; 64 MiB when absent. */
  readonly tailCacheBytes?: number;
  /** Faults that are set from the start on. */
  readonly faults?: readonly FaultSpec[];
  /** Takes log lines; stderr when absent. */
  readonly log?: (line: string) => void;
  /** Takes the line for a write that the disk refused, in place of the log: a broker of one test ends with it. */
  readonly onDiskRefusal?: (line: string) => void;
};

/** A broker that listens. */
export type RunningBroker = {
  /** Where its first listener is. */
  readonly host: string;
  readonly port: number;
  /** All listeners, in the order of `listeners`. */
  readonly listeners: readonly RunningListener[];
  readonly clusterId: string;
  /** What clients of the first listener are told to connect to. */
  readonly advertised: { readonly host: string; readonly port: number };
  /** Effective broker settings by Kafka's names. */
  readonly settings: Readonly<Record<string, string>>;
  /** The broker's topics, for whoever runs it. */
  readonly topics: TopicRegistry;
  /** Faults to test clients with. */
  readonly faults: Faults;
  /** Closes connections, writes what is staged, and closes the logs with the clean-shutdown marker. */
  close(): Promise<void>;
};

/** A listener of a running broker. */
export type RunningListener = {
  /** Such as `SASL_SSL`. */
  readonly name: string;
  readonly host: string;
  readonly port: number;
  /** What its clients are told to connect to. */
  readonly advertised: { readonly host: string; readonly port: number };
};

/** The broker could not start; the message is one line that says why and what to do. */
export class BrokerStartError extends Error {
  override readonly name = 'BrokerStartError';
  /** True when a setting is wrong (the user's line), false when the machine refused (port, disk, lock). */
  readonly isUsage: boolean;
  constructor(message: string, isUsage: boolean, options?: ErrorOptions) {
    super(message, options);
    this.isUsage = isUsage;
  }
}

/**
 * Starts a broker in this process.
 * @throws BrokerStartError (rejects) when a setting is wrong, the data directory cannot be used, or the port is taken.
 */
export const startBroker = async (options: BrokerOptions): Promise<RunningBroker> => {
  const log = options.log ?? ((line) => process.stderr.write(`spillway broker: ${line}\n`));
  const journal = new Journal(log, options.onDiskRefusal);
  const { settings, security: securitySettings } = readSettings(options);
  await prepareCodecs();
  const faults = readFaults(options.faults);
  const { maxOpenFiles, warning } = planOpenFiles(openFileLimit());
  if (warning !== null) journal.say('open files', warning);
  const before = folderBefore(options.dataDir);
  let directory: DataDirectory;
  try {
    directory = inDataDirectory(() => DataDirectory.open({ path: options.dataDir, nodeId: settings.nodeId }));
  } catch (error) {
    before.remove();
    throw error;
  }
  let topics: TopicRegistry;
  let producerIds: ProducerIds;
  let logs: LogManager;
  let security: Security;
  try {
    logs = inDataDirectory(() => makeLogManager(directory, settings, journal));
    const resources = createLogResources({
      maxOpenFiles,
      ...(options.tailCacheBytes === undefined ? {} : { tailCacheBytes: options.tailCacheBytes }),
    });
    topics = inDataDirectory(() => loadTopics(directory, settings, { resources, logs, journal }));
    producerIds = inDataDirectory(() => new ProducerIds(directory.path));
    security = inDataDirectory(() => openSecurity(directory.path, securitySettings, options.users ?? {}));
  } catch (error) {
    leave(directory, before, { isClean: false }, journal);
    throw error;
  }
  try {
    const shared = { settings, topics, appends: new AppendQueue(journal), producerIds, journal };
    const groups = new GroupCoordinator(shared);
    const transactions = new TransactionCoordinator({ ...shared, groups });
    const base = {
      ...shared,
      clusterId: directory.clusterId,
      groups,
      transactions,
      faults,
      handlers: faults.handlers,
      security,
      responseBlocks: new ResponseBlocks(),
      queuedRequests: { bytes: 0 },
      fetchRoom: new FetchRoom(),
    };
    await inCoordinator('the offsets and members of groups', () => groups.start());
    await inCoordinator('the states of transactions', () => transactions.start());
    logs.start(() => allLogs(topics));
    return await open(options, securitySettings, base, directory, logs);
  } catch (error) {
    const isClean = await closeLogs(topics, logs, journal);
    leave(directory, before, { isClean }, journal);
    throw error instanceof BrokerStartError ? error : new BrokerStartError(messageOf(error), false, { cause: error });
  }
};

const inCoordinator = async (what: string, step: () => Promise<void>): Promise<void> => {
  try {
    await step();
  } catch (error) {
    throw new BrokerStartError(`${what} cannot be read: ${messageOf(error)}`, false, { cause: error });
  }
};

const open = async (
  options: BrokerOptions,
  security: SecuritySettings,
  base: BrokerState,
  directory: DataDirectory,
  logs: LogManager,
): Promise<RunningBroker> => {
  const { server, listeners, first } = await openListeners(options, security, base);
  base.faults.start();
  let closing: Promise<void> | null = null;
  return {
    host: first.host,
    port: first.port,
    listeners: listeners.map(({ name, host, port, advertised }) => ({ name, host, port, advertised })),
    clusterId: base.clusterId,
    advertised: first.advertised,
    settings: brokerSettingsByName(base.settings),
    topics: base.topics,
    faults: base.faults,
    close: () => {
      closing ??= close(server, base, directory, logs);
      return closing;
    },
  };
};

const close = async (
  server: { close(): Promise<void> },
  base: BrokerState,
  directory: DataDirectory,
  logs: LogManager,
): Promise<void> => {
  base.faults.clear();
  base.groups.stop();
  base.transactions.stop();
  base.appends.flush();
  await server.close();
  base.appends.flush();
  const isClean = await closeLogs(base.topics, logs, base.journal);
  release(directory, { isClean }, base.journal);
};

/** True when all logs were closed as they should; else the journal has said why. */
const closeLogs = async (topics: TopicRegistry, logs: LogManager, journal: Journal): Promise<boolean> => {
  try {
    logs.stop();
    await topics.close();
    await logs.close();
    return true;
  } catch (error) {
    journal.say('close', `cannot close the logs (${errorCode(error)}): the next start recovers them`);
    return false;
  }
};

/** Gives the data directory up, whatever the disk says: without its marker of a clean stop if that cannot be written. */
const release = (directory: DataDirectory, stop: { readonly isClean: boolean }, journal: Journal): void => {
  try {
    directory.close(stop);
  } catch (error) {
    journal.say('close', `cannot note the clean stop (${errorCode(error)}): the next start looks through the logs`);
    directory.close({ isClean: false });
  }
};

/** As `release()` after a start that failed: what was made in vain goes. */
const leave = (
  directory: DataDirectory,
  before: FolderBefore,
  stop: { readonly isClean: boolean },
  journal: Journal,
): void => {
  if (!before.wasEmpty) {
    release(directory, stop, journal);
    return;
  }
  before.empty(LOCK_FILE);
  directory.close({ isClean: false });
  before.remove();
};

const readFaults = (specs: readonly FaultSpec[] | undefined): Faults => {
  try {
    return new Faults(handlers, specs);
  } catch (error) {
    if (error instanceof FaultError) throw new BrokerStartError(error.message, true, { cause: error });
    throw error;
  }
};

const readSettings = ({
  config,
  users,
}: BrokerOptions): { readonly settings: BrokerSettings; readonly security: SecuritySettings } => {
  try {
    const { security, others } = parseSecurity(config, users);
    return { settings: parseBrokerConfig(others), security };
  } catch (error) {
    if (error instanceof ConfigError) throw new BrokerStartError(error.message, true, { cause: error });
    throw error;
  }
};

const makeLogManager = (directory: DataDirectory, settings: BrokerSettings, journal: Journal): LogManager =>
  new LogManager({
    directory: directory.path,
    retentionCheckIntervalMs: settings.logRetentionCheckIntervalMs,
    isCleanerEnabled: settings.logCleanerEnable,
    cleanerBackoffMs: settings.logCleanerBackoffMs,
    say: (kind, line) => journal.say(kind, line),
  });

function* allLogs(topics: TopicRegistry): Iterable<PartitionLog> {
  for (const { partitions } of topics.all()) for (const { log } of partitions) yield log;
}

const loadTopics = (
  directory: DataDirectory,
  settings: BrokerSettings,
  { resources, logs, journal }: { resources: LogResources; logs: LogManager; journal: Journal },
): TopicRegistry =>
  TopicRegistry.load(directory.path, settings, (path, config, isNew) => {
    const known = logs.takeKnown(path);
    const log = PartitionLog.open({
      directory: path,
      config,
      ...resources,
      ...(isNew ? {} : { known }),
      listener: logs.listener,
      isCleanStart: isNew || directory.wasCleanStop,
      recover: directory.recover,
    });
    const cut = describeRecovery(log.recovery);
    if (cut !== null) journal.say('recovery', cut, MAX_PARTITIONS);
    return log;
  });

const inDataDirectory = <T>(step: () => T): T => {
  try {
    return step();
  } catch (error) {
    if (error instanceof DataDirectoryError || error instanceof TopicError)
      throw new BrokerStartError(error.message, false, { cause: error });
    throw new BrokerStartError(`the data directory cannot be opened: ${messageOf(error)}`, false, { cause: error });
  }
};

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
