/** Charts of a comparison of codecs. */
import {
  type CodecComparison,
  type CodecPaceSummary,
  type CodecSummary,
  codecRoles,
} from '../../results/codec-result.ts';
import type { FigureRange } from '../../results/workload-run.ts';
import { count } from '../text.ts';
import type { Chart, PointRange, Series } from './chart.ts';

/** A chart with its heading and what it shows. */
export type CodecChart = { readonly chart: Chart; readonly title: string; readonly text: string };

type Paced = { readonly codec: string; readonly pace: CodecPaceSummary };

const pacedAt = (codecs: readonly CodecSummary[], pace: 'fullSpeed' | 'commonRate'): readonly Paced[] =>
  codecs.filter((each) => each[pace].trialsDone > 0).map((each) => ({ codec: each.codec, pace: each[pace] }));

const medianOf = ({ pace }: Paced, name: string): number | null => pace.figures[name]?.median ?? null;

const spread = (range: FigureRange | undefined): readonly [number, number] | null =>
  range === undefined || range.least === range.most ? null : [range.least, range.most];

/** Codecs side by side: a point a codec for each figure, with the range over the rounds. */
const sideBySide = (
  paced: readonly Paced[],
  head: Pick<Chart, 'id' | 'yLabel' | 'unit'>,
  figures: readonly (readonly [label: string, name: string])[],
): Chart => ({
  ...head,
  kind: 'axis',
  xLabel: 'codec',
  isLog: false,
  x: paced.map((_, index) => index),
  names: paced.map(({ codec }) => codec),
  series: figures.flatMap(([label, name], colour): readonly Series[] => {
    const values = paced.map((each) => medianOf(each, name));
    if (values.every((value) => value === null)) return [];
    const ranges = paced.map(({ pace }): PointRange | null => {
      const y = spread(pace.figures[name]);
      return y === null ? null : { x: null, y };
    });
    return [{ label, colour, values, ranges, hasNoLine: true }];
  }),
  bands: [],
});

/** Bytes on the wire against CPU: a point a codec. Null with fewer than two. */
const tradeOff = (paced: readonly Paced[], best: string | null): Chart | null => {
  const points = paced
    .flatMap((each) => {
      const [bytes, cpu] = [medianOf(each, 'wireBytesPerRecord'), medianOf(each, 'cpuSecondsPerMillion')];
      return bytes === null || cpu === null ? [] : [{ ...each, bytes, cpu }];
    })
    .toSorted((a, b) => a.bytes - b.bytes);
  if (points.length < 2) return null;
  return {
    kind: 'points',
    id: 'codec-trade-off',
    xLabel: 'bytes a record on the wire',
    xUnit: 'bytes',
    yLabel: 'CPU seconds for a million records',
    unit: 's',
    isLog: false,
    x: points.map(({ bytes }) => bytes),
    names: points.map(({ codec }) => codec),
    marks: points.map(({ codec }) => codec),
    ringed: points.findIndex(({ codec }) => codec === best),
    series: [
      {
        label: 'codecs',
        colour: 0,
        values: points.map(({ cpu }) => cpu),
        ranges: points.map(({ pace }): PointRange | null => {
          const y = spread(pace.figures.cpuSecondsPerMillion);
          return y === null ? null : { x: spread(pace.figures.wireBytesPerRecord), y };
        }),
      },
    ],
    bands: [],
  };
};

const percentiles = [
  [2, 'p50'],
  [10, 'p90'],
  [100, 'p99'],
  [1000, 'p999'],
] as const;

/** Response times by percentile: a line a codec. Null without any. */
const latencies = (paced: readonly Paced[]): Chart | null => {
  const timed = paced.filter((each) => medianOf(each, 'responseTimeMs.p99') !== null);
  if (timed.length === 0) return null;
  return {
    kind: 'percentile',
    id: 'codec-latency',
    xLabel: 'percentile of records',
    yLabel: 'response time, ms',
    unit: 'ms',
    isLog: true,
    x: percentiles.map(([x]) => x),
    series: timed.map((each, colour) => ({
      label: each.codec,
      colour,
      // A logarithm has no 0: what took less than a microsecond is drawn as one.
      values: percentiles.map(([, name]) => Math.max(0.001, medianOf(each, `responseTimeMs.${name}`) ?? 0.001)),
    })),
    bands: [],
  };
};

const roles = (figure: string): readonly (readonly [string, string])[] =>
  codecRoles.map((role) => [role, `${role}.${figure}`]);

/** All charts of a comparison that has something to draw. */
export const codecCharts = ({ codecs, commonRate, recommendation }: CodecComparison): readonly CodecChart[] => {
  const full = pacedAt(codecs, 'fullSpeed');
  const held = pacedAt(codecs, 'commonRate');
  // An interrupted comparison may have nothing at a common rate.
  const costed = held.length > 0 ? held : full;
  const where = held.length > 0 && commonRate !== null ? `at ${count(commonRate)} records/s` : 'at full speed';
  const points = tradeOff(costed, recommendation?.codec ?? null);
  const tails = latencies(held);
  if (full.length === 0) return [];
  return [
    ...(points === null
      ? []
      : [
          {
            chart: points,
            title: 'Bytes against CPU',
            text: `A point is a codec ${where}: further left is fewer bytes, further down is less CPU of producer, broker and consumer together. The one to take has a ring; lines are ranges over the rounds.`,
          },
        ]),
    {
      chart: sideBySide(costed, { id: 'codec-cpu', yLabel: 'CPU seconds for a million records', unit: 's' }, [
        ...roles('cpuSecondsPerMillion'),
        ['together', 'cpuSecondsPerMillion'],
      ]),
      title: 'CPU by role',
      text: `User and system time of each role's process, ${where}; lines are ranges over the rounds.`,
    },
    {
      chart: sideBySide(costed, { id: 'codec-bytes', yLabel: 'bytes a record', unit: 'bytes' }, [
        ...codecRoles.map((role) => [`network, ${role}`, `${role}.networkBytesPerRecord`] as const),
        ['written to disk, broker', 'broker.diskBytesPerRecord'],
        ['log size', 'logBytesPerRecord'],
      ]),
      title: 'Network and disk',
      text: `Bytes that each role sent and received, and what the broker wrote, for a record ${where}.`,
    },
    {
      chart: sideBySide(full, { id: 'codec-rate', yLabel: 'records/s', unit: 'records/s' }, [
        ['written', 'recordsPerSecond'],
        ['read', 'readRecordsPerSecond'],
      ]),
      title: 'At full speed',
      text: 'Records a second as fast as they go, first written and then read.',
    },
    ...(tails === null
      ? []
      : [
          {
            chart: tails,
            title: 'Response time by percentile',
            text: `From when a record was due to its acknowledgement, ${where}; medians over the rounds of each percentile.`,
          },
        ]),
  ];
};
