// npm run bench [-- --smoke] [-- --only NAME] [-- --write]: every benchmark, as Markdown tables.
// --smoke runs each for a moment, to see that it works; its figures mean nothing. --write puts the tables into docs/performance.md,
// with --only the one table.
import { readFileSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    smoke: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
    only: { type: 'string' },
  },
});

/** Loaded one by one: each is a module with `run({ smoke })` that gives a title and a text. */
const benchmarks = [
  'throughput',
  'read-strategies',
  'scale',
  'micro',
  'recording',
  'codecs',
  'features',
  'e2e',
  'report',
];
if (values.only !== undefined && !benchmarks.includes(values.only)) {
  process.stderr.write(`bench: --only takes one of ${benchmarks.join(', ')}; got ${values.only}\n`);
  process.exit(2);
}

/** @type {string[]} */
const sections = [];
for (const name of values.only === undefined ? benchmarks : [values.only]) {
  const startedMs = performance.now();
  const { run } = await import(`./${name}.mjs`);
  const { title, text } = await run({ smoke: values.smoke });
  const section = `### ${title}\n\n${text}\n`;
  sections.push(section);
  process.stdout.write(`\n${section}`);
  process.stderr.write(`(${name}: ${((performance.now() - startedMs) / 1000).toFixed(0)} s)\n`);
}

if (values.write) {
  const file = new URL('../../docs/performance.md', import.meta.url);
  const [begin, end] = ['<!-- bench: begin -->', '<!-- bench: end -->'];
  const page = readFileSync(file, 'utf8');
  const machine = `${os.cpus().length} × ${os.cpus()[0]?.model ?? 'unknown CPU'}, ${os.type()} ${os.release()}, Node ${process.version}, ${new Date().toISOString().slice(0, 10)}.`;
  const before = page.slice(0, page.indexOf(begin) + begin.length);
  const after = page.slice(page.indexOf(end));
  const text =
    values.only === undefined
      ? `${machine}\n\n${sections.join('\n')}`
      : withSection(page.slice(before.length, page.indexOf(end)), machine);
  writeFileSync(file, `${before}\n\n${text.trim()}\n\n${after}`);
}

/**
 * The page's tables with the one that was made now in its place, and on which machine and day that was.
 * @param {string} text
 * @param {string} machine
 */
function withSection(text, machine) {
  const [head = '', ...others] = text.split(/^(?=### )/m);
  const titleOf = (/** @type {string} */ section) => section.slice(0, section.indexOf('\n'));
  const fresh = sections.map(
    (section) =>
      `${titleOf(section)}\n\nMeasured apart from the others: ${machine}\n${section.slice(titleOf(section).length)}`,
  );
  const kept = others.map((section) => fresh.find((other) => titleOf(other) === titleOf(section)) ?? section);
  const added = fresh.filter((section) => !kept.includes(section));
  return [head, ...kept, ...added].map((section) => section.trim()).join('\n\n');
}
