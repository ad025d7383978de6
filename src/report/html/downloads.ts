/** The raw data of runs as links that hold it: a page that was sent to somebody still has what it was made from. */
import { gzipSync } from 'node:zlib';
import type { StoredRun } from '../../results/store.ts';
import { csvText } from '../csv.ts';
import { namedRuns } from '../named-runs.ts';
import { type Html, html } from './markup.ts';

/** All links of a page together hold so many bytes of files at most; base64 makes a third more of them. */
const mostBytes = 2 * 1024 * 1024;

const types: Readonly<Record<string, string>> = { json: 'application/json', csv: 'text/csv' };

type RawFile = { readonly name: string; readonly text: string };

/** A file as it is put into the page. */
type HeldFile = { readonly name: string; readonly type: string; readonly bytes: Buffer };

/** Larger files are compressed: the record of many trials is a tenth then. */
const mostPlainBytes = 256 * 1024;

const held = ({ name, text }: RawFile): HeldFile => {
  const bytes = Buffer.from(text);
  if (bytes.length > mostPlainBytes) return { name: `${name}.gz`, type: 'application/gzip', bytes: gzipSync(bytes) };
  const type = types[name.split('.').at(-1) ?? ''] ?? 'text/plain';
  return { name, type: `${type};charset=utf-8`, bytes };
};

const link = ({ name, type, bytes }: HeldFile): Html =>
  html`<li><a download="${name}" href="${`data:${type};base64,${bytes.toString('base64')}`}">${name}</a> (${Math.max(1, Math.round(bytes.length / 1024))} KiB)</li>`;

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
  const fitting = all.flatMap((file) => {
    // What is far from fitting is not compressed to see.
    if (bytes >= mostBytes || file.text.length > 20 * mostBytes) return [];
    const found = held(file);
    if (bytes + found.bytes.length > mostBytes) return [];
    bytes += found.bytes.length;
    return [found];
  });
  const left = all.length - fitting.length;
  return html`<section aria-labelledby="raw"><h2 id="raw">Raw data</h2>
<p>The files that this page was made from. <code>.hgrm</code> and <code>.hlog</code> open in HdrHistogram's own tools.</p>
<ul class="files">${fitting.map(link)}</ul>
${left === 0 ? null : html`<p>${left} more files are too large for a page; they are in the folders of the runs.</p>`}</section>`;
};
