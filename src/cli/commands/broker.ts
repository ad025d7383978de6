import { addressText } from '../../client/address.ts';
import { gatherBrokerConfig } from '../broker-config.ts';
import type { CommandModule, CommandRun } from '../command.ts';
import { type FlagTable, type FlagValues, helpText, readFlags } from '../flags.ts';
import { parseHostPort, parseNumber, UsageError } from '../usage.ts';

const GROUP = 'Broker:';
const SECURITY_GROUP = 'Security (off unless given):';
/** What `--acls` stands for. */
const AUTHORIZER = 'org.apache.kafka.metadata.authorizer.StandardAuthorizer';

const flagTable: FlagTable = {
  'data-dir': {
    kind: 'value',
    group: GROUP,
    metavar: 'DIR',
    description: 'Folder the data is kept in; made when missing (required)',
  },
  listen: {
    kind: 'list',
    group: GROUP,
    metavar: '[NAME://]HOST:PORT ...',
    description:
      'Where to listen; port 0 takes a free one. NAME is PLAINTEXT (default), SSL, SASL_PLAINTEXT or SASL_SSL; may be repeated',
    shownDefault: '127.0.0.1:9092',
  },
  advertise: {
    kind: 'list',
    group: GROUP,
    metavar: '[NAME://]HOST:PORT ...',
    description: 'What clients are told to connect to, when it is not where the broker listens; one for each listener',
  },
  user: {
    kind: 'list',
    group: SECURITY_GROUP,
    metavar: 'NAME:PASSWORD ...',
    description: 'Users of SASL listeners (PLAIN, SCRAM-SHA-256, SCRAM-SHA-512); may be repeated',
  },
  acls: {
    kind: 'switch',
    group: SECURITY_GROUP,
    description: 'Enforce ACLs: what none allows is refused, but to super.users',
  },
  'tail-cache-bytes': {
    kind: 'value',
    group: GROUP,
    metavar: 'N',
    description: 'Memory that recent batches are served from; what is older is read from files',
    shownDefault: '67108864',
  },
  config: {
    kind: 'list',
    group: GROUP,
    metavar: 'k=v ...',
    description: 'Broker settings by their Kafka names, such as num.partitions=4; may be repeated',
  },
  'config-file': {
    kind: 'value',
    group: GROUP,
    metavar: 'FILE',
    description: 'Properties file with broker settings; --config wins over it',
  },
  faults: {
    kind: 'value',
    group: GROUP,
    metavar: 'FILE',
    description: 'JSON file with faults for clients to meet: delays, errors, lost connections, freezes',
  },
};

/** `spillway broker`: our own broker in the foreground. */
export const command: CommandModule = {
  help: () =>
    helpText(flagTable, {
      usage:
        'spillway broker --data-dir DIR [flags]\n\nRuns a broker that any Kafka client can use, until Ctrl-C or SIGTERM. It listens on this machine only unless told otherwise.',
      examples: [
        ['spillway broker --data-dir data', 'On 127.0.0.1:9092'],
        [
          'spillway broker --data-dir data --listen PLAINTEXT://127.0.0.1:9092 SASL_SSL://127.0.0.1:9093 --user alice:secret --config ssl.keystore.location=broker.pem',
          'A second listener with TLS and passwords',
        ],
      ],
      epilogue: 'Exit status: 0 stopped by a signal; 1 port or data directory not usable; 2 wrong usage.',
    }),
  run,
};

async function run({ argv, console, interrupt }: CommandRun): Promise<number> {
  const flags = readFlags('broker', flagTable, argv);
  const options = readOptions(flags);
  const faults = await readFaults(flags.value('faults'));
  const { startBroker } = await import('../../broker/standalone.ts');
  const broker = await startBroker({ ...options, faults, log: (line: string) => console.note(line) });
  console.result(`listening on ${listenersText(broker.listeners)}, data in ${options.dataDir}`);
  await aborted(interrupt.signal);
  await broker.close();
  return interrupt.cause === 'stdout' ? 1 : 0;
}

function readOptions(flags: FlagValues) {
  const dataDir = flags.value('data-dir');
  if (dataDir === null)
    throw new UsageError('--data-dir is missing; give the folder to keep the data in, such as --data-dir data');
  const config = gatherBrokerConfig(flags.value('config-file'), flags.list('config'));
  const given = flags.isOn('acls') ? { 'authorizer.class.name': AUTHORIZER, ...config } : config;
  const users = readUsers(flags.list('user'));
  const tailCache = flags.value('tail-cache-bytes');
  return {
    ...readAddresses(flags.list('listen'), flags.list('advertise'), given),
    dataDir,
    users,
    ...(tailCache === null
      ? {}
      : { tailCacheBytes: parseNumber('tail-cache-bytes', tailCache, { min: 0, isWhole: true }) }),
  };
}

/** Faults of a file. Throws a UsageError that names the file and what in it is wrong. */
async function readFaults(path: string | null) {
  if (path === null) return [];
  const { readFaultFile } = await import('../../broker/faults/fault-file.ts');
  try {
    return readFaultFile(path);
  } catch (error) {
    throw new UsageError(`--faults: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

/** One address alone is a PLAINTEXT listener; anything more goes to the broker as Kafka writes it, in `listeners`. */
function readAddresses(
  listen: readonly string[],
  advertise: readonly string[],
  given: Readonly<Record<string, string>>,
) {
  const { listeners, 'advertised.listeners': advertisedListeners } = given;
  if (listeners !== undefined && listen.length > 0)
    throw new UsageError('give --listen or --config listeners=..., not both');
  if (advertisedListeners !== undefined && advertise.length > 0)
    throw new UsageError('give --advertise or --config advertised.listeners=..., not both');
  const host = '127.0.0.1';
  const isPlain = [...listen, ...advertise].every((text) => !text.includes('://'));
  if (listeners === undefined && listen.length <= 1 && advertise.length <= 1 && isPlain) {
    const [place = `${host}:9092`] = listen;
    const [told] = advertise;
    const advertised = told === undefined ? null : parseHostPort('advertise', told, 1);
    return { ...parseHostPort('listen', place, 0), advertised, config: given };
  }
  const config = {
    ...given,
    listeners: listeners ?? withNames(listen.length === 0 ? [`${host}:9092`] : listen),
    ...(advertise.length === 0 ? {} : { 'advertised.listeners': withNames(advertise) }),
  };
  return { host, port: 0, advertised: null, config };
}

const withNames = (addresses: readonly string[]): string =>
  addresses.map((text) => (text.includes('://') ? text : `PLAINTEXT://${text}`)).join(',');

/** A password may hold colons; it is never shown. */
function readUsers(texts: readonly string[]): Readonly<Record<string, string>> {
  const users = new Map<string, string>();
  for (const text of texts) {
    const at = text.indexOf(':');
    const name = text.slice(0, at);
    if (at < 1 || at === text.length - 1)
      throw new UsageError('--user must be NAME:PASSWORD; got a text without one of them');
    if (users.has(name)) throw new UsageError(`--user names ${name} twice; keep one`);
    users.set(name, text.slice(at + 1));
  }
  return Object.fromEntries(users);
}

/** Addresses as clients are given them; the name of the protocol is left out where there is but one PLAINTEXT listener. */
const listenersText = (
  listeners: readonly { readonly name: string; readonly host: string; readonly port: number }[],
) => {
  const [only] = listeners;
  if (listeners.length === 1 && only?.name === 'PLAINTEXT') return addressText(only);
  return listeners.map((listener) => `${listener.name}://${addressText(listener)}`).join(', ');
};

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
