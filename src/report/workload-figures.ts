/** What reports show of a run of a workload: its steps with the two figures that they are compared by. */
import type { FigureRange, WorkloadRun, WorkloadStep } from '../results/workload-run.ts';
import { amountCell, latencyCell } from './numbers.ts';

/** The run as one of a workload that has ended; null for anything else. */
export const workloadRun = (run: unknown): WorkloadRun | null => {
  if (typeof run !== 'object' || run === null || !('steps' in run) || !('command' in run)) return null;
  // What the store has read of this command is what workload-record.ts writes.
  return run.command === 'run' && Array.isArray(run.steps) ? (run as WorkloadRun) : null;
};

/** A step, and what it is compared by; null where it was not measured. */
export type StepFigures = {
  readonly step: WorkloadStep;
  /** The values of its axes, such as `batch.size=16384 linger.ms=5`. */
  readonly label: string;
  readonly rate: FigureRange | null;
  readonly tailMs: FigureRange | null;
};

/** An axis of a sweep with the values that it has in the steps, in their order. */
export type SweepAxis = {
  /** As the workload names it, such as `client.batch.size`. */
  readonly name: string;
  /** As headings name it: without `client.` and the like, where that is clear. */
  readonly short: string;
  readonly values: readonly string[];
};

const shortOf = (name: string): string => name.replace(/^(client|topic\.config|topic|payload|transactions)\./, '');

/** The axes of a run, those with one value left out. */
export const sweepAxes = ({ steps }: Pick<WorkloadRun, 'steps'>): readonly SweepAxis[] => {
  const names = [...new Set(steps.flatMap(({ point }) => Object.keys(point)))];
  const shorts = names.map(shortOf);
  return names.flatMap((name) => {
    const values = [...new Set(steps.map(({ point }) => String(point[name] ?? '–')))];
    const isClear = shorts.filter((short) => short === shortOf(name)).length === 1;
    return values.length > 1 ? [{ name, short: isClear ? shortOf(name) : name, values }] : [];
  });
};

const tailNames = [
  'responseTimeMs.p99',
  'endToEndResponseTimeMs.p99',
  'serviceTimeMs.p99',
  'endToEndServiceTimeMs.p99',
  'ackTimeMs.p99',
];

/** A kind of latency in words, by what its figures begin with. */
export const timeWords: Readonly<Record<string, string>> = {
  responseTimeMs: 'response time, due to acknowledged',
  endToEndResponseTimeMs: 'end-to-end response time, due to received',
  serviceTimeMs: 'service time, send to acknowledged',
  endToEndServiceTimeMs: 'end-to-end service time, send to received',
  ackTimeMs: 'acknowledgement, send to acknowledged',
};

/** The 99th percentile that all steps with figures have, from when records were due where that is known; null for none. */
export const tailNameOf = ({ steps }: WorkloadRun): string | null => {
  const measured = steps.filter(({ figures }) => Object.keys(figures).length > 0);
  return (
    tailNames.find((name) => measured.length > 0 && measured.every(({ figures }) => Object.hasOwn(figures, name))) ??
    null
  );
};

/** All steps. */
export const stepFigures = (run: WorkloadRun): readonly StepFigures[] => {
  const tail = tailNameOf(run);
  const axes = sweepAxes(run);
  return run.steps.map((step) => ({
    step,
    label: axes.map(({ name, short }) => `${short}=${step.point[name] ?? '–'}`).join(' ') || 'all trials',
    rate: step.figures.recordsPerSecond ?? null,
    tailMs: tail === null ? null : (step.figures[tail] ?? null),
  }));
};

/** A figure of steps for a column of its own. */
export type StepColumn = { readonly title: string; readonly cell: (step: WorkloadStep, text: RangeText) => string };

/** How a range is written, with a format for its numbers. */
export type RangeText = (range: FigureRange | undefined, format: (value: number) => string) => string;

/**
 * The figure that the best step was chosen by, as a column where a table does not show it.
 * @param shown names of the figures that the table shows
 */
export const decidingColumns = (
  { best }: Pick<WorkloadRun, 'best'>,
  shown: readonly string[],
): readonly StepColumn[] => {
  const name = /^(?:highest|lowest) median (\S+)/.exec(best?.rule ?? '')?.[1];
  if (name === undefined || ['records/s', 'MiB/s', ...shown].includes(name)) return [];
  const isTime = /Ms(\.|$)/.test(name);
  const title = isTime
    ? `${name
        .replace(/Ms(\.|$)/, ' ')
        .trim()
        .replace('p999', 'p99.9')} ms`
    : name;
  return [{ title, cell: ({ figures }, text) => text(figures[name], isTime ? latencyCell : amountCell) }];
};
