/** The raw data of runs as links that hold it: a page that was sent to somebody still has what it was made from. */
import type { StoredRun } from '../../results/store.ts';
import { csvText } from '../csv.ts';
import { namedRuns } from '../named-runs.ts';
import { type Html, html } from './markup.ts';

/** All links of a page together hold so many bytes of files at most; base64 makes a third more of them. */
const mostBytes = 2 * 1024 * 1024;

const types: Readonly<Record<string, string>> = { json: 'application/json', csv: 'text/csv' };

type RawFile = { readonly name: string; readonly text: string };

const link = ({ name, text }: RawFile): Html => {
  const type = types[name.split('.').at(-1) ?? ''] ?? 'text/plain';
  const url = `data:${type};charset=utf-8;base64,${Buffer.from(text).toString('base64')}`;
  return html`<li><a download="${name}" href="${url}">${name}</a> (${Math.max(1, Math.round(text.length / 1024))} KiB)</li>`;
};

const filesOf = ({ name, run, files }: StoredRun, isOnly: boolean): readonly RawFile[] => {
  const prefix = isOnly ? '' : `${name}-`;
  const json = { name: `${prefix}run.json`, text: `${JSON.stringify(run, null, 2)}\n` };
  return [json, ...Object.entries(files).map(([file, text]) => ({ name: `${prefix}${file}`, text }))];
};

/** The section with the links; what does not fit is counted, and where it lies is said. */
export const downloadSection = (runs: readonly StoredRun[]): Html => {
  const tests = runs.flatMap(namedRuns);
  const all = [
    ...(tests.length === 0 ? [] : [{ name: 'summary.csv', text: csvText(tests) }]),
    ...runs.flatMap((run) => filesOf(run, runs.length === 1)),
  ];
  let bytes = 0;
  const fitting = all.filter(({ text }) => {
    if (bytes + text.length > mostBytes) return false;
    bytes += text.length;
    return true;
  });
  const left = all.length - fitting.length;
  return html`<section aria-labelledby="raw"><h2 id="raw">Raw data</h2>
<p>The files that this page was made from. <code>.hgrm</code> and <code>.hlog</code> open in HdrHistogram's own tools.</p>
<ul class="files">${fitting.map(link)}</ul>
${left === 0 ? null : html`<p>${left} more files are too large for a page; they are in the folders of the runs.</p>`}</section>`;
};
