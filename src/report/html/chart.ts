/** Charts as data: what the page's script draws. Values are in the unit that the axis names. */

import type { RunFigures, WindowFigures } from '../figures.ts';
import type { DistributionPoint } from '../percentile-text.ts';

/** One line of a chart. */
export type Series = {
  readonly label: string;
  readonly values: readonly (number | null)[];
  /** Which of the page's colours, from 0. */
  readonly colour: number;
  readonly isFilled?: boolean;
  readonly isDashed?: boolean;
  /** Of a chart of points: a line through its values, which says nothing of its own. */
  readonly isLine?: boolean;
  /** Its places are no amounts: nothing is drawn between its points. */
  readonly hasNoLine?: boolean;
  /** How far the values at each place of x went, both ways. */
  readonly ranges?: readonly (PointRange | null)[];
};

/** The least and the most of a point's two figures. */
export type PointRange = { readonly x: readonly [number, number] | null; readonly y: readonly [number, number] };

/** A chart: `percentile` has 1 / (1 - part) as x, `time` seconds, `points` a rate, `order` whole numbers, such as trials, `axis` places 0, 1, 2 that have names. */
export type Chart = {
  readonly kind: 'percentile' | 'time' | 'points' | 'order' | 'axis';
  readonly id: string;
  readonly xLabel: string;
  readonly yLabel: string;
  /** Of y: `ms`, `rec/s`. */
  readonly unit: string;
  /** Of x, in a chart of points that are not at a rate. */
  readonly xUnit?: string;
  readonly isLog: boolean;
  /** Whether y shows the values alone, without zero: where differences count. */
  readonly isClose?: boolean;
  readonly x: readonly number[];
  readonly series: readonly Series[];
  /** What stands at each place of x, when a number does not say it; ticks of an `axis`. */
  readonly names?: readonly string[];
  /** Few letters beside each point, where there is room. */
  readonly marks?: readonly string[];
  /** The place of x whose point has a ring. */
  readonly ringed?: number | null;
  /** How far the bars of points go to the right, where that is further than the points. */
  readonly xMost?: number;
  /** Of small charts beside each other: one range of y for all of them. */
  readonly yRange?: readonly [number, number];
  readonly isSmall?: boolean;
  /** Stretches of x that are shaded: stalls. */
  readonly bands: readonly (readonly [from: number, to: number])[];
};

/** A named distribution with the number of its samples. */
export type NamedDistribution = {
  readonly label: string;
  readonly count: number;
  readonly points: readonly DistributionPoint[];
  /** Which of the page's colours; its place among the others when it is not said. */
  readonly colour?: number;
};

const pointsPerDecade = 24;

/** Grid of 1 / (1 - part) from 1 to the number of samples: past that there is nothing but the maximum. */
const percentileGrid = (count: number): readonly number[] => {
  const decades = Math.log10(Math.max(10, count));
  const steps = Math.ceil(decades * pointsPerDecade);
  return Array.from({ length: steps + 1 }, (_, step) => Number((10 ** ((step * decades) / steps)).toPrecision(6)));
};

/** The latency at a part: that of the first point which is no lower; null past the last sample. */
const valueAt = ({ points, count }: NamedDistribution, x: number): number | null => {
  if (x > count * 1.001) return null;
  const part = 1 - 1 / x;
  // A logarithm has no 0: what took less than a microsecond is drawn as one.
  return Math.max(0.001, (points.find((point) => point.part >= part - 1e-12) ?? points.at(-1))?.ms ?? 0.001);
};

/** Latency by percentile of several distributions. */
export const percentileChart = (id: string, distributions: readonly NamedDistribution[]): Chart => {
  const x = percentileGrid(Math.max(...distributions.map(({ count }) => count)));
  return {
    kind: 'percentile',
    id,
    xLabel: 'percentile of records',
    yLabel: 'latency, ms',
    unit: 'ms',
    isLog: true,
    x,
    series: distributions.map((each, index) => ({
      label: each.label,
      values: x.map((place) => valueAt(each, place)),
      colour: each.colour ?? index,
    })),
    bands: [],
  };
};

const medianOf = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

/** A window that got less than this part of the median rate is a stall. */
const stallShare = 0.5;

/** Windows after the warm-up in which the rate fell under half of their median; the last one counts when it is a whole one. */
export const stallsOf = (all: readonly WindowFigures[]): readonly WindowFigures[] => {
  const windows = all.filter(({ isWarmup }) => !isWarmup);
  const lengths = medianOf(windows.map(({ startSeconds, endSeconds }) => endSeconds - startSeconds));
  const whole = windows.filter(({ startSeconds, endSeconds }) => endSeconds - startSeconds >= lengths / 2);
  const median = medianOf(whole.map(({ recordsPerSecond }) => recordsPerSecond));
  return whole.filter(({ recordsPerSecond }) => recordsPerSecond < median * stallShare);
};

/** Windows that are long enough to have a rate: the last one may be a few records. */
const drawn = (windows: readonly WindowFigures[]): readonly WindowFigures[] => {
  const length = medianOf(windows.map(({ startSeconds, endSeconds }) => endSeconds - startSeconds));
  return windows.filter(({ startSeconds, endSeconds }) => endSeconds - startSeconds >= length / 4);
};

/** Starts of the windows, and the end of the last one: values are drawn as steps between them. */
const edges = (windows: readonly WindowFigures[]): readonly number[] => [
  ...windows.map(({ startSeconds }) => startSeconds),
  windows.at(-1)?.endSeconds ?? 0,
];

const steps = (
  windows: readonly WindowFigures[],
  of: (window: WindowFigures) => number | null,
): readonly (number | null)[] => {
  const values = windows.map(of);
  return [...values, values.at(-1) ?? null];
};

const time = { kind: 'time', xLabel: 'seconds since the start', isLog: false, bands: [] } as const;

/** The stalls of a run as stretches of time. */
export const bandsOf = (windows: readonly WindowFigures[]): Chart['bands'] =>
  stallsOf(windows).map(({ startSeconds, endSeconds }) => [startSeconds, endSeconds]);

/** Throughput over time of one run. */
export const throughputChart = (id: string, { windows: all, recordsLabel }: RunFigures): Chart => {
  const windows = drawn(all);
  return {
    ...time,
    id,
    yLabel: 'records/s',
    unit: 'records/s',
    x: edges(windows),
    series: [
      {
        label: `records ${recordsLabel}`,
        values: steps(windows, (each) => each.recordsPerSecond),
        colour: 0,
        isFilled: true,
      },
    ],
    bands: bandsOf(windows),
  };
};

/** Latency over time of one run: 50th and 99th percentile and the longest of each window. */
export const latencyChart = (id: string, { windows: all }: RunFigures): Chart => {
  const windows = drawn(all);
  return {
    ...time,
    id,
    yLabel: 'latency, ms',
    unit: 'ms',
    isLog: true,
    x: edges(windows),
    series: (
      [
        ['50 %', 'p50'],
        ['99 %', 'p99'],
        ['longest', 'max'],
      ] as const
    ).map(([label, field], colour) => ({
      label,
      values: steps(windows, ({ latency }) => (latency === null ? null : Math.max(0.001, latency[field]))),
      colour,
    })),
    bands: bandsOf(windows),
  };
};

/** Runs by name, for overlays; a run has one colour in all charts of a page. */
export type NamedFigures = { readonly label: string; readonly figures: RunFigures; readonly colour?: number };

/** The value at each place of `x`, which grows: that of the window that it is in, and at the end of all that of the last one. */
const valuesAlong = (
  x: readonly number[],
  windows: readonly WindowFigures[],
  of: (window: WindowFigures) => number | null,
): readonly (number | null)[] => {
  let index = 0;
  return x.map((at) => {
    while (index < windows.length && (windows[index]?.endSeconds ?? 0) <= at) index++;
    const last = windows.at(-1);
    const window = windows[index] ?? (at === last?.endSeconds ? last : undefined);
    return window === undefined || at < window.startSeconds ? null : of(window);
  });
};

const overlay = (all: readonly NamedFigures[], of: (window: WindowFigures) => number | null) => {
  const runs = all.map((run, index) => ({
    label: run.label,
    colour: run.colour ?? index,
    windows: drawn(run.figures.windows),
  }));
  const x = [...new Set(runs.flatMap(({ windows }) => edges(windows)))].toSorted((a, b) => a - b);
  const series = runs.map(({ label, colour, windows }) => ({ label, colour, values: valuesAlong(x, windows, of) }));
  return { x, series };
};

/** Throughput over time of several runs. */
export const throughputOverlay = (id: string, runs: readonly NamedFigures[]): Chart => ({
  ...time,
  id,
  yLabel: 'records/s',
  unit: 'records/s',
  ...overlay(runs, (window) => window.recordsPerSecond),
});

/** The 99th percentile over time of several runs. */
export const tailOverlay = (id: string, runs: readonly NamedFigures[]): Chart => ({
  ...time,
  id,
  yLabel: '99th percentile, ms',
  unit: 'ms',
  isLog: true,
  ...overlay(runs, ({ latency }) => (latency === null ? null : Math.max(0.001, latency.p99))),
});

/** Throughput against the 99th percentile: a point a run. */
export const tradeOffChart = (id: string, runs: readonly NamedFigures[]): Chart => {
  const points = runs
    .flatMap(({ label, figures, colour }, index) => {
      const [main] = figures.latencies;
      // Another program may tell neither.
      return main === undefined || !Number.isFinite(figures.run.recordsPerSecond) || !Number.isFinite(main.summary.p99)
        ? []
        : [
            {
              label,
              colour: colour ?? index,
              rate: figures.run.recordsPerSecond,
              ms: Math.max(0.001, main.summary.p99),
            },
          ];
    })
    .toSorted((a, b) => a.rate - b.rate);
  return {
    kind: 'points',
    id,
    xLabel: 'records/s',
    yLabel: '99th percentile, ms',
    unit: 'ms',
    isLog: true,
    x: points.map(({ rate }) => rate),
    marks: points.map(({ label }) => label),
    series: points.map(({ label, colour, ms }, index) => ({
      label,
      colour,
      values: points.map((_, other) => (other === index ? ms : null)),
    })),
    bands: [],
  };
};
