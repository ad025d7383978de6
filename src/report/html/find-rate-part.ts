/** The page of a run of find-rate: the rate that it found, its trials as a chart, and the table of rates. */
import type { FindRateResult, RateTrial } from '../../results/find-rate-result.ts';
import { findRateHeadline, findRateLines, findRateRun, rateTable } from '../find-rate-text.ts';
import { count } from '../text.ts';
import type { Chart } from './chart.ts';
import { factSection } from './facts.ts';
import type { Kind } from './kinds.ts';
import { html, table } from './markup.ts';
import { figure, type Part } from './run-sections.ts';

/** Trials by their rate against the first limit's figure; null when it was measured in none. */
const trialChart = ({ trials }: FindRateResult): Chart | null => {
  const name = Object.keys(trials[0]?.figures ?? {})[0] ?? '';
  const figureOf = ({ figures }: RateTrial): number | null => {
    const value = figures[name] ?? null;
    // A logarithm has no 0: what took less than a microsecond is drawn as one.
    return value === null ? null : Math.max(0.001, value);
  };
  const measured = trials.filter((trial) => figureOf(trial) !== null).toSorted((one, other) => one.rate - other.rate);
  if (measured.length === 0) return null;
  const series = [true, false].map((isHeld, colour) => ({
    label: isHeld ? 'held' : 'did not hold',
    colour,
    hasNoLine: true,
    values: measured.map((trial) => (trial.isHeld === isHeld ? figureOf(trial) : null)),
  }));
  return {
    kind: 'points',
    id: 'rates',
    xLabel: 'records/s',
    yLabel: `${name.replace('Ms.', ' ')}, ms`,
    unit: 'ms',
    isLog: true,
    x: measured.map(({ rate }) => rate),
    names: measured.map(({ reason }) => reason),
    series,
    bands: [],
  };
};

const partOf = (run: FindRateResult): Part => {
  const [headline = findRateHeadline(run), ...more] = findRateLines(run);
  const chart = trialChart(run);
  const { head, rows } = rateTable(run);
  return {
    charts: chart === null ? [] : [chart],
    html: [
      html`<section class="verdict ${run.rate === null ? 'warn' : 'good'}"><h2>${headline.replace(/^./, (letter) => letter.toUpperCase())}</h2>${more.map((line) => html`<p>${line}</p>`)}</section>`,
      ...(chart === null
        ? []
        : [
            html`<section aria-labelledby="trials"><h2 id="trials">Trials</h2><p>${`A point is one of ${count(run.trials.length)} trials: at which rate, and what the limit’s figure was then.`}</p>${figure(chart, 'Trials by their rate.')}</section>`,
          ]),
      html`<section aria-labelledby="table" class="long"><h2 id="table">All rates</h2>${table('All rates', head, rows)}</section>`,
      factSection('environment', 'Environment', run.environment),
      factSection('configuration', 'Configuration', run.plan),
    ],
  };
};

/** Records of find-rate. */
export const findRateKind: Kind = {
  title: () => 'Highest rate that holds a limit',
  part: ({ run }) => {
    const found = findRateRun(run);
    return found === null ? null : partOf(found);
  },
};
