/**
 * The project's own gate: this build against a reference commit, trial by trial on the same machine.
 *
 *     npm run gate -- [--reference COMMIT|FOLDER] [--candidate FOLDER] [--only NAME] [--reports FOLDER]
 *     npm run gate -- --move-reference COMMIT --because "WHY"
 *
 * The reference is named in `results/baselines/gate/reference.json` and moved by hand, so that a slow drift is seen, too. The suite is the micro-benchmarks and
 * two workloads, within five minutes. Exit status 3 when something is clearly slower, 0 when nothing is, 1 when a side fails, 4 when not everything could be
 * compared: the reference commit is not in this clone, or the machine is so slow that too few pairs fit the time.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { GateError, moveReference, NOT_COMPARED, readReference, referenceBuild, root } from './builds.mjs';

const here = fileURLToPath(new URL('.', import.meta.url));

/** All metrics of all comparisons together are wrong in at most 1 of 100 runs of equal builds. */
const ALPHA = 0.01;

/** @typedef {{ name: string, budgetSeconds: number, args: (build: string) => { file: readonly string[], command: string } }} Case */

const quoted = (/** @type {string} */ word) =>
  /^[\w./:=@%+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;

/** A clear slowdown: smaller ones are for longer comparisons. */
const loadMetrics = ['recordsPerSecond', 'generatorCpuUsPerRecord', 'brokerCpuUsPerRecord'];
const loadFlags = ['--metrics', ...loadMetrics, '--threshold', ...loadMetrics.map((metric) => `${metric}=5%`)];

/** @param {string} workload @returns {Case['args']} */
const load = (workload) => (build) => ({
  file: [path.join(here, `${workload}.yaml`), ...loadFlags],
  command: `${quoted(process.execPath)} ${quoted(path.join(build, 'dist/cli/main.js'))}`,
});

/** @type {readonly Case[]} */
const cases = [
  {
    name: 'micro',
    budgetSeconds: 70,
    args: (build) => {
      // A build's own script knows its own modules; one from before there was any is measured by this one.
      const own = path.join(build, 'scripts/gate/micro.mjs');
      const script = existsSync(own) ? [own] : [path.join(here, 'micro.mjs'), path.join(build, 'dist')];
      return { file: [], command: [process.execPath, ...script].map(quoted).join(' ') };
    },
  },
  { name: 'produce', budgetSeconds: 95, args: load('produce') },
  { name: 'consume', budgetSeconds: 95, args: load('consume') },
];

/** @param {Case} what @param {{ reference: string, candidate: string, reports: string | null }} options */
const compare = async ({ name, budgetSeconds, args }, { reference, candidate, reports }) => {
  process.stderr.write(`gate: ${name}\n`);
  const [from, to] = [args(reference), args(candidate)];
  const flags = [
    ...['regress', ...to.file, '--a-command', from.command, '--b-command', to.command],
    ...['--alpha', String(ALPHA / cases.length), '--budget', `${budgetSeconds}s`, '--no-record'],
    ...(reports === null
      ? []
      : ['--junit', path.join(reports, `${name}.xml`), '--markdown', path.join(reports, `${name}.md`)]),
  ];
  const main = path.join(candidate, 'dist/cli/main.js');
  const child = spawn(process.execPath, [main, ...flags], { stdio: ['ignore', 'inherit', 'inherit'] });
  const [status] = await once(child, 'close');
  return { name, status: typeof status === 'number' ? status : 1 };
};

const words = new Map([
  [0, 'nothing is shown to be slower'],
  [3, 'SLOWER'],
]);

/** @param {string} reference commit, or the folder of a build */
const folderOf = (reference) =>
  existsSync(path.join(reference, 'dist')) ? path.resolve(reference) : referenceBuild(reference);

const run = async () => {
  const { values } = parseArgs({
    options: {
      reference: { type: 'string' },
      candidate: { type: 'string' },
      only: { type: 'string' },
      reports: { type: 'string' },
      'move-reference': { type: 'string' },
      because: { type: 'string' },
    },
  });
  const moved = values['move-reference'];
  if (moved !== undefined) {
    if (values.because === undefined)
      throw new GateError('--move-reference needs --because "WHY": the reason is kept beside the commit', 2);
    process.stdout.write(`gate: the reference is now ${moveReference(moved, values.because)}\n`);
    return 0;
  }
  const chosen = cases.filter(({ name }) => values.only === undefined || values.only === name);
  if (chosen.length === 0)
    throw new GateError(`--only takes one of ${cases.map(({ name }) => name).join(', ')}; got ${values.only}`, 2);
  const candidate = path.resolve(values.candidate ?? root);
  if (!existsSync(path.join(candidate, 'dist/cli/main.js')))
    throw new GateError(`${candidate} has no dist: npm run build makes it`);
  if (values.reports !== undefined) mkdirSync(values.reports, { recursive: true });
  const startedMs = performance.now();
  const reference = folderOf(values.reference ?? readReference().commit);
  process.stderr.write(
    `gate: ${candidate} against ${values.reference ?? `${readReference().commit} (${readReference().because})`}\n`,
  );
  /** @type {{ name: string, status: number }[]} */
  const ended = [];
  for (const each of chosen) ended.push(await compare(each, { reference, candidate, reports: values.reports ?? null }));
  process.stdout.write(
    `\ngate: ${ended.map(({ name, status }) => `${name}: ${words.get(status) ?? `not compared (status ${status})`}`).join('; ')} (${((performance.now() - startedMs) / 1000).toFixed(0)} s)\n`,
  );
  if (ended.some(({ status }) => status === 3)) return 3;
  const failed = ended.find(({ status }) => !words.has(status) && status !== 2);
  if (failed !== undefined) return failed.status >= 128 ? failed.status : 1;
  return ended.some(({ status }) => status === 2) ? NOT_COMPARED : 0;
};

try {
  process.exitCode = await run();
} catch (error) {
  process.stderr.write(`gate: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = error instanceof GateError ? error.status : error instanceof TypeError ? 2 : 1;
}
