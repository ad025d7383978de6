import { join } from 'node:path';
import { didYouMean } from '../../client/properties/nearest.ts';
import { baselineOfRun, baselineOfSide } from '../../harness/regress/make-baseline.ts';
import { baselineLines, baselineListLines } from '../../report/baseline-text.ts';
import { regressionRun } from '../../report/regression-figures.ts';
import { workloadRun } from '../../report/workload-figures.ts';
import type { Baseline } from '../../results/baseline.ts';
import {
  BaselineError,
  baselineNames,
  findBaseline,
  readBaseline,
  removeBaseline,
  requireBaselineName,
  saveBaseline,
} from '../../results/baseline-store.ts';
import type { SideName } from '../../results/regression-result.ts';
import type { StoredRun } from '../../results/store.ts';
import { writeHistory } from '../baseline-history.ts';
import type { CommandModule, CommandRun } from '../command.ts';
import { shownPath } from '../console.ts';
import { type FlagTable, type FlagValues, helpText, readFlags } from '../flags.ts';
import { baselinesDirFlag } from '../regress-flags.ts';
import { resultsDirFlag, runWords, storedRun } from '../stored-runs.ts';
import { parseNumber, quoted, UsageError } from '../usage.ts';

const GROUP = 'Baselines:';

const flagTable: FlagTable = {
  side: {
    kind: 'value',
    group: GROUP,
    metavar: 'baseline|candidate',
    description: 'Which side of a comparison is saved',
    shownDefault: 'candidate',
  },
  step: { kind: 'value', group: GROUP, metavar: 'N', description: 'Which step of a workload is saved' },
  force: { kind: 'switch', group: GROUP, description: 'Replace the baseline of that name, or the page' },
  output: {
    kind: 'value',
    group: GROUP,
    metavar: 'FILE',
    description: 'Where the page of a history goes',
    shownDefault: 'history-NAME.html',
  },
  'baselines-dir': { ...baselinesDirFlag, group: GROUP },
  'results-dir': resultsDirFlag,
};

const actions = ['save', 'list', 'show', 'history', 'remove'] as const;

/** `spillway baseline`: what candidates are held against. */
export const command: CommandModule = {
  help: () =>
    helpText(flagTable, {
      usage: `spillway baseline save NAME RUN | list | show NAME | history NAME | remove NAME\n\nKeeps trials of a run as a small file, to compare later ones with. ${runWords}`,
      examples: [
        ['spillway run load.yaml --set trials=20', 'Measure'],
        ['spillway baseline save laptop latest', 'Keep it as results/baselines/laptop.json'],
        ['spillway regress load.yaml --a-baseline laptop', 'Compare with it'],
        ['spillway baseline history laptop', 'A page with all comparisons, and where the level changed'],
      ],
      epilogue: 'Exit status: 0 done; 2 wrong usage, or a run that no baseline can be made of.',
    }),
  run: ({ argv, console }: CommandRun) => {
    const flags = readFlags('baseline', flagTable, argv, true);
    const [action = '', ...words] = flags.words;
    const folder = flags.value('baselines-dir') ?? 'results/baselines';
    try {
      for (const line of act({ action, words, folder, flags, console })) console.result(line);
    } catch (error) {
      if (error instanceof BaselineError) throw new UsageError(error.message, { cause: error });
      throw error;
    }
    return Promise.resolve(0);
  },
};

type Asked = {
  readonly action: string;
  readonly words: readonly string[];
  readonly folder: string;
  readonly flags: FlagValues;
  readonly console: CommandRun['console'];
};

function act({ action, words, folder, flags, console }: Asked): readonly string[] {
  if (action !== 'save' && (['side', 'step'] as const).some((name) => flags.isGiven(name)))
    throw new UsageError('--side and --step are for spillway baseline save; leave them out');
  if (action !== 'history' && flags.isGiven('output'))
    throw new UsageError('--output is for spillway baseline history; leave it out');
  if (action !== 'save' && action !== 'history' && flags.isGiven('force'))
    throw new UsageError('--force is for spillway baseline save and history; leave it out');
  const take = (count: number, usage: string): readonly string[] => {
    if (words.length === count) return words;
    throw new UsageError(`expected spillway baseline ${usage}; got ${[action, ...words].join(' ')}`);
  };
  switch (action) {
    case 'save': {
      const [name = '', run = ''] = take(2, 'save NAME RUN');
      const baseline = baselineOf(requireBaselineName(name), storedRun(flags, run, console), flags);
      const path = saveBaseline(folder, baseline, flags.isOn('force'));
      return [`${shownPath(path)}: ${baseline.trials.length} trials`];
    }
    case 'list': {
      take(0, 'list');
      const names = baselineNames(folder);
      return names.length === 0 ? [] : baselineListLines(names.map((name) => readOrSay(folder, name)));
    }
    case 'show': {
      const [name = ''] = take(1, 'show NAME');
      const path = findBaseline(folder, name);
      return baselineLines(readBaseline(path), shownPath(path));
    }
    case 'history': {
      const [name = ''] = take(1, 'history NAME');
      return writeHistory(name, folder, flags);
    }
    case 'remove': {
      const [name = ''] = take(1, 'remove NAME');
      const path = findBaseline(folder, requireBaselineName(name.replace(/\.json$/, '')));
      removeBaseline(path);
      return [`${shownPath(path)} removed`];
    }
    default:
      throw new UsageError(
        action === ''
          ? `expected one of ${actions.join(', ')}: see spillway baseline --help`
          : `${quoted(action)} is nothing that baselines do; ${didYouMean(action, actions, `known are ${actions.join(', ')}`)}`,
      );
  }
}

/** A baseline, or why it cannot be read. */
const readOrSay = (folder: string, name: string): { readonly name: string; readonly read: Baseline | string } => {
  try {
    return { name, read: readBaseline(join(folder, `${name}.json`)) };
  } catch (error) {
    if (error instanceof BaselineError) return { name, read: error.message };
    throw error;
  }
};

function baselineOf(name: string, stored: StoredRun, flags: FlagValues): Baseline {
  const naming = { name, source: stored.name };
  const comparison = regressionRun(stored.run);
  if (comparison !== null) {
    if (flags.isGiven('step')) throw new UsageError('--step is for runs of workloads; of a comparison choose a --side');
    return baselineOfSide(comparison, readSide(flags.value('side')), naming);
  }
  const workload = workloadRun(stored.run);
  if (workload === null)
    throw new BaselineError(
      `${stored.name} is one trial, and a baseline needs several: save a spillway run with --set trials=20, or a spillway regress`,
    );
  if (flags.isGiven('side')) throw new UsageError('--side is for comparisons; of a workload choose a --step');
  const step = flags.value('step');
  return baselineOfRun(workload, step === null ? null : parseNumber('step', step, { min: 1, max: 1e6 }) - 1, naming);
}

const readSide = (text: string | null): SideName => {
  if (text === null || text === 'candidate') return 'candidate';
  if (text === 'baseline') return text;
  throw new UsageError(`--side must be baseline or candidate; got ${quoted(text)}`);
};
