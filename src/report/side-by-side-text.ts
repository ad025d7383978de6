/** What `spillway side-by-side` found, as Markdown: a table for each case, and one of what was aimed at. */
import { median } from '../measure/statistics/samples.ts';
import type {
  SideBySideCase,
  SideBySideResult,
  SideBySideTarget,
  SideBySideTrial,
} from '../results/side-by-side-result.ts';

type Figure = (trial: SideBySideTrial) => number | null;

const bytesPerMebibyte = 1024 * 1024;

const valuesOf = (trials: readonly SideBySideTrial[], figure: Figure): readonly number[] =>
  trials.map(figure).filter((value) => value !== null);

/** The median, and the lowest and highest value where there are several; a dash for nothing. */
const shown = (values: readonly number[], decimals: number): string => {
  if (values.length === 0) return '–';
  const text = (value: number): string => value.toFixed(decimals);
  const range = values.length === 1 ? '' : ` (${text(Math.min(...values))} to ${text(Math.max(...values))})`;
  return `${text(median(values))}${range}`;
};

const thousands =
  (figure: Figure): Figure =>
  (trial) => {
    const value = figure(trial);
    return value === null ? null : value / 1e3;
  };

/** The rate to compare by: as the topic tells where it does, else as the program says. */
const rate: Figure = (trial) => trial.outsideRecordsPerSecond ?? trial.recordsPerSecond;

const mebibytes =
  ({ recordBytes }: SideBySideCase): Figure =>
  (trial) => {
    const perSecond = rate(trial);
    return perSecond === null ? null : (perSecond * recordBytes) / bytesPerMebibyte;
  };

const columnsOf = (one: SideBySideCase): readonly (readonly [head: string, figure: Figure, decimals: number])[] => {
  const isProducer = one.kind === 'producer';
  return [
    ...(isProducer ? ([['k records/s, from outside', thousands((t) => t.outsideRecordsPerSecond), 0]] as const) : []),
    ['k records/s, as it says', thousands((trial) => trial.recordsPerSecond), 0],
    ['MiB/s', mebibytes(one), 0],
    ['its CPU, us a record', (trial) => trial.cpuUsPerRecord, 3],
    [
      'its peak memory, MiB',
      (trial) => (trial.peakRssBytes === null ? null : trial.peakRssBytes / bytesPerMebibyte),
      0,
    ],
    ['broker CPU, us a record', (trial) => trial.brokerCpuUsPerRecord, 3],
    ...(isProducer
      ? ([
          ['p50 ms', (trial: SideBySideTrial) => trial.latencyMs?.p50 ?? null, 1],
          ['p99 ms', (trial: SideBySideTrial) => trial.latencyMs?.p99 ?? null, 1],
          ['start to first record, s', (trial: SideBySideTrial) => trial.secondsToFirstRecord, 2],
        ] as const)
      : []),
  ];
};

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string => {
  const widths = head.map((cell, column) => Math.max(cell.length, 3, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    `| ${widths.map((width, column) => (cells[column] ?? '').padEnd(width)).join(' | ')} |`;
  return [line(head), `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`, ...rows.map(line)].join('\n');
};

const good = (result: SideBySideResult, caseName: string, tool?: string): readonly SideBySideTrial[] =>
  result.trials.filter(
    (trial) => trial.caseName === caseName && trial.failure === null && (tool === undefined || trial.tool === tool),
  );

const caseText = (result: SideBySideResult, one: SideBySideCase): string => {
  const trials = good(result, one.name);
  const tools = [...new Set(trials.map(({ tool }) => tool))];
  const columns = columnsOf(one);
  const rows = tools.map((tool) => {
    const own = trials.filter((trial) => trial.tool === tool);
    return [tool, ...columns.map(([, figure, decimals]) => shown(valuesOf(own, figure), decimals))];
  });
  const body = rows.length === 0 ? 'No trial went well.' : table(['', ...columns.map(([head]) => head)], rows);
  return `### ${one.title}\n\n${body}`;
};

const figures: Readonly<Record<SideBySideTarget['figure'], Figure>> = {
  rate,
  recordsPerCpuSecond: ({ cpuUsPerRecord }) =>
    cpuUsPerRecord === null || cpuUsPerRecord === 0 ? null : 1e6 / cpuUsPerRecord,
  peakRss: ({ peakRssBytes }) => peakRssBytes,
  secondsToFirstRecord: (trial) => trial.secondsToFirstRecord,
  brokerCpu: (trial) => trial.brokerCpuUsPerRecord,
};

/** Of these, less is better. */
const isCost = (figure: SideBySideTarget['figure']): boolean =>
  figure === 'peakRss' || figure === 'secondsToFirstRecord' || figure === 'brokerCpu';

/** One figure's ratios, round by round: what disturbs the machine for a while disturbs both. */
const ratiosOf = (result: SideBySideResult, target: SideBySideTarget): readonly number[] => {
  const figure = figures[target.figure];
  const others = new Map(good(result, target.caseName, target.other).map((trial) => [trial.round, figure(trial)]));
  return good(result, target.caseName, target.tool).flatMap((trial) => {
    const [own, other] = [figure(trial), others.get(trial.round) ?? null];
    return own === null || other === null || other === 0 ? [] : [own / other];
  });
};

const targetRow = (result: SideBySideResult, target: SideBySideTarget): readonly string[] => {
  const ratios = ratiosOf(result, target);
  const bound = target.bound < 1 ? target.bound.toFixed(2) : String(target.bound);
  const isMet = (middle: number): boolean => (isCost(target.figure) ? middle <= target.bound : middle >= target.bound);
  return [
    target.caseName,
    target.title,
    `${isCost(target.figure) ? 'at most' : 'at least'} ${bound} times`,
    ratios.length === 0 ? '–' : `${shown(ratios, 2)} times`,
    ratios.length === 0 ? 'not measured' : isMet(median(ratios)) ? 'met' : 'missed',
  ];
};

const absenceText = ({ absent }: SideBySideResult): readonly string[] =>
  absent.map(
    ({ tool, caseName, reason }) =>
      `- ${tool} ${caseName === null ? 'is not here' : `takes no part in ${caseName}`}: ${reason}`,
  );

const failureText = ({ caseName, tool, round, failure }: SideBySideTrial): string =>
  `- ${caseName}, ${round === 0 ? 'sizing run' : `round ${round}`}: ${tool} failed: ${failure}`;

/** All of it as Markdown. */
export const sideBySideText = (result: SideBySideResult): string => {
  const { cpuModel, availableParallelism, kernel } = result.environment;
  const failed = result.trials.filter(({ failure }) => failure !== null);
  const versions = Object.entries(result.versions).flatMap(([tool, version]) =>
    version === null ? [] : [`${tool}: ${version}`],
  );
  const parts = [
    `Against ${result.target}, ${result.startedAt.slice(0, 10)}, on ${availableParallelism} × ${cpuModel}, kernel ${kernel}: ${result.rounds} interleaved round(s), producers for about ${result.seconds} s each; medians, with the lowest and highest in brackets.`,
    versions.join('; '),
    ...result.cases.map((one) => caseText(result, one)),
    ...(result.targets.length === 0
      ? []
      : [
          `### What is aimed at\n\n${table(
            ['case', 'what', 'aim', 'measured, median of the rounds', ''],
            result.targets.map((target) => targetRow(result, target)),
          )}`,
        ]),
    [...absenceText(result), ...failed.map(failureText), ...result.notes.map((note) => `- ${note}.`)].join('\n'),
  ];
  return parts.filter((part) => part !== '').join('\n\n');
};
