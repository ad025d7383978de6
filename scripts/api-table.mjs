// node scripts/api-table.mjs: puts the table of every API that the built broker serves into docs/embedded-broker.md.
// SPILLWAY_MAIN names the command line of another build than dist/.
import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { table } from './bench/table.mjs';

const [begin, end] = ['<!-- apis: begin -->', '<!-- apis: end -->'];

/** The page that holds the table. */
export const pageFile = fileURLToPath(new URL('../docs/embedded-broker.md', import.meta.url));

/** @typedef {{ readonly api: { readonly key: number, readonly name: string }, readonly versions: readonly [number, number], readonly advertised: readonly [number, number] }} Registration */

/**
 * The page with the table of these registrations in it.
 *
 * @param {string} page
 * @param {Iterable<Registration>} registrations
 * @returns {string}
 */
export const withApiTable = (page, registrations) => {
  const [from, to] = [page.indexOf(begin), page.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`the page needs ${begin} and, behind it, ${end}`);
  const rows = [...registrations].sort((a, b) => a.api.key - b.api.key).map(rowOf);
  const before = page.slice(0, from + begin.length);
  return `${before}\n\n${table(['key', 'API', 'versions', ''], rows)}\n\n${page.slice(to)}`;
};

/** @param {Registration} registration @returns {readonly string[]} */
const rowOf = ({ api, versions, advertised }) => {
  const note = rangeText(advertised) === rangeText(versions) ? '' : `advertised ${rangeText(advertised)}`;
  return [String(api.key), api.name, rangeText(versions), note];
};

/** @param {readonly [number, number]} range @returns {string} */
const rangeText = ([first, last]) => (first === last ? String(first) : `${first} to ${last}`);

const isMain = process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href;
if (isMain) {
  const built = process.env.SPILLWAY_MAIN ?? fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));
  const { handlers } = await import(pathToFileURL(resolve(built, '../../broker/apis/all.js')).href);
  writeFileSync(pageFile, withApiTable(readFileSync(pageFile, 'utf8'), handlers.values()));
}
