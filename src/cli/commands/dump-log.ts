import { statSync } from 'node:fs';
import type { DumpOptions } from '../../broker/log/dump/dump-options.ts';
import type { CommandModule, CommandRun } from '../command.ts';
import { type FlagTable, type FlagValues, helpText, readFlags } from '../flags.ts';
import { parseNumber, quoted, UsageError } from '../usage.ts';

const LOG_GROUP = 'Batches and records:';
const INDEX_GROUP = 'Indexes:';
/** Lines are printed so many at a time. */
const LINES_TOGETHER = 500;
const LARGEST_BYTES = 0x7fff_ffff;
const DEFAULT_MESSAGE_BYTES = 5 * 1024 * 1024;

const refused = (description: string) => ({ kind: 'refused', description }) as const;

const flagTable: FlagTable = {
  files: {
    kind: 'list',
    group: 'Files:',
    metavar: 'FILE,...',
    description: 'Files of a log folder, between commas; they may also be given as they are',
  },
  'print-data-log': { kind: 'switch', group: LOG_GROUP, description: 'Print keys and values too' },
  'deep-iteration': { kind: 'switch', group: LOG_GROUP, description: 'Print a line for each record' },
  'skip-record-metadata': {
    kind: 'switch',
    group: LOG_GROUP,
    description: 'Print nothing of a record but its key and value',
  },
  'offsets-decoder': {
    kind: 'switch',
    group: LOG_GROUP,
    description: 'Print keys and values as those of __consumer_offsets',
  },
  'transaction-log-decoder': {
    kind: 'switch',
    group: LOG_GROUP,
    description: 'Print keys and values as those of __transaction_state',
  },
  'max-bytes': {
    kind: 'value',
    group: LOG_GROUP,
    metavar: 'N',
    description: 'Read so much of each .log file',
    shownDefault: 'all',
  },
  'index-sanity-check': {
    kind: 'switch',
    group: INDEX_GROUP,
    description: 'Only check what a broker checks before it takes an index',
  },
  'verify-index-only': {
    kind: 'switch',
    group: INDEX_GROUP,
    description: 'Hold indexes against their log without printing their entries',
  },
  'max-message-size': {
    kind: 'value',
    group: INDEX_GROUP,
    metavar: 'N',
    description: 'Largest batch that an index entry may point to, bytes',
    shownDefault: String(DEFAULT_MESSAGE_BYTES),
  },
  'key-decoder-class': refused('names a Java class; keys are printed as UTF-8'),
  'value-decoder-class': refused('names a Java class; values are printed as UTF-8'),
  'cluster-metadata-decoder': refused('is not supported yet; leave it out to see batches and control records'),
  'remote-log-metadata-decoder': refused('is not supported: tiered storage belongs to Java brokers'),
  'share-group-state-decoder': refused('is not supported yet'),
};

/** `spillway dump-log`: the content of a log's files, ours or a real broker's. */
export const command: CommandModule = {
  help: () =>
    helpText(flagTable, {
      usage:
        "spillway dump-log FILE... [flags]\n\nPrints what is in the files of a log's folder, line for line as Kafka's DumpLogSegments: .log, .index,\n.timeindex, .snapshot, .txnindex, and a KRaft quorum's .checkpoint.",
      examples: [
        ['spillway dump-log data/t-0/*.log --print-data-log', 'Batches, records, keys and values'],
        ['spillway dump-log data/t-0/*.index --verify-index-only', 'Whether the index is right'],
      ],
      epilogue:
        'Exit status: 0 done; 1 a file is corrupt or could not be read in full, and stderr says where; 2 wrong usage.',
    }),
  run,
};

async function run({ argv, console, interrupt }: CommandRun): Promise<number> {
  const flags = readFlags('dump-log', flagTable, argv, true);
  const { dumpFile, nameFault } = await import('../../broker/log/dump/dump-file.ts');
  const { Findings } = await import('../../broker/log/dump/findings.ts');
  const { prepareDecompression } = await import('../../broker/log/dump/decompress.ts');
  const options = await readOptions(flags);
  await prepareDecompression();
  const known: string[] = [];
  for (const file of readFiles(flags)) {
    const fault = nameFault(file);
    if (fault === null) known.push(file);
    else console.plain(`Ignoring unknown file ${file}: ${fault}`);
  }
  if (known.length === 0) throw new UsageError('none of the files is one that dump-log knows');

  const findings = new Findings();
  let lines: string[] = [];
  for (const file of known) {
    for (const line of dumpFile(file, options, findings)) {
      lines.push(line);
      if (lines.length < LINES_TOGETHER) continue;
      await console.results(lines);
      lines = [];
      if (console.isClosed) return 1;
      if (interrupt.exitStatus !== null) return interrupt.exitStatus;
    }
  }
  if (lines.length > 0) await console.results(lines);
  for (const line of findings.lines()) console.plain(line);
  return findings.hasDamage ? 1 : 0;
}

function readFiles(flags: FlagValues): readonly string[] {
  const listed = flags.list('files').flatMap((text) => text.split(','));
  const files = [...listed.map((text) => text.trim()).filter((text) => text !== ''), ...flags.words];
  if (files.length === 0)
    throw new UsageError('no file is given; name files of a log folder, such as data/t-0/00000000000000000000.log');
  for (const file of files) {
    const isFile = statSync(file, { throwIfNoEntry: false })?.isFile();
    if (isFile !== true) throw new UsageError(`${quoted(file)} is ${isFile === undefined ? 'not there' : 'no file'}`);
  }
  return files.map((file) => file.replace(/\/+/g, '/'));
}

async function readOptions(flags: FlagValues): Promise<DumpOptions> {
  const { decodeOffsets, decodeText, decodeTransactions } = await import('../../broker/log/dump/decoders.ts');
  const bytes = (name: string, fallback: number) =>
    parseNumber(name, flags.value(name) ?? String(fallback), { min: 0, max: LARGEST_BYTES });
  const plain = flags.isOn('print-data-log') ? decodeText : null;
  const transactions = flags.isOn('transaction-log-decoder') ? decodeTransactions : plain;
  const decode = flags.isOn('offsets-decoder') ? decodeOffsets : transactions;
  const verify = flags.isOn('verify-index-only') ? 'verify' : 'print';
  return {
    isDeep: flags.isOn('deep-iteration') || decode !== null,
    decode,
    skipsRecordMetadata: flags.isOn('skip-record-metadata'),
    indexes: flags.isOn('index-sanity-check') ? 'sanity' : verify,
    maxBytes: bytes('max-bytes', LARGEST_BYTES),
    maxMessageBytes: bytes('max-message-size', DEFAULT_MESSAGE_BYTES),
  };
}
