/**
 * How often the gate cries wolf, and how often it finds a slowdown:
 *
 *     npm run prove-gate -- [--only simulation|real] [--write] [--record [--trials N]]
 *
 * `simulation` draws comparisons from recorded noise of real trials (`results/baselines/gate/noise.json`, or --noise FILE; --record makes it anew), in a few minutes: --comparisons
 * of equal sides (10000), --power-comparisons for each effect (2000). `real` runs comparisons on the embedded broker, for about an hour: --equal of equal
 * sides (20), --slowed with a broker that is 10 % slower by a fault (10). --write puts the tables into docs/regressions.md.
 * --short has trials of a moment, to see that all works. Exit status 1 when a target is missed.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { noiseFile, record } from './recording.mjs';

const page = new URL('../../docs/regressions.md', import.meta.url);
const parts = ['simulation', 'real'];

/** @param {string} line @returns {never} */
const refuse = (line) => {
  process.stderr.write(`prove-gate: ${line}\n`);
  process.exit(2);
};

const readArgs = () => {
  try {
    return parseArgs({
      options: {
        only: { type: 'string' },
        write: { type: 'boolean', default: false },
        record: { type: 'boolean', default: false },
        noise: { type: 'string', default: noiseFile },
        trials: { type: 'string', default: '150' },
        comparisons: { type: 'string', default: '10000' },
        'power-comparisons': { type: 'string', default: '2000' },
        equal: { type: 'string', default: '20' },
        slowed: { type: 'string', default: '10' },
        short: { type: 'boolean', default: false },
        seed: { type: 'string', default: '1' },
      },
    }).values;
  } catch (error) {
    return refuse(error instanceof Error ? error.message : String(error));
  }
};

const values = readArgs();

/** @param {'trials' | 'comparisons' | 'power-comparisons' | 'equal' | 'slowed' | 'seed'} name @param {number} least */
const number = (name, least) => {
  const value = Number(values[name]);
  return Number.isSafeInteger(value) && value >= least
    ? value
    : refuse(`--${name} takes a whole number, ${least} or more; got ${values[name]}`);
};

if (values.only !== undefined && !parts.includes(values.only))
  refuse(`--only takes ${parts.join(' or ')}; got ${values.only}`);

const options = {
  isShort: values.short,
  noise: values.noise,
  trials: number('trials', 60),
  comparisons: number('comparisons', 100),
  powerComparisons: number('power-comparisons', 100),
  equal: number('equal', 0),
  slowed: number('slowed', 0),
  seed: number('seed', 0),
};

/** Puts a part's text between its two lines of the page. @param {string} part @param {string} text */
const writePart = (part, text) => {
  const [begin, end] = [`<!-- prove-gate ${part}: begin -->`, `<!-- prove-gate ${part}: end -->`];
  const now = readFileSync(page, 'utf8');
  const [from, to] = [now.indexOf(begin), now.indexOf(end)];
  if (from < 0 || to < from) refuse(`docs/regressions.md lacks the lines ${begin} and ${end}`);
  writeFileSync(page, `${now.slice(0, from + begin.length)}\n\n${text}\n\n${now.slice(to)}`);
};

const stopping = new AbortController();
for (const name of ['SIGINT', 'SIGTERM']) process.once(name, () => stopping.abort());

try {
  if (values.record) await record(options.noise, options.trials, stopping.signal);
  for (const part of parts) {
    // Recording alone is quick to ask for, and its tables are a second step.
    if (values.only === undefined ? values.record : values.only !== part) continue;
    const { text, isMet } =
      part === 'simulation'
        ? (await import('./simulation.mjs')).simulationTables(options)
        : await (await import('./real.mjs')).realTables({ ...options, signal: stopping.signal });
    process.stdout.write(`${text}\n\n${isMet ? 'All targets that are held to are met.' : 'A TARGET IS MISSED.'}\n\n`);
    if (values.write) writePart(part, text);
    if (!isMet) process.exitCode = 1;
  }
} catch (error) {
  process.stderr.write(`prove-gate: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = stopping.signal.aborted ? 130 : 1;
}
