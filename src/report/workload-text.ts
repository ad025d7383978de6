/** The result of a workload as text: a table of its steps, and the best one. */
import type { FigureRange, WorkloadRun, WorkloadStep, WorkloadTrial } from '../results/workload-run.ts';
import { count } from './text.ts';
import { decidingColumns } from './workload-figures.ts';

/** Axes as columns name them. */
const shortName = (name: string): string => name.replace(/^(client|topic\.config|topic|payload|transactions)\./, '');

/** Which of a step's latencies are shown: what a user of the system feels comes first. */
const timeNames = [
  ['endToEndResponseTimeMs', 'response time, due to receipt'],
  ['endToEndServiceTimeMs', 'service time, send to receipt'],
  ['responseTimeMs', 'response time, due to acknowledgement'],
  ['serviceTimeMs', 'service time, send to acknowledgement'],
] as const;

const timesOf = ({ figures }: WorkloadStep) => timeNames.find(([name]) => figures[`${name}.p99`] !== undefined);

const milliseconds = (value: number): string => (value < 100 ? value.toFixed(2) : count(value));
const rate = (value: number | null): string => (value !== null && value < 100 ? value.toFixed(1) : count(value));

/** A median, and the range where there is one. */
const cell = (range: FigureRange | undefined, format: (value: number) => string): string => {
  if (range === undefined) return '-';
  const { median, least, most } = range;
  const isOne = format(least) === format(most);
  return isOne ? format(median) : `${format(median)} (${format(least)}..${format(most)})`;
};

const verdictsText = ({ verdicts }: WorkloadStep): string =>
  Object.entries(verdicts)
    .map(([kind, times], _, all) => (all.length === 1 ? kind : `${kind} x${times}`))
    .join(' ') || '-';

const trialsText = ({ trialsDone, trialsFailed }: WorkloadStep): string =>
  trialsFailed === 0 ? String(trialsDone) : `${trialsDone}, ${trialsFailed} failed`;

/** Rows under titles; numbers to the right. */
const table = (titles: readonly string[], rows: readonly (readonly string[])[]): readonly string[] => {
  const widths = titles.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    cells
      .map((text, column) => {
        const width = widths[column] ?? 0;
        return column === cells.length - 1 ? text : text.padStart(width);
      })
      .join('  ')
      .trimEnd();
  return [line(titles), ...rows.map(line)];
};

/** Values of a step's axes: `batch.size=16384 linger.ms=5`; `the only step` without axes. */
export function stepName({ point }: Pick<WorkloadStep, 'point'>): string {
  const text = Object.entries(point)
    .map(([name, value]) => `${shortName(name)}=${value}`)
    .join(' ');
  return text === '' ? 'the only step' : text;
}

/** The table of steps with medians over trials and, in brackets, ranges. */
export function workloadTable({ steps, best }: Pick<WorkloadRun, 'steps' | 'best'>): readonly string[] {
  const axes = [...new Set(steps.flatMap(({ point }) => Object.keys(point)))];
  const measured = steps.flatMap((step) => timesOf(step)?.[0] ?? []);
  const isOne = new Set(measured).size === 1;
  const deciding = decidingColumns(
    { best },
    isOne ? ['p50', 'p99', 'p999'].map((point) => `${measured[0]}.${point}`) : [],
  );
  const titles = [
    'step',
    ...axes.map(shortName),
    'trials',
    'records/s',
    'MiB/s',
    'p50',
    'p99',
    'p99.9',
    ...deciding.map(({ title }) => title),
    'limit',
  ];
  const rows = steps.map((step) => {
    const [time = ''] = timesOf(step) ?? [];
    const latency = (point: string): string => cell(step.figures[`${time}.${point}`], milliseconds);
    return [
      String(step.index + 1),
      ...axes.map((axis) => String(step.point[axis] ?? '-')),
      trialsText(step),
      cell(step.figures.recordsPerSecond, rate),
      cell(step.figures.mebibytesPerSecond, (value) => value.toFixed(1)),
      latency('p50'),
      latency('p99'),
      latency('p999'),
      ...deciding.map((column) => column.cell(step, cell)),
      verdictsText(step),
    ];
  });
  const shown = new Set(steps.flatMap((step) => timesOf(step)?.[1] ?? []));
  const times = shown.size === 0 ? [] : [`p50, p99 and p99.9 in ms: ${[...shown].join('; ')}`];
  const ranges = steps.some(({ trialsDone }) => trialsDone > 1) ? ['medians over trials, and (least..most)'] : [];
  const note = [...ranges, ...times].join('; ');
  return [...table(titles, rows), ...(note === '' ? [] : [note])];
}

/** The best step and by which rule, in one line. */
export function bestText({ best, steps }: Pick<WorkloadRun, 'best' | 'steps'>): string | null {
  if (steps.length < 2) return null;
  if (best === null) return 'best: none, since no step did all it was asked and met every threshold';
  const step = steps[best.step];
  const told =
    best.notTold.length === 0
      ? ''
      : `; the trials do not tell it from step${best.notTold.length === 1 ? '' : 's'} ${best.notTold.map((index) => index + 1).join(', ')}, whose range${best.notTold.length === 1 ? '' : 's'} overlap${best.notTold.length === 1 ? 's' : ''} with its own`;
  return `best: step ${best.step + 1} (${step === undefined ? '' : stepName(step)}), by the ${best.rule}${told}`;
}

/** Thresholds that were not met, a line each. */
export const thresholdTexts = ({ thresholds }: Pick<WorkloadRun, 'thresholds'>): readonly string[] =>
  thresholds
    .filter(({ isMet }) => !isMet)
    .map(
      ({ threshold, step, value }) =>
        `threshold not met: ${threshold}; step ${step + 1} has ${value === null ? 'no figure' : value < 1000 ? Number(value.toPrecision(4)) : count(value)}`,
    );

/** A trial that ended, in one line. */
export function trialText(trial: WorkloadTrial, name: string): string {
  const { failure, result, isRepeated } = trial;
  const head = `step ${trial.step + 1} trial ${trial.trial}${name === '' ? '' : ` (${name})`}`;
  if (failure !== null) return `${head}: failed, ${failure}${isRepeated ? '; it is tried again' : ''}`;
  if (result === null) return `${head}: nothing was measured`;
  const times =
    result.command === 'e2e-latency'
      ? (result.endToEndResponseTimeMs ?? result.endToEndServiceTimeMs)
      : (result.responseTimeMs ?? result.serviceTimeMs);
  const latency = times === null ? '' : `, p99 ${milliseconds(times.p99)} ms`;
  return `${head}: ${rate(result.recordsPerSecond)} records/s${latency}`;
}
