/** A sweep's figures over its axes: heat maps, which are tables, and small charts beside each other. */
import { amountCell, latencyCell } from '../numbers.ts';
import { count } from '../text.ts';
import type { StepFigures, SweepAxis } from '../workload-figures.ts';
import type { Chart } from './chart.ts';
import { type Html, html, raw } from './markup.ts';
import { figure, type Part } from './run-sections.ts';
import { alongAxis, drawnMs, type SweepFigure } from './sweep-charts.ts';

/** More maps than this are no picture; the table has all. */
const mostMaps = 12;
/** More cells across than this do not fit. */
const mostAcross = 16;

const figures: readonly SweepFigure[] = [
  { id: 'rate', title: 'Throughput, records/s', unit: 'records/s', isLatency: false, of: ({ rate }) => rate },
  { id: 'tail', title: '99th percentile, ms', unit: 'ms', isLatency: true, of: ({ tailMs }) => tailMs },
];

const pointValue = ({ step }: StepFigures, { name }: SweepAxis): string => String(step.point[name] ?? '–');

const textOf = ({ isLatency }: SweepFigure, value: number): string =>
  isLatency ? latencyCell(value) : value < 1000 ? amountCell(value) : count(value);

/** How deep a cell's colour is, 0 to 1: by the logarithm, as figures of a sweep often grow by factors. */
const depthOf = (value: number, least: number, most: number): number =>
  most > least && least > 0 ? Math.log(value / least) / Math.log(most / least) : 0;

type Bounds = { readonly least: number; readonly most: number };

const boundsOf = (steps: readonly StepFigures[], { of }: SweepFigure): Bounds => {
  const values = steps.flatMap((step) => of(step)?.median ?? []);
  return { least: Math.min(...values), most: Math.max(...values) };
};

/** A cell of a heat map: the deeper, the higher; its number says the same. */
const heatCell = (
  step: StepFigures | undefined,
  shown: SweepFigure,
  { least, most }: Bounds,
  isBest: boolean,
): Html => {
  const value = step === undefined ? undefined : shown.of(step)?.median;
  if (value === undefined) return html`<td>–</td>`;
  const depth = (depthOf(value, least, most) * 55).toFixed(0);
  return html`<td><span class="${`heat ${shown.id}${isBest ? ' best' : ''}`}" style="${raw(`--heat:${depth}%`)}">${textOf(shown, value)}${isBest ? html`<span class="unseen"> best</span>` : null}</span></td>`;
};

const heatMap = (
  title: string,
  shown: SweepFigure,
  steps: readonly StepFigures[],
  [rows, columns]: readonly [SweepAxis, SweepAxis],
  bounds: Bounds,
  best: number | undefined,
): Html => {
  const at = (row: string, column: string): StepFigures | undefined =>
    steps.find((step) => pointValue(step, rows) === row && pointValue(step, columns) === column);
  const caption = `${title}: ${rows.short} down, ${columns.short} across`;
  return html`<figure class="map"><figcaption>${title}</figcaption><div class="scroll" role="region" tabindex="0" aria-label="${caption}"><table><caption>${caption}</caption>
<thead><tr><td></td><th scope="colgroup" colspan="${columns.values.length}">${columns.short}</th></tr>
<tr><th scope="col">${rows.short}</th>${columns.values.map((value) => html`<th scope="col">${value}</th>`)}</tr></thead>
<tbody>${rows.values.map(
    (row) =>
      html`<tr><th scope="row">${row}</th>${columns.values.map((column) => {
        const step = at(row, column);
        return heatCell(step, shown, bounds, step !== undefined && step.step.index === best);
      })}</tr>
`,
  )}</tbody></table></div></figure>`;
};

/** Every combination of the values of some axes, in order, with a name and the steps that have it. */
const combinations = (
  steps: readonly StepFigures[],
  axes: readonly SweepAxis[],
): readonly { readonly name: string; readonly steps: readonly StepFigures[] }[] =>
  axes.reduce<readonly { readonly name: string; readonly steps: readonly StepFigures[] }[]>(
    (all, axis) =>
      all.flatMap((each) =>
        axis.values.map((value) => ({
          name: `${each.name} ${axis.short}=${value}`.trim(),
          steps: each.steps.filter((step) => pointValue(step, axis) === value),
        })),
      ),
    [{ name: '', steps }],
  );

/** The two axes that a map is over: those with the most values, of which the longer one goes down when it is too long to go across. */
const mapAxes = (axes: readonly SweepAxis[]): readonly [SweepAxis, SweepAxis] | null => {
  const kept = new Set(axes.toSorted((a, b) => b.values.length - a.values.length).slice(0, 2));
  const [rows, columns] = axes.filter((axis) => kept.has(axis));
  if (rows === undefined || columns === undefined) return null;
  const pair = columns.values.length > mostAcross ? ([columns, rows] as const) : ([rows, columns] as const);
  return pair[1].values.length > mostAcross ? null : pair;
};

const shownFigures = (steps: readonly StepFigures[]): readonly SweepFigure[] =>
  figures.filter(({ of }) => steps.some((step) => of(step) !== null));

const heatMaps = (steps: readonly StepFigures[], axes: readonly SweepAxis[], best: number | undefined): Html | null => {
  const pair = mapAxes(axes);
  if (pair === null) return null;
  const places = combinations(
    steps,
    axes.filter((axis) => !pair.includes(axis)),
  ).filter((place) => place.steps.length > 0);
  if (places.length > mostMaps) return null;
  const maps = places.flatMap((place) =>
    shownFigures(steps).map((shown) =>
      heatMap(
        place.name === '' ? shown.title : `${shown.title}: ${place.name}`,
        shown,
        place.steps,
        pair,
        boundsOf(steps, shown),
        best,
      ),
    ),
  );
  return html`<div class="maps">${maps}</div>`;
};

/** Small charts: one for each value of the other axes, all with the same scale. */
const panels = (steps: readonly StepFigures[], axes: readonly SweepAxis[], shown: SweepFigure): Part => {
  const along = axes.at(-1);
  if (along === undefined || along.values.length > mostAcross) return { html: [], charts: [] };
  const places = combinations(steps, axes.slice(0, -1)).filter((place) => place.steps.length > 0);
  if (places.length > mostMaps) return { html: [], charts: [] };
  const all = steps.flatMap((step) => {
    const range = shown.of(step);
    return range === null ? [] : shown.isLatency ? [drawnMs(range.least), drawnMs(range.most)] : [0, range.most];
  });
  const isSmall = places.length > 1;
  const yRange = [Math.min(...all), Math.max(...all)] as const;
  const drawn: readonly { readonly name: string; readonly chart: Chart }[] = places.map(
    ({ name, steps: those }, index) => ({
      name,
      chart: alongAxis(`${shown.id}-${index}`, shown, along, those, { isSmall, yRange }),
    }),
  );
  return {
    charts: drawn.map(({ chart }) => chart),
    html: [
      html`<div><h3>${`${shown.title}, along ${along.short}`}</h3><div class="${isSmall ? 'panels' : 'wide'}">${drawn.map(({ name, chart }) => html`<div>${isSmall ? html`<h4>${name}</h4>` : null}${figure(chart, `${shown.title} along ${along.short}${name === '' ? '' : `, ${name}`}.`, 'the tables hold')}</div>`)}</div></div>`,
    ],
  };
};

/** The section over the axes; nothing without one, or when there are too many places to draw. */
export const sweepPart = (
  steps: readonly StepFigures[],
  axes: readonly SweepAxis[],
  best: number | undefined,
): Part => {
  const maps = heatMaps(steps, axes, best);
  const parts = shownFigures(steps).map((shown) => panels(steps, axes, shown));
  const charts = parts.flatMap((part) => part.charts);
  if (axes.length === 0 || (maps === null && charts.length === 0)) return { html: [], charts: [] };
  const words = [
    ...(maps === null
      ? []
      : ['The deeper the colour, the higher the figure, by its logarithm; the best step has a frame.']),
    ...(charts.length === 0
      ? []
      : ['Lines through the medians; the bars go from the least to the most of the trials.']),
  ];
  return {
    charts,
    html: [
      html`<section aria-labelledby="map" class="long"><h2 id="map">Over the axes</h2><p>${words.join(' ')}</p>${maps}<div class="${axes.length === 1 ? 'maps' : 'wide'}">${parts.flatMap((part) => part.html)}</div></section>`,
    ],
  };
};
