import { tmpdir } from 'node:os';
import { didYouMean } from '../client/properties/nearest.ts';
import { ioMeasureNames, ioMeasures } from '../harness/io-test/catalogue.ts';
import { type IoTestPlan, ioGroups } from '../results/io-test-result.ts';
import { parseDuration } from './durations.ts';
import { type FlagTable, type FlagValues, type HelpText, readFlags } from './flags.ts';
import { noRecordFlag, resultsDirFlag } from './record-flags.ts';
import { quoted, readNumber, UsageError } from './usage.ts';

const GROUPS = { what: 'What is measured:', output: 'Output:' } as const;

const MEBIBYTE = 1024 * 1024;
const DEFAULT_BYTES = 256 * MEBIBYTE;
const LEAST_BYTES = 8 * MEBIBYTE;
const MOST_BYTES = 64 * 1024 * MEBIBYTE;
const DEFAULT_TIME_MS = 1000;
const LEAST_TIME_MS = 10;
const MOST_TIME_MS = 600_000;

/** Flags of io-test. */
export const ioTestFlags: FlagTable = {
  only: {
    kind: 'list',
    group: GROUPS.what,
    metavar: 'NAME ...',
    description: `Only these measures or groups of them (${ioGroups.join(', ')}); --list shows all names`,
  },
  'data-dir': {
    kind: 'value',
    group: GROUPS.what,
    metavar: 'DIR',
    description: 'Folder on the disk that is measured; what is made in it is removed at the end',
    shownDefault: "that of temporary files, where our own broker's data lies",
  },
  size: {
    kind: 'value',
    group: GROUPS.what,
    metavar: 'BYTES',
    description: 'Size of each of two files, such as 268435456, 256MiB or 1GiB',
    shownDefault: '256MiB',
  },
  time: {
    kind: 'value',
    group: GROUPS.what,
    metavar: 'TIME',
    description: 'How long each measure is taken, such as 500ms or 2s',
    shownDefault: '1s',
  },
  list: { kind: 'switch', group: GROUPS.what, description: 'Show the measures, and measure nothing' },
  json: { kind: 'switch', group: GROUPS.output, description: 'Print one JSON document, not tables' },
  'results-dir': resultsDirFlag,
  'no-record': noRecordFlag,
};

/** Text of --help. */
export const ioTestHelp: HelpText = {
  usage:
    'spillway io-test [flags]\n\nMeasures what this machine does at most: disk, page cache, loopback, copies, checksums and codecs.',
  examples: [
    ['spillway io-test', 'Everything, in half a minute'],
    ['spillway io-test --only write read --data-dir /mnt/kafka', 'The disk that a broker shall use'],
    ['spillway io-test --only append socket --time 200ms --json', 'A short look, for a program'],
  ],
  epilogue:
    'Later tests on this machine with the same --results-dir say what share of these limits they reached. Exit status: 0 done; 1 a measure failed; 2 wrong usage, a folder that cannot be written, or too little room; 129, 130 or 143 interrupted.',
};

/** A command line of io-test, read. */
export type IoTestCommand = {
  readonly plan: IoTestPlan;
  /** Null keeps no record. */
  readonly resultsDir: string | null;
  readonly isJson: boolean;
  readonly isList: boolean;
};

const UNIT_BYTES: Readonly<Record<string, number>> = {
  '': 1,
  B: 1,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  KiB: 1024,
  MiB: MEBIBYTE,
  GiB: 1024 * MEBIBYTE,
};

/** Reads a number of bytes with or without a unit, down to whole MiB. Throws UsageError. */
function parseSize(text: string): number {
  const [, amount = '', unit = ''] = /^([^a-z]*)([a-z]*)$/i.exec(text.trim()) ?? [];
  const bytes = readNumber(amount) * (UNIT_BYTES[unit] ?? Number.NaN);
  if (bytes >= LEAST_BYTES && bytes <= MOST_BYTES) return Math.floor(bytes / MEBIBYTE) * MEBIBYTE;
  throw new UsageError(
    `--size must be a number of bytes such as 268435456, 256MiB or 1GiB, from 8MiB to 64GiB; got ${quoted(text)}`,
  );
}

function parseTime(text: string): number {
  const timeMs = parseDuration('time', text);
  if (timeMs >= LEAST_TIME_MS && timeMs <= MOST_TIME_MS) return timeMs;
  throw new UsageError(`--time must be from 10ms to 10m; got ${quoted(text)}`);
}

/** Names of measures from names of measures and groups, blanks and commas between them. Throws UsageError for one that is neither. */
function parseOnly(flags: FlagValues): readonly string[] {
  if (!flags.isGiven('only')) return ioMeasureNames;
  const words = flags.list('only').flatMap((text) => text.split(',').filter((word) => word !== ''));
  const groups: readonly string[] = ioGroups;
  for (const word of words) {
    if (groups.includes(word) || ioMeasureNames.includes(word)) continue;
    const hint = didYouMean(word, [...groups, ...ioMeasureNames], 'spillway io-test --list shows all');
    throw new UsageError(`--only takes names of measures or groups; got ${quoted(word)}: ${hint}`);
  }
  return ioMeasures.filter(({ name, group }) => words.includes(name) || words.includes(group)).map(({ name }) => name);
}

/** Reads the command line. Throws UsageError. */
export function parseIoTest(argv: readonly string[]): IoTestCommand {
  const flags = readFlags('io-test', ioTestFlags, argv);
  if (flags.isOn('no-record') && flags.isGiven('results-dir'))
    throw new UsageError('--no-record and --results-dir contradict each other; leave one of them out');
  const [size, time] = [flags.value('size'), flags.value('time')];
  return {
    plan: {
      dataDir: flags.value('data-dir') ?? tmpdir(),
      sizeBytes: size === null ? DEFAULT_BYTES : parseSize(size),
      timeMs: time === null ? DEFAULT_TIME_MS : parseTime(time),
      measures: parseOnly(flags),
    },
    resultsDir: flags.isOn('no-record') ? null : (flags.value('results-dir') ?? 'results'),
    isJson: flags.isOn('json'),
    isList: flags.isOn('list'),
  };
}
