/** The runs that a results directory holds: finds them by name, number, path or as the latest, and reads what is kept of them. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { nearest } from '../measure/nearest.ts';
import { RunRecordError, readRun } from './read-run.ts';
import type { CompleteRun, PartialRun } from './run-record.ts';
import { type FoundSoFar, readSoFar } from './workload-record.ts';

/** A run as it was found in a results directory; `problem` says in one line why it cannot be read, and `run` is null then. */
export type FoundRun = {
  /** Name of its folder. */
  readonly name: string;
  /** Absolute. */
  readonly folder: string;
} & (
  | { readonly run: CompleteRun | PartialRun; readonly problem: null }
  | { readonly run: null; readonly problem: string }
);

/** A run with the texts of its files beside run.json, by file name. */
export type StoredRun = {
  readonly name: string;
  readonly folder: string;
  readonly run: CompleteRun | PartialRun;
  readonly files: Readonly<Record<string, string>>;
  /** Of a workload's run that did not end. */
  readonly soFar?: FoundSoFar;
};

/** Numbers of a list, and `latest`, are of runs that can be read: one damaged record shall not be in the way of the others. */
export const numbered = <Found extends FoundRun>(runs: readonly Found[]): readonly Found[] =>
  runs.filter(({ run }) => run !== null);

/** What stands for the run that began last. */
const latestWord = 'latest';

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : String(error);

const tryRun = (folder: string): FoundRun => {
  const name = basename(folder);
  try {
    return { name, folder, run: readRun(folder), problem: null };
  } catch (error) {
    if (error instanceof RunRecordError) return { name, folder, run: null, problem: error.message };
    throw error;
  }
};

const isFile = (path: string): boolean => {
  try {
    return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
  } catch {
    // A file stands where a folder should, or it may not be looked into: what is asked for is not there.
    return false;
  }
};

/** When a run began, as its folder's name or else its record says; names of Spillway begin with date and time. */
const beganAt = ({ name, run }: FoundRun): string => {
  const startedAt: unknown = run?.startedAt;
  return typeof startedAt === 'string' ? startedAt.slice(0, 19).replaceAll(':', '-') : name;
};

const namesIn = (resultsDir: string): readonly string[] => {
  try {
    return readdirSync(resultsDir);
  } catch (error) {
    const code = codeOf(error);
    const reason =
      code === 'ENOENT' ? 'is not there' : code === 'ENOTDIR' ? 'is no folder' : `cannot be read (${code})`;
    throw new RunRecordError(`the results directory ${resultsDir} ${reason}; name another one by --results-dir`, {
      cause: error,
    });
  }
};

/**
 * All runs of a results directory, the latest first: its folders that hold a `run.json`, those that cannot be read with the reason.
 * Throws a RunRecordError when the directory itself cannot be read.
 */
export const listRuns = (resultsDir: string): readonly FoundRun[] => {
  const folders = namesIn(resultsDir).map((name) => join(resolve(resultsDir), name));
  const runs = folders.filter((folder) => isFile(join(folder, 'run.json'))).map(tryRun);
  const order = (a: FoundRun, b: FoundRun): number => compare(beganAt(b), beganAt(a)) || compare(b.name, a.name);
  return runs.toSorted(order);
};

const compare = (a: string, b: string): number => (a < b ? -1 : Number(a > b));

const mostHints = 3;

/** Names without their date and time, which nobody types. */
const withoutTime = (name: string): string => name.replace(/^\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d-/, '');

/** The runs whose name, or its part after the time or the command, is most like a word. */
const nearestNames = (word: string, names: readonly string[]): readonly string[] => {
  const endings = (name: string): readonly string[] => {
    const parts = withoutTime(name).split('-');
    return [name, ...parts.map((_, index) => parts.slice(index).join('-'))];
  };
  const meant = nearest(withoutTime(word), ['latest', ...names.flatMap(endings)]);
  if (meant === 'latest') return ['latest'];
  return names.filter((name) => meant !== null && endings(name).includes(meant)).slice(0, mostHints);
};

/** The folder that a path leads to: itself, or that of a `run.json`; null when it is neither. */
const folderOfPath = (path: string): string | null => {
  if (isFile(join(path, 'run.json'))) return resolve(path);
  return basename(path) === 'run.json' && isFile(path) ? dirname(resolve(path)) : null;
};

/** The run at a place among those that can be read; those before it that cannot are told of. */
const runAt = (runs: readonly FoundRun[], resultsDir: string, word: string, onSkipped: OnSkipped): string => {
  const readable = numbered(runs);
  const found = readable[word === latestWord ? 0 : Number(word) - 1];
  const [unread] = runs;
  if (found === undefined && readable.length === 0 && unread !== undefined)
    throw new RunRecordError(`${resultsDir} holds no run that can be read: ${unread.problem ?? unread.name}`);
  if (found === undefined)
    throw new RunRecordError(
      `there is no run number ${word}: ${resultsDir} holds ${readable.length}, and 1 is the latest; see spillway list`,
    );
  for (const { problem } of runs.slice(0, runs.indexOf(found))) if (problem !== null) onSkipped(problem);
  return found.folder;
};

/** Called with the problem of each later record that `latest` or a number leaves out, since it cannot be read. */
export type OnSkipped = (problem: string) => void;

/**
 * Finds the folder of a run: `latest`, a number of the list (1 is the latest that can be read), a folder's name in the results directory
 * or the one name that begins so, or a path of a folder or its `run.json`.
 * Throws a RunRecordError that says what there is when nothing or more than one fits.
 */
export const findRun = (resultsDir: string, word: string, onSkipped: OnSkipped = () => {}): string => {
  if (/[/\\]/.test(word) || word === '.') {
    const folder = folderOfPath(word);
    if (folder === null) throw new RunRecordError(`${word} holds no run.json: give the folder of a run`);
    return folder;
  }
  const named = folderOfPath(join(resultsDir, word));
  if (named !== null) return named;
  const there = folderOfPath(word);
  if (there !== null) return there;
  const runs = listRuns(resultsDir);
  if (runs.length === 0) throw new RunRecordError(`${resultsDir} holds no run; name another one by --results-dir`);
  if (word === latestWord || /^\d{1,6}$/.test(word)) return runAt(runs, resultsDir, word, onSkipped);
  const alike = runs.filter(({ name }) => name.includes(word));
  const [only] = alike;
  if (only !== undefined && alike.length === 1) return only.folder;
  if (alike.length > 1)
    throw new RunRecordError(
      `${JSON.stringify(word)} fits ${alike.length} runs of ${resultsDir}: give more of the name, or a number of spillway list`,
    );
  const near = nearestNames(
    word,
    runs.map(({ name }) => name),
  );
  const hint = near.length === 0 ? 'see spillway list' : `did you mean ${near.join(' or ')}?`;
  throw new RunRecordError(
    `no run of ${resultsDir} is named ${JSON.stringify(word)}: give a name or number of spillway list, latest, or a path; ${hint}`,
  );
};

/** Kept beside run.json, and shown in reports. */
const isReportFile = (name: string): boolean => name.endsWith('.hgrm') || name.endsWith('.hlog');

const readBeside = (path: string): string => {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new RunRecordError(`${path} cannot be read (${codeOf(error)})`, { cause: error });
  }
};

/** Reads a run with its HdrHistogram files. Throws a RunRecordError as readRun does. */
export const readStoredRun = (folder: string): StoredRun => {
  const run = readRun(folder);
  const names = readdirSync(folder).filter(isReportFile).toSorted();
  const files = Object.fromEntries(names.map((name) => [name, readBeside(join(folder, name))]));
  const isUnended = run.isPartial && run.command === 'run';
  return {
    name: basename(resolve(folder)),
    folder: resolve(folder),
    run,
    files,
    ...(isUnended ? { soFar: readSoFar(folder) } : {}),
  };
};
