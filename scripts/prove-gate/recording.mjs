// Noise of real trials: `--record` runs them one after the other, as `spillway regress` does, and keeps what they measured.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { fromDist } from '../calibrate/dist.mjs';

/** @typedef {{ workload: string, keys: string[], trials: number[][] }} Recording */

/** Where recordings are kept. */
export const noiseFile = fileURLToPath(new URL('../../results/baselines/gate/noise.json', import.meta.url));
const folder = fileURLToPath(new URL('.', import.meta.url));
const main = process.env.SPILLWAY_MAIN ?? fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

const workloads = ['full-speed', 'paced'];

/** @param {unknown} figure */
const rounded = (figure) => (typeof figure === 'number' ? Number(figure.toPrecision(6)) : null);

/**
 * Runs so many trials of one workload, after two to warm up.
 * @param {string} workload
 * @param {number} count
 * @param {AbortSignal} stop
 * @returns {Promise<Recording>}
 */
const recordOne = async (workload, count, stop) => {
  const { runTrialsOf } = await fromDist('harness/regress/trial-runner.js');
  const { usualMetrics } = await fromDist('harness/regress/trial-figures.js');
  const program = {
    kind: 'spillway',
    command: [process.execPath, main],
    file: path.join(folder, `${workload}.yaml`),
  };
  /** @type {Record<string, number | null>[]} */
  const all = [];
  for (let trial = -2; trial < count; trial++) {
    const outcomes = await runTrialsOf(program, 1, stop);
    if (outcomes === null) throw new Error('interrupted: nothing was recorded');
    if (trial >= 0) all.push(outcomes[0].figures);
    if (trial % 20 === 0) process.stderr.write(`prove-gate: ${workload}, trial ${trial} of ${count}\n`);
  }
  const keys = usualMetrics
    .map((/** @type {{ key: string }} */ { key }) => key)
    .filter((/** @type {string} */ key) => all.every((figures) => typeof figures[key] === 'number'));
  return {
    workload,
    keys,
    trials: all.map((figures) => keys.map((/** @type {string} */ key) => rounded(figures[key]) ?? 0)),
  };
};

/** Records both workloads into a file. @param {string} file @param {number} count @param {AbortSignal} stop */
export const record = async (file, count, stop) => {
  /** @type {Recording[]} */
  const recordings = [];
  for (const workload of workloads) recordings.push(await recordOne(workload, count, stop));
  const head = {
    about: 'What trials measured, one after the other, while nothing changed: the noise that prove-gate draws from.',
    recordedAt: new Date().toISOString(),
    machine: `${os.cpus().length} × ${os.cpus()[0]?.model ?? 'unknown CPU'}, ${os.type()} ${os.release()}, Node ${process.version}`,
  };
  // A trial a line: a reviewer sees what changed.
  const bodies = recordings.map(
    ({ workload, keys, trials }) =>
      `    {\n      "workload": ${JSON.stringify(workload)},\n      "keys": ${JSON.stringify(keys)},\n      "trials": [\n${trials.map((row) => `        ${JSON.stringify(row)}`).join(',\n')}\n      ]\n    }`,
  );
  const lines = Object.entries(head).map(([name, value]) => `  ${JSON.stringify(name)}: ${JSON.stringify(value)},`);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, `{\n${lines.join('\n')}\n  "recordings": [\n${bodies.join(',\n')}\n  ]\n}\n`);
};

/** What is recorded. Throws when it cannot be read. @param {string} file @returns {{ recordedAt: string, machine: string, recordings: Recording[] }} */
export const readNoise = (file) => {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new Error(`no recorded noise can be read from ${file}: npm run prove-gate -- --record makes it`, {
      cause: error,
    });
  }
};
