import { basename, extname, resolve } from 'node:path';
import { errorCode, explainCode } from '../errors.ts';
import { dumpAbortedTransactions } from './dump-aborted.ts';
import { dumpBatches } from './dump-batches.ts';
import { dumpOffsetIndex, dumpTimeIndex } from './dump-indexes.ts';
import type { DumpedFile, DumpOptions } from './dump-options.ts';
import { dumpProducerSnapshot } from './dump-producers.ts';
import type { Findings } from './findings.ts';

/** Name of a KRaft snapshot: the offset it ends at and the leader's epoch. */
const KRAFT_SNAPSHOT = /^(\d{20})-(\d{10})\.checkpoint$/;
const KRAFT_BOOTSTRAP = 'bootstrap.checkpoint';

type Dump = (file: DumpedFile, options: DumpOptions, findings: Findings) => Generator<string>;

const dumps: Readonly<Record<string, Dump>> = {
  '.log': dumpLog,
  '.checkpoint': dumpKraftSnapshot,
  '.index': dumpOffsetIndex,
  '.timeindex': dumpTimeIndex,
  '.snapshot': (file, _options, findings) => dumpProducerSnapshot(file, findings),
  '.txnindex': (file, _options, findings) => dumpAbortedTransactions(file, findings),
};

/** Why a file cannot be dumped by its name alone; null when it can. */
export const nameFault = (path: string): string | null => {
  const name = basename(path);
  const suffix = extname(name);
  if (!Object.hasOwn(dumps, suffix)) return `expected a name that ends in ${Object.keys(dumps).join(', ')}`;
  if (suffix === '.checkpoint') {
    const isNamed = name === KRAFT_BOOTSTRAP || KRAFT_SNAPSHOT.test(name);
    return isNamed
      ? null
      : `expected the name of a KRaft snapshot, such as ${'0'.repeat(20)}-${'0'.repeat(10)}.checkpoint`;
  }
  return /^\d+\./.test(name) ? null : `expected a name that begins with an offset, such as ${'0'.repeat(20)}${suffix}`;
};

/**
 * The lines that Kafka's DumpLogSegments prints for a file of a log's folder; what is wrong goes into `findings`. The file
 * is read as the lines are taken, through a buffer of bounded size.
 * @param shown the file's name as it was given; `nameFault` has nothing against it.
 */
export function* dumpFile(shown: string, options: DumpOptions, findings: Findings): Generator<string> {
  const path = resolve(shown);
  yield `Dumping ${shown}`;
  const dump = dumps[extname(path)];
  if (dump === undefined) return;
  try {
    yield* dump({ shown, path, baseOffset: Number.parseInt(basename(path), 10) }, options, findings);
  } catch (error) {
    // Only what the file system refuses is the file's fault.
    if (!(error instanceof Error && 'syscall' in error)) throw error;
    const code = errorCode(error);
    const about = 'path' in error && typeof error.path === 'string' ? error.path : path;
    findings.add('damage', path, `  ${about} cannot be read: ${explainCode(code)}`);
  }
}

function* dumpLog(file: DumpedFile, options: DumpOptions, findings: Findings): Generator<string> {
  yield `Log starting offset: ${file.baseOffset}`;
  yield* dumpBatches(file, options, findings);
}

function* dumpKraftSnapshot(file: DumpedFile, options: DumpOptions, findings: Findings): Generator<string> {
  const [, offset, epoch] = KRAFT_SNAPSHOT.exec(basename(file.path)) ?? [];
  yield offset === undefined
    ? 'KRaft bootstrap snapshot'
    : `Snapshot end offset: ${Number(offset)}, epoch: ${Number(epoch)}`;
  yield* dumpBatches(file, options, findings);
}
