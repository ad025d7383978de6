/** The HTML report: one file that needs no network and nothing beside it. */
import type { StoredRun } from '../../results/store.ts';
import { completeTest, figuresOf } from '../figures.ts';
import { partialText, withFigures } from '../so-far.ts';
import { type ComparedRun, comparisonPart, differences } from './comparison.ts';
import { downloadSection } from './downloads.ts';
import { factSections, flattened } from './facts.ts';
import { genericPart } from './generic-part.ts';
import { type Kind, kindsOf } from './kinds.ts';
import { chartLibrary } from './library.ts';
import { type Html, html, jsonForScript, raw, table } from './markup.ts';
import { type Part, runPart } from './run-sections.ts';
import { pageScript } from './script.ts';
import { pageStyle } from './style.ts';

/** Runs up to this number are shown in full on a page of several; of more, the comparison and the files are enough. */
const mostFacts = 6;

const titles: Readonly<Record<string, string>> = {
  'producer-perf-test': 'Producer test',
  'consumer-perf-test': 'Consumer test',
  'e2e-latency': 'End-to-end test',
};

type Kinds = ReadonlyMap<string, Kind>;

const titleOf = (stored: StoredRun, kinds: Kinds): string => {
  const { run } = stored;
  const own = run.isPartial ? undefined : kinds.get(run.command)?.title(stored);
  return own ?? `${titles[run.command] ?? run.command}${run.topic === undefined ? '' : ` of ${run.topic}`}`;
};

/** What is known of a run that did not end. */
const partialPart = (stored: StoredRun, kinds: Kinds): Part => {
  const ended = withFigures(stored);
  const notice = html`<section class="verdict warn"><h2>The run did not end</h2><p>This record is partial: ${partialText(stored)}.</p></section>`;
  const own = ended.run.isPartial ? null : kinds.get(ended.run.command)?.part(ended);
  return own ? { charts: own.charts, html: [notice, ...own.html] } : unmeasuredPart(stored, notice);
};

const unmeasuredPart = ({ run, name }: StoredRun, notice: Html): Part => ({
  charts: [],
  html: [
    notice,
    html`<section><h2>What is kept</h2><div class="facts">${table(`What is kept of ${name}`, ['name', 'value'], flattened(run))}</div></section>`,
  ],
});

const singlePart = (stored: StoredRun, kinds: Kinds): Part => {
  if (stored.run.isPartial) return partialPart(stored, kinds);
  const test = completeTest(stored.run);
  if (test === null) return kinds.get(stored.run.command)?.part(stored) ?? genericPart(stored);
  const part = runPart(stored, figuresOf(test));
  return { html: [...part.html, ...factSections(test, '')], charts: part.charts };
};

/** The page of runs that are all of one kind, where that kind can be beside each other; null for others. */
const ofOneKind = (runs: readonly StoredRun[], kinds: Kinds): Part | null => {
  const commands = new Set(runs.map(({ run }) => (run.isPartial ? null : run.command)));
  const [command] = commands;
  return commands.size === 1 ? (kinds.get(command ?? '')?.several?.(runs) ?? null) : null;
};

const severalPart = (runs: readonly StoredRun[]): Part => {
  const tests = runs.flatMap((stored) => {
    const test = completeTest(stored.run);
    return test === null ? [] : [{ stored, figures: figuresOf(test) }];
  });
  const labels = differences(tests.map(({ figures }) => figures));
  const compared: readonly ComparedRun[] = tests.map((each, index) => ({
    ...each,
    label: labels[index] ?? '',
    colour: index,
  }));
  const { html: sections, charts } = comparisonPart(compared);
  const facts = compared
    .slice(0, mostFacts)
    .flatMap(({ stored, figures, label }, index) => [
      html`<h2>${`${label}: ${stored.name}`}</h2>`,
      ...factSections(figures.run, `run-${index}-`),
    ]);
  const others = runs.filter(({ run }) => completeTest(run) === null);
  return {
    html: [
      ...sections,
      ...others.map((stored) => {
        const { name, run } = stored;
        return html`<section class="verdict warn"><h2>${name} is not compared</h2><p>${run.isPartial ? `Its record is partial: ${partialText(stored)}.` : `It is a record of spillway ${run.command}, which has a page of its own.`}</p>
<details><summary>What it holds</summary><div class="facts">${table(`What ${name} holds`, ['name', 'value'], flattened(run))}</div></details></section>`;
      }),
      ...facts,
    ],
    charts,
  };
};

/** No address, not even of this origin, may be asked for anything. */
const policy = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:";

/** A whole page with charts. Throws an Error of the file system when the chart library is not installed. */
export const page = (title: string, about: string, part: Part, downloads: Html): string => {
  const library = chartLibrary();
  return html`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${`${title} – Spillway`}</title>
<style>${raw(library.style)}${raw(pageStyle)}</style>
</head>
<body>
<a class="skip" href="#main">To the report</a>
<div class="top"><span>Spillway report</span><button id="theme" type="button" hidden>Theme: auto</button></div>
<main id="main">
<h1>${title}</h1>
<p class="about">${about}</p>
<section class="verdict warn" id="no-script"><p>Scripts are off, so there are no charts. The tables hold their figures.</p></section>
${part.html}
${downloads}
<footer>Made by Spillway, a load-testing harness for Apache Kafka. Charts are drawn by uPlot (MIT licence).</footer>
</main>
<script type="application/json" id="charts">${jsonForScript(part.charts)}</script>
<script>${raw(library.script)}</script>
<script>${raw(pageScript)}</script>
</body>
</html>
`.html;
};

const aboutOne = ({ run, name }: StoredRun): string =>
  [name, run.startedAt, ...('driver' in run ? [`driver ${run.driver}`] : [])]
    .filter((text) => text !== undefined)
    .join(' · ');

/**
 * The page of one run, or of several beside each other. The same runs give the same page.
 * Rejects with an Error of the file system when the chart library is not installed.
 */
export const reportPage = async (runs: readonly StoredRun[]): Promise<string> => {
  const kinds = await kindsOf(runs.map(withFigures));
  const [first] = runs;
  if (first !== undefined && runs.length === 1)
    return page(titleOf(first, kinds), aboutOne(first), singlePart(first, kinds), downloadSection(runs));
  const names = new Set(runs.map((run) => titleOf(run, kinds)));
  const title = `${runs.length} runs${names.size === 1 ? `: ${[...names].join('')}` : ''}`;
  const times = runs.map(({ run }) => run.startedAt).toSorted();
  const part = ofOneKind(runs, kinds) ?? severalPart(runs);
  return page(title, `from ${times[0]} to ${times.at(-1)}`, part, downloadSection(runs));
};
