/** Everything that a run record holds besides its figures, as tables of names and values. */
import type { TestResult } from '../../results/run-record.ts';
import { type Html, html, table } from './markup.ts';

/** Names and values of a document at any depth: `producers.0.cpuShare`. What is no object is one row. */
export const flattened = (value: unknown, path = ''): readonly (readonly [name: string, value: string])[] => {
  if (typeof value !== 'object' || value === null) return [[path, value === null ? 'none' : String(value)]];
  const entries = Object.entries(value);
  if (entries.length === 0) return path === '' ? [] : [[path, 'none']];
  if (Array.isArray(value) && value.every((each) => typeof each !== 'object')) return [[path, value.join(' ')]];
  return entries.flatMap(([name, each]) => flattened(each, path === '' ? name : `${path}.${name}`));
};

const facts = (title: string, of: unknown): Html | null => {
  const rows = flattened(of);
  return rows.length === 0
    ? null
    : html`<details><summary>${title}</summary><div class="facts">${table(title, ['name', 'value'], rows)}</div></details>`;
};

/** Fields that the page shows in other places. */
const shownElsewhere = new Set(['windows', 'environment', 'configuration', 'metrics', 'verdict', 'isPartial']);

const everythingElse = (run: TestResult): Readonly<Record<string, unknown>> =>
  Object.fromEntries(
    Object.entries(run).filter(([name, value]) => !shownElsewhere.has(name) && !(name.endsWith('TimeMs') && value)),
  );

const present = (parts: readonly (Html | null)[]): readonly Html[] => parts.filter((part) => part !== null);

/** Sections with the environment, the configuration, and all other fields of a run. `id` tells runs of a page apart. */
export const factSections = (run: TestResult, id: string): readonly Html[] => {
  const { cpuModel, cpuCount, operatingSystem, kernel, nodeVersion, spillwayVersion } = run.environment;
  const { plan, client, topic, broker } = run.configuration;
  return [
    html`<section aria-labelledby="${id}environment"><h2 id="${id}environment">Environment</h2>
<p>${`${cpuCount ?? '?'} × ${cpuModel ?? 'unknown processor'}, ${operatingSystem ?? 'unknown system'}, kernel ${kernel ?? '?'}, Node ${nodeVersion ?? '?'}, Spillway ${spillwayVersion ?? '?'}`}</p>
${present([facts('All of the machine and the software', run.environment)])}</section>`,
    html`<section aria-labelledby="${id}configuration"><h2 id="${id}configuration">Configuration</h2>
<p>What was in effect, given or default, by Kafka's names. Secrets are hidden.</p>
${present([facts('Plan', plan), facts('Client', client), facts('Topic', topic), facts('Embedded broker', broker)])}</section>`,
    html`<section aria-labelledby="${id}everything"><h2 id="${id}everything">Everything else</h2>
${present([
  facts('Counters and costs', everythingElse(run)),
  'verdict' in run ? facts('Evidence of the verdict', run.verdict?.evidence ?? null) : null,
  facts('Metrics of the client', run.metrics),
])}</section>`,
  ];
};

/** A section with all names and values of a document behind one line. */
export const factSection = (id: string, title: string, of: unknown): Html =>
  html`<section aria-labelledby="${id}"><h2 id="${id}">${title}</h2><details><summary>All of it</summary><div class="facts">${table(title, ['name', 'value'], flattened(of))}</div></details></section>`;
