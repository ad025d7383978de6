// Writes the reference of workload files in docs/workloads.md from their schema; --check says whether it is up to date.
// Needs a build: npm run build && node scripts/workload-page.mjs
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const build = process.env.SPILLWAY_DIST ?? new URL('../dist/', import.meta.url).href;
const { workloadJsonSchema } = await import(new URL('harness/run-workload/workloads.js', build).href);
const page = fileURLToPath(new URL('../docs/workloads.md', import.meta.url));
const [begin, end] = ['<!-- reference: made by scripts/workload-page.mjs -->', '<!-- end of reference -->'];

/** @param {any} schema */
const kindOf = (schema) => {
  if (schema.title !== undefined) return schema.title;
  if (schema.enum !== undefined) return schema.enum.map((/** @type {string} */ each) => `\`${each}\``).join(', ');
  if (schema.type === 'object') return 'map';
  if (schema.type === 'array') return 'list';
  if (schema.type === 'integer') return 'whole number';
  return { string: 'text', boolean: '`true`, `false`' }[/** @type {'string'|'boolean'} */ (schema.type)] ?? schema.type;
};

/** @param {any} schema @param {string} prefix @returns {string[]} */
const rows = (schema, prefix) =>
  Object.entries(schema.properties).flatMap(([key, below]) => {
    const name = `${prefix}${key}`;
    const about = String(below.description ?? '').replaceAll('|', '\\|');
    return [`| \`${name}\` | ${kindOf(below)} | ${about} |`, ...(below.properties ? rows(below, `${name}.`) : [])];
  });

const table = ['| key | value | meaning |', '|---|---|---|', ...rows(workloadJsonSchema(), '')].join('\n');
const text = readFileSync(page, 'utf8');
const [before = '', rest = ''] = text.split(begin);
const after = rest.slice(rest.indexOf(end));
const next = `${before}${begin}\n\n${table}\n\n${after}`;
if (!process.argv.includes('--check')) writeFileSync(page, next);
else if (next !== text) {
  console.error('docs/workloads.md is not up to date: npm run build && node scripts/workload-page.mjs');
  process.exitCode = 1;
}
