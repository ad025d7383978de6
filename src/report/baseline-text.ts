/** Baselines in words. */
import { median } from '../measure/statistics/samples.ts';
import type { Baseline } from '../results/baseline.ts';
import { figureText } from './regression-figures.ts';

/** Columns of equal width. */
const columns = (rows: readonly (readonly string[])[]): readonly string[] => {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((cells) => (cells[column] ?? '').length)));
  return rows.map((cells) =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
};

const valuesOf = ({ trials }: Baseline, key: string): readonly number[] =>
  trials.flatMap(({ figures }) => figures[key] ?? []);

/** A line a baseline, with a heading; for one that cannot be read, why. */
export const baselineListLines = (
  found: readonly { readonly name: string; readonly read: Baseline | string }[],
): readonly string[] =>
  columns([
    ['baseline', 'workload', 'trials', 'saved', 'machine', 'Node'],
    ...found.map(({ name, read }) =>
      typeof read === 'string'
        ? [name, read]
        : [
            name,
            read.workload?.name ?? 'programs',
            String(read.trials.length),
            read.savedAt.slice(0, 10),
            String(read.environment.cpuModel ?? 'not known'),
            String(read.environment.nodeVersion ?? 'not known'),
          ],
    ),
  ]);

/** A whole baseline: what was measured where, and medians with the range of its trials. */
export const baselineLines = (baseline: Baseline, file: string): readonly string[] => {
  const { name, savedAt, source, workload, trialsRan, trials, environment, metrics } = baseline;
  const facts = Object.entries(environment).map(([fact, value]) => [`  ${fact}`, String(value)]);
  const settings = Object.entries(workload?.settings ?? {}).map(([key, value]) => [`  ${key}`, value]);
  const rows = metrics.map((metric) => {
    const values = valuesOf(baseline, metric.key);
    const range = `${figureText(Math.min(...values), metric.unit)} to ${figureText(Math.max(...values), metric.unit)}`;
    return [metric.name, figureText(median(values), metric.unit), range];
  });
  return [
    ...columns([
      ['baseline', name],
      ['file', file],
      ['saved', `${savedAt} from ${source}`],
      ['trials', `${trials.length}, run ${trialsRan}`],
      ['workload', workload?.name ?? 'figures of programs'],
      ...settings,
      ['environment', ''],
      ...facts,
    ]),
    '',
    ...columns([['', 'median', 'range'], ...rows]),
  ];
};
