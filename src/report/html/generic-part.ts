/** The page of a kind of run that has none of its own: its sentences, its figures, a table for each list, and the rest by name. */
import type { StoredRun } from '../../results/store.ts';
import { fieldWords, listsOf, scalarsOf, sentencesOf, valueText } from '../document.ts';
import { flattened } from './facts.ts';
import { type Html, html, table } from './markup.ts';
import type { Part } from './run-sections.ts';

/** Fields that are sections of their own at the end, and those that every page shows elsewhere. */
const lastSections = ['environment', 'configuration', 'plan'] as const;

const section = (id: string, title: string, content: Html): Html =>
  html`<section aria-labelledby="${id}"><h2 id="${id}">${title}</h2>${content}</section>`;

const closed = (title: string, of: unknown): Html =>
  html`<details><summary>All of it</summary><div class="facts">${table(title, ['name', 'value'], flattened(of))}</div></details>`;

/** A run as its document tells it. */
export const genericPart = ({ run }: StoredRun): Part => {
  const fields = Object.entries(run).filter(([name]) => !lastSections.some((last) => last === name));
  const document = Object.fromEntries(fields);
  const { good, bad } = sentencesOf(document);
  const lists = listsOf(document);
  const nested = fields.filter(
    ([name, value]) => typeof value === 'object' && value !== null && !lists.some((list) => list.field === name),
  );
  const last = Object.entries(run).filter(([name]) => lastSections.some((each) => each === name));
  return {
    charts: [],
    html: [
      ...(bad.length === 0
        ? []
        : [
            html`<section class="verdict bad" aria-label="Problems"><h2>Not everything went well</h2>${bad.map((line) => html`<p>${line}</p>`)}</section>`,
          ]),
      ...(good.length === 0
        ? []
        : [
            html`<section class="verdict" aria-label="Result"><h2>Result</h2>${good.map((line) => html`<p>${line}</p>`)}</section>`,
          ]),
      section(
        'figures',
        'Figures',
        html`<div class="facts">${table('Figures', ['name', 'value'], scalarsOf(document))}</div>`,
      ),
      ...lists.map(({ field, columns, rows }) =>
        section(
          `list-${field}`,
          fieldWords(field),
          table(
            fieldWords(field),
            ['', ...columns.map(fieldWords)],
            rows.map((row, index) => [index + 1, ...columns.map((column) => valueText(row[column]))]),
          ),
        ),
      ),
      ...[...nested, ...last].map(([name, value]) =>
        section(`about-${name}`, fieldWords(name), closed(fieldWords(name), value)),
      ),
    ],
  };
};
