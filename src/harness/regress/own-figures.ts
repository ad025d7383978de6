/** Figures that a program prints by itself, with what it says they are. */
import type { RegressionMetricName, SideName } from '../../results/regression-result.ts';
import { TestFailure } from '../failure.ts';
import type { TrialFigures } from './trial-figures.ts';

/** A metric as a program says it. */
export type OwnMetric = RegressionMetricName & {
  /** It said itself which way is better; left out where that is not known, as of a stored baseline. */
  readonly saysBetter?: boolean;
};

/** Figures of one's own, with what they are. */
export type OwnFigures = { readonly metrics: readonly OwnMetric[]; readonly trial: TrialFigures };

const ownThreshold = 0.02;

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isFigure = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);

const shown = (value: unknown): string => (JSON.stringify(value) ?? String(value)).slice(0, 100);

const wrong = (message: string): TestFailure => new TestFailure(message, { isUsage: true });

const readBetter = (name: string, better: unknown): RegressionMetricName['better'] => {
  if (better === undefined) return 'larger';
  if (better === 'smaller' || better === 'larger') return better;
  throw wrong(`figure ${shown(name)}: "better" must be "smaller" or "larger"; got ${shown(better)}`);
};

const readThreshold = (name: string, threshold: unknown): number => {
  if (threshold === undefined) return ownThreshold;
  if (isFigure(threshold) && threshold > 0 && threshold < 1) return threshold;
  throw wrong(
    `figure ${shown(name)}: "threshold" must be a share above 0 and below 1, such as 0.03 for 3 %; got ${shown(threshold)}`,
  );
};

const readUnit = (name: string, unit: unknown): string => {
  if (unit === undefined) return '';
  if (typeof unit === 'string') return unit;
  throw wrong(`figure ${shown(name)}: "unit" must be text, such as "ns"; got ${shown(unit)}`);
};

const ownMetric = (name: string, value: unknown): readonly [OwnMetric, number] => {
  const said = isObject(value) ? value : { value };
  const figure = said.value;
  if (!isFigure(figure))
    throw new TestFailure(
      `its figure ${shown(name)} is no number: ${shown(value)}; print a number, or {"value": 12.5, "better": "smaller", "unit": "ns"}`,
    );
  return [
    {
      ...{ key: name, name, unit: readUnit(name, said.unit), better: readBetter(name, said.better) },
      ...{ threshold: readThreshold(name, said.threshold), saysBetter: said.better !== undefined },
    },
    figure,
  ];
};

/**
 * Reads `{"figures": {"NAME": {"value": 1, "better": "larger", "threshold": 0.02, "unit": "ops/s"}}}`, where a number alone is one that is better
 * when it is larger. Null when the document has no figure. Throws a TestFailure that names the figure that is no number, and one for wrong usage
 * when what is said of a figure cannot be.
 */
export const ownFiguresOf = (document: unknown): OwnFigures | null => {
  const given = isObject(document) ? document.figures : null;
  if (!isObject(given)) return null;
  const read = Object.entries(given).map(([name, value]) => ownMetric(name, value));
  if (read.length === 0) return null;
  return {
    metrics: read.map(([metric]) => metric),
    trial: {
      figures: Object.fromEntries(read.map(([{ key }, value]) => [key, value])),
      quantilesMs: null,
      stealSeconds: null,
      limit: null,
    },
  };
};

/** What was said of a metric first, and by whom. */
type Said = { readonly side: SideName; readonly metric: OwnMetric };

const betterText = ({ better, saysBetter }: OwnMetric): string =>
  saysBetter === false ? `left out (which is "${better}")` : shown(better);

const differences = (one: OwnMetric, other: OwnMetric): readonly (readonly [string, string, string])[] => {
  const isOtherBetter =
    one.better !== other.better ||
    (one.saysBetter !== undefined && other.saysBetter !== undefined && one.saysBetter !== other.saysBetter);
  return [
    ...(isOtherBetter ? [['better', betterText(one), betterText(other)] as const] : []),
    ...(one.unit === other.unit ? [] : [['unit', shown(one.unit), shown(other.unit)] as const]),
    ...(one.threshold === other.threshold
      ? []
      : [['threshold', shown(one.threshold), shown(other.threshold)] as const]),
  ];
};

/** Holds what programs say of their figures against what was said of them before. */
export class OwnMetrics {
  readonly #said = new Map<string, Said>();

  /** Throws a TestFailure for wrong usage that names the metric and both values when a trial says otherwise than one before. */
  hear(side: SideName, metrics: readonly OwnMetric[]): void {
    for (const metric of metrics) {
      const first = this.#said.get(metric.key);
      if (first === undefined) {
        this.#said.set(metric.key, { side, metric });
        continue;
      }
      const isSwapped = first.side === 'candidate' && side === 'baseline';
      const [from, to] = isSwapped ? [metric, first.metric] : [first.metric, metric];
      const [found] = differences(from, to);
      if (found === undefined) continue;
      const [what, one, other] = found;
      const [here, there] =
        first.side === side ? [`an earlier trial of the ${side}`, 'a later one'] : ['the baseline', 'the candidate'];
      throw wrong(
        `the sides cannot be compared: "${what}" of ${shown(metric.name)} is ${one} in ${here} and ${other} in ${there}; make both programs say the same`,
      );
    }
  }
}
