import { addressText } from '../../client/address.ts';
import type { CommandModule, CommandRun } from '../command.ts';
import { type FlagTable, type FlagValues, helpText, readFlags } from '../flags.ts';
import { parseAssignments, parseHostPort, parseNumber, UsageError } from '../usage.ts';

const GROUP = 'Broker:';

const flagTable: FlagTable = {
  'data-dir': {
    kind: 'value',
    group: GROUP,
    metavar: 'DIR',
    description: 'Folder the data is kept in; made when missing (required)',
  },
  listen: {
    kind: 'value',
    group: GROUP,
    metavar: 'HOST:PORT',
    description: 'Where to listen; port 0 takes a free one',
    shownDefault: '127.0.0.1:9092',
  },
  advertise: {
    kind: 'value',
    group: GROUP,
    metavar: 'HOST:PORT',
    description: 'What clients are told to connect to, when it is not where the broker listens',
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
};

/** `spillway broker`: our own broker in the foreground. */
export const command: CommandModule = {
  help: () =>
    helpText(flagTable, {
      usage:
        'spillway broker --data-dir DIR [flags]\n\nRuns a broker that any Kafka client can use, until Ctrl-C or SIGTERM. It listens on this machine only unless told otherwise.',
      examples: [['spillway broker --data-dir data', 'On 127.0.0.1:9092']],
      epilogue: 'Exit status: 0 stopped by a signal; 1 port or data directory not usable; 2 wrong usage.',
    }),
  run,
};

async function run({ argv, console, interrupt }: CommandRun): Promise<number> {
  const flags = readFlags('broker', flagTable, argv);
  const options = readOptions(flags);
  const { startBroker } = await import('../../broker/broker.ts');
  const broker = await startBroker({ ...options, log: (line: string) => console.note(line) });
  console.result(`listening on ${addressText(broker)}, data in ${options.dataDir}`);
  await aborted(interrupt.signal);
  await broker.close();
  return interrupt.cause === 'stdout' ? 1 : 0;
}

function readOptions(flags: FlagValues) {
  const dataDir = flags.value('data-dir');
  if (dataDir === null)
    throw new UsageError('--data-dir is missing; give the folder to keep the data in, such as --data-dir data');
  const advertise = flags.value('advertise');
  const { host, port } = parseHostPort('listen', flags.value('listen') ?? '127.0.0.1:9092', 0);
  const advertised = advertise === null ? null : parseHostPort('advertise', advertise, 1);
  const config = parseAssignments('config', flags.list('config'));
  const tailCache = flags.value('tail-cache-bytes');
  if (tailCache === null) return { host, port, dataDir, advertised, config };
  return {
    host,
    port,
    dataDir,
    advertised,
    config,
    tailCacheBytes: parseNumber('tail-cache-bytes', tailCache, { min: 0, isWhole: true }),
  };
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
