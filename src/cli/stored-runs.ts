import { RunRecordError } from '../results/read-run.ts';
import { type FoundRun, findRun, listRuns, readStoredRun, type StoredRun } from '../results/store.ts';
import type { Console } from './console.ts';
import type { Flag, FlagValues } from './flags.ts';
import { UsageError } from './usage.ts';

/** The flag that names where runs are kept. */
export const resultsDirFlag: Flag = {
  kind: 'value',
  group: 'Runs:',
  metavar: 'DIR',
  description: 'Where runs are kept',
  shownDefault: 'results',
};

/** What a RUN may be, for help texts. */
export const runWords =
  'RUN is a number of spillway list (1 is the latest), latest (both leave out what cannot be read), the name of a run or a part of it, or the path of its folder.';

const resultsDirOf = (flags: FlagValues): string => flags.value('results-dir') ?? 'results';

/** A record that cannot be read is wrong input: status 2. */
const asUsage = <Value>(work: () => Value): Value => {
  try {
    return work();
  } catch (error) {
    if (error instanceof RunRecordError) throw new UsageError(error.message, { cause: error });
    throw error;
  }
};

/** All runs of the results directory, the latest first. Throws a UsageError when it cannot be read. */
export const allRuns = (flags: FlagValues): readonly FoundRun[] => asUsage(() => listRuns(resultsDirOf(flags)));

/** The run's folder that a word stands for; what is left out on the way is said on stderr. Throws a UsageError when there is none. */
export const folderOf = (flags: FlagValues, word: string, console: Pick<Console, 'note'>): string =>
  asUsage(() => findRun(resultsDirOf(flags), word, (problem) => console.note(`left out: ${problem}`)));

/** Reads the run that a word stands for, as folderOf finds it. Throws a UsageError when there is none or it cannot be read. */
export const storedRun = (flags: FlagValues, word: string, console: Pick<Console, 'note'>): StoredRun => {
  const folder = folderOf(flags, word, console);
  return asUsage(() => readStoredRun(folder));
};

/** The one RUN of a command that takes one. Throws a UsageError for none and for more. */
export const oneRun = (command: string, flags: FlagValues): string => {
  const [word, ...more] = flags.words;
  if (word === undefined)
    throw new UsageError(`no run is given; such as spillway ${command} latest: see spillway list`);
  if (more.length > 0)
    throw new UsageError(`${command} takes one run; got ${flags.words.length}: ${flags.words.join(' ')}`);
  return word;
};
