import { historyOf, historyPage } from '../report/html/history.ts';
import { regressionRun } from '../report/regression-figures.ts';
import { findBaseline, readBaseline } from '../results/baseline-store.ts';
import { shownPath } from './console.ts';
import type { FlagValues } from './flags.ts';
import { allRuns } from './stored-runs.ts';
import { checkOutput, writeOutput } from './write-output.ts';

/**
 * Writes the page with a baseline's history: itself, and all comparisons with it that are kept. `--output` names the file.
 * @returns what was written, in a line
 * Throws a BaselineError for an unknown baseline, a UsageError for a file that cannot be written.
 */
export const writeHistory = (name: string, folder: string, flags: FlagValues): readonly string[] => {
  const baseline = readBaseline(findBaseline(folder, name));
  const path = flags.value('output') ?? `history-${baseline.name}.html`;
  checkOutput(path, flags.isOn('force'));
  const points = historyOf(
    [baseline],
    allRuns(flags).flatMap(({ run }) => regressionRun(run) ?? []),
  );
  writeOutput(path, historyPage(baseline.name, points), flags.isOn('force'));
  return [`${shownPath(path)}: ${points.length === 1 ? '1 point' : `${points.length} points`}`];
};
