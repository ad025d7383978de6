/** What a step must reach, and which one is the best: `responseTimeMs.p99 < 10`, `highest recordsPerSecond`. */
import { didYouMean } from '../measure/nearest.ts';
import type { Settings } from './schema.ts';
import { pointText, type Step } from './sweep.ts';
import { WorkloadError } from './workload-error.ts';

const times = [
  'serviceTimeMs',
  'responseTimeMs',
  'ackTimeMs',
  'ackResponseTimeMs',
  'endToEndServiceTimeMs',
  'endToEndResponseTimeMs',
];
const points = ['mean', 'p50', 'p95', 'p99', 'p999', 'p9999', 'max'];

/** Figures of a result that thresholds and the best step are decided by, as the JSON document names them. */
export const figureNames: readonly string[] = [
  'recordsPerSecond',
  'mebibytesPerSecond',
  ...times.flatMap((time) => points.map((point) => `${time}.${point}`)),
];

/** Medians of a step's figures; null where there were no samples. */
export type Figures = Readonly<Record<string, number | null>>;

type Sign = '<' | '<=' | '>' | '>=';

/** One threshold. */
export type Threshold = { readonly text: string; readonly figure: string; readonly sign: Sign; readonly bound: number };

/** How one step stands to one threshold. */
export type ThresholdResult = {
  readonly threshold: string;
  /** The step's index. */
  readonly step: number;
  /** The median; null without samples, which no threshold lets pass. */
  readonly value: number | null;
  readonly isMet: boolean;
};

const isMet: Readonly<Record<Sign, (value: number, bound: number) => boolean>> = {
  '<': (value, bound) => value < bound,
  '<=': (value, bound) => value <= bound,
  '>': (value, bound) => value > bound,
  '>=': (value, bound) => value >= bound,
};

const isSign = (text: string): text is Sign => Object.hasOwn(isMet, text);

const figureOf = (name: string, text: string): string => {
  if (figureNames.includes(name)) return name;
  throw new WorkloadError(
    `${JSON.stringify(text)} names no figure; ${didYouMean(name, figureNames, 'figures are recordsPerSecond, mebibytesPerSecond, serviceTimeMs.p99, responseTimeMs.p99 and the like')}`,
  );
};

/** Reads a threshold. Throws WorkloadError for one that is none. */
export const parseThreshold = (text: string): Threshold => {
  const [, figure = '', sign = '', bound = ''] = /^\s*([\w.]+)\s*(<=|>=|<|>)\s*([\d.]+(?:e\d+)?)\s*$/i.exec(text) ?? [];
  if (!isSign(sign) || bound === '' || !Number.isFinite(Number(bound)))
    throw new WorkloadError(
      `a threshold is a figure, <, <=, > or >=, and a number without a unit, such as responseTimeMs.p99 < 10; got ${JSON.stringify(text)}`,
    );
  return { text: text.trim(), figure: figureOf(figure, text), sign, bound: Number(bound) };
};

/** Figures from when a record was due, and those from end to end. */
const needsRate = /^(ackR|endToEndR|r)esponseTimeMs\./;
const isEndToEnd = /^(endToEnd|ack)/;

/** Why a step can never have a figure; null when it can. */
const lackOf = (figure: string, { test = 'producer', rate, pace }: Settings): string | null => {
  if (test === 'consumer' && figure.includes('TimeMs')) return 'a consumer test has no latencies';
  if (test === 'producer' && isEndToEnd.test(figure))
    return 'a producer test does not read what it sends: say test: end-to-end';
  if (test === 'end-to-end' && /^(service|response)TimeMs/.test(figure))
    return `an end-to-end test has endToEnd${figure.charAt(0).toUpperCase()}${figure.slice(1)}`;
  const hasRate = typeof rate === 'number' || /^(ramp|steps)\b/.test(pace ?? '');
  return needsRate.test(figure) && !hasRate ? 'response times need a rate, such as rate: 1000' : null;
};

/**
 * Finds a figure that is asked for and that a step, or all of them, can never have.
 * @param figures with what asks for each, as it is written
 * @throws WorkloadError for the first one.
 */
export const checkFigures = (
  figures: readonly { readonly text: string; readonly figure: string }[],
  steps: readonly Step[],
  lacking: 'some' | 'all' = 'some',
): void => {
  for (const { text, figure } of figures) {
    const lacks = steps.map(({ settings }) => lackOf(figure, settings));
    const at = lacks.findIndex((lack) => lack !== null);
    if (at < 0 || (lacking === 'all' && lacks.includes(null))) continue;
    const { point = {} } = steps[at] ?? {};
    const where = Object.keys(point).length === 0 ? '' : ` at the step ${pointText(point)}`;
    throw new WorkloadError(`${JSON.stringify(text)} can never be told${where}: ${lacks[at]}`);
  }
};

/** Holds the medians of all steps against all thresholds; a step that measured nothing meets none. */
export const evaluateThresholds = (
  thresholds: readonly Threshold[],
  steps: readonly (Figures | null)[],
): readonly ThresholdResult[] =>
  thresholds.flatMap(({ text, figure, sign, bound }) =>
    steps.map((figures, step) => {
      const value = figures?.[figure] ?? null;
      return { threshold: text, step, value, isMet: value !== null && isMet[sign](value, bound) };
    }),
  );

/** By which rule a step is the best. */
export type BestRule = { readonly direction: 'highest' | 'lowest'; readonly figure: string };

/** Reads a rule. Throws WorkloadError for one that is none. */
export const parseBest = (text: string): BestRule => {
  const [direction = '', figure = '', ...more] = text.trim().split(/\s+/);
  if ((direction !== 'highest' && direction !== 'lowest') || more.length > 0)
    throw new WorkloadError(
      `best must be highest or lowest and a figure, such as highest recordsPerSecond; got ${JSON.stringify(text)}`,
    );
  return { direction, figure: figureOf(figure, text) };
};
