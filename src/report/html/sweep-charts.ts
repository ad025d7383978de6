/** Charts of a run of a workload: throughput against the tail, figures along an axis, latency by percentile of its steps. */
import type { FigureRange, WorkloadRun } from '../../results/workload-run.ts';
import type { StepFigures, SweepAxis } from '../workload-figures.ts';
import type { Chart, PointRange } from './chart.ts';

/** A logarithm has no 0: what took less than a microsecond is drawn as one. */
export const drawnMs = (value: number): number => Math.max(0.001, value);

const rangeOf = (range: FigureRange | null, drawn: (value: number) => number): readonly [number, number] | null =>
  range === null || range.least === range.most ? null : [drawn(range.least), drawn(range.most)];

type Measured = StepFigures & { readonly rate: FigureRange; readonly tailMs: FigureRange };

const isMeasured = (step: StepFigures): step is Measured => step.rate !== null && step.tailMs !== null;

/** More groups than the page has colours are drawn in one. */
const mostGroups = 8;

/** Steps that no other one beats in both figures, by rate. */
export const frontierOf = (steps: readonly StepFigures[]): readonly StepFigures[] => {
  const measured = steps.filter(isMeasured);
  return measured
    .filter(({ rate, tailMs }) =>
      measured.every(
        (other) =>
          (other.rate.median <= rate.median && other.tailMs.median >= tailMs.median) ||
          other.rate.median < rate.median ||
          other.tailMs.median > tailMs.median,
      ),
    )
    .toSorted((a, b) => a.rate.median - b.rate.median);
};

/**
 * Throughput against the 99th percentile: a point a step, in the colour of its value of the first axis, with those of the others beside it;
 * a dashed line joins the steps that no other one beats in both. Null with fewer than two points.
 */
export const tradeOffOf = (
  steps: readonly StepFigures[],
  axes: readonly SweepAxis[],
  best: number | undefined,
): Chart | null => {
  const points = steps.filter(isMeasured).toSorted((a, b) => a.rate.median - b.rate.median);
  if (points.length < 2) return null;
  const [first, ...rest] = axes;
  const hasGroups = rest.length > 0 && first !== undefined && first.values.length <= mostGroups;
  const groups = hasGroups ? first.values : ['steps'];
  const marked = hasGroups ? rest : axes;
  const frontier = new Set(frontierOf(steps));
  const y = ({ tailMs }: Measured): number => drawnMs(tailMs.median);
  return {
    kind: 'points',
    id: 'trade-off',
    xLabel: 'records/s',
    yLabel: '99th percentile, ms',
    unit: 'ms',
    isLog: true,
    x: points.map(({ rate }) => rate.median),
    names: points.map(({ label }) => label),
    // Bars are not in the data that a range is made of.
    xMost: Math.max(...points.map(({ rate }) => rate.most)),
    yRange: [
      Math.min(...points.map(({ tailMs }) => drawnMs(tailMs.least))),
      Math.max(...points.map(({ tailMs }) => drawnMs(tailMs.most))),
    ],
    marks: points.map(({ step }) => marked.map(({ name }) => String(step.point[name] ?? '–')).join(' · ')),
    ringed: best === undefined ? null : points.findIndex(({ step }) => step.index === best),
    series: [
      {
        label: 'not beaten in both',
        colour: 7,
        isLine: true,
        isDashed: true,
        values: points.map((point) => (frontier.has(point) ? y(point) : null)),
      },
      ...groups.map((value, colour) => {
        const isIn = ({ step }: Measured): boolean => !hasGroups || String(step.point[first.name] ?? '–') === value;
        return {
          label: hasGroups ? `${first.short}=${value}` : value,
          colour,
          values: points.map((point) => (isIn(point) ? y(point) : null)),
          ranges: points.map((point): PointRange | null => {
            const tail = rangeOf(point.tailMs, drawnMs);
            return isIn(point) && tail !== null ? { x: rangeOf(point.rate, Number), y: tail } : null;
          }),
        };
      }),
    ],
    bands: [],
  };
};

/** A figure of steps: which, its unit, and whether it is a latency. */
export type SweepFigure = {
  readonly id: string;
  readonly title: string;
  readonly unit: string;
  readonly isLatency: boolean;
  readonly of: (step: StepFigures) => FigureRange | null;
};

/** A figure along an axis, over these steps; `yRange` is shared by charts beside each other. */
export const alongAxis = (
  id: string,
  figure: SweepFigure,
  axis: SweepAxis,
  steps: readonly StepFigures[],
  shared: { readonly isSmall: boolean; readonly yRange?: readonly [number, number] },
): Chart => {
  const drawn = figure.isLatency ? drawnMs : Number;
  const found = axis.values.map((value) => steps.find(({ step }) => String(step.point[axis.name] ?? '–') === value));
  const ranges = found.map((step) => (step === undefined ? null : figure.of(step)));
  return {
    kind: 'axis',
    id,
    xLabel: axis.short,
    yLabel: figure.title,
    unit: figure.unit,
    isLog: figure.isLatency,
    x: axis.values.map((_, index) => index),
    names: axis.values,
    series: [
      {
        label: figure.title,
        colour: figure.isLatency ? 1 : 0,
        values: ranges.map((range) => (range === null ? null : drawn(range.median))),
        ranges: ranges.map((range) => {
          const y = rangeOf(range, drawn);
          return y === null ? null : { x: null, y };
        }),
      },
    ],
    bands: [],
    ...shared,
  };
};

const percentiles = [
  ['p50', 2],
  ['p95', 20],
  ['p99', 100],
  ['p999', 1000],
  ['p9999', 10_000],
] as const;

/** Latency by percentile of some steps: the medians over their trials. Null when there is nothing to draw. */
export const stepPercentiles = (run: WorkloadRun, time: string, steps: readonly StepFigures[]): Chart | null => {
  const counts = run.trials.flatMap(({ result }) => {
    const summary: unknown = Object.entries(result ?? {}).find(([name]) => name === time)?.[1];
    return typeof summary === 'object' && summary !== null && 'count' in summary ? [Number(summary.count)] : [];
  });
  const most = Math.max(0, ...counts);
  const places = percentiles.filter(([, x]) => x <= most);
  if (steps.length === 0 || places.length < 2) return null;
  return {
    kind: 'percentile',
    id: 'percentiles',
    xLabel: 'percentile of records',
    yLabel: 'latency, ms',
    unit: 'ms',
    isLog: true,
    x: places.map(([, x]) => x),
    series: steps.map(({ step, label }, colour) => ({
      label,
      colour,
      values: places.map(([field]) => {
        const range = step.figures[`${time}.${field}`];
        return range === undefined ? null : drawnMs(range.median);
      }),
    })),
    bands: [],
  };
};
