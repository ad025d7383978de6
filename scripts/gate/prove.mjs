/**
 * Shows that the gate does its work: three times it lets a branch without changes pass, and three times it stops one whose produce path takes 15 % longer.
 *
 *     npm run build && node scripts/gate/prove.mjs [--rounds 3] [--slowdown 0.15] [--only empty|slow] [--case micro|produce|consume]
 *
 * All three builds are of HEAD, each in a folder of its own: what is not committed does not take part. Half an hour for three rounds. Exit status 1 when a
 * round ends otherwise.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { median } from '../bench/table.mjs';
import { buildCommit, GateError, root } from './builds.mjs';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    slowdown: { type: 'string', default: '0.15' },
    only: { type: 'string' },
    case: { type: 'string' },
  },
});
const rounds = Number(values.rounds);
const slowdown = Number(values.slowdown);
if (!(Number.isSafeInteger(rounds) && rounds >= 1 && slowdown > 0)) {
  process.stderr.write('prove: --rounds takes a whole number, 1 or more, --slowdown a share above 0, such as 0.15\n');
  process.exit(2);
}

/** Nanoseconds that a record takes on its way to the broker, at full speed: the median of five tests. @param {string} build */
const nanosecondsPerRecord = (build) => {
  const rates = Array.from({ length: 5 }, () => {
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [
        path.join(build, 'dist/cli/main.js'),
        'run',
        path.join(root, 'scripts/gate/produce.yaml'),
        '--json',
        '--no-record',
      ],
      { encoding: 'utf8', maxBuffer: 1 << 28 },
    );
    if (status !== 0) throw new GateError(`the reference cannot be measured: ${stderr.trim().split('\n').at(-1)}`);
    const result = JSON.parse(stdout).trials[0].result;
    return (result.steadyState ?? result).recordsPerSecond;
  });
  return 1e9 / median(rates);
};

/** Makes each batch that the producer closes wait, busily, so long for each of its records. @param {string} folder @param {number} nanoseconds */
const slowDown = (folder, nanoseconds) => {
  const file = path.join(folder, 'src/client/produce-batch.ts');
  const source = readFileSync(file, 'utf8');
  const changed = source.replace(
    /^ {2}finish\(.*\{\n/m,
    (line) =>
      `${line}    const until = performance.now() + this.recordCount * ${(nanoseconds / 1e6).toExponential(4)};\n    while (performance.now() < until);\n`,
  );
  if (changed === source) throw new GateError(`${file} has no method finish to slow down`);
  writeFileSync(file, changed);
};

/** @param {string} reference @param {string} candidate */
const gate = async (reference, candidate) => {
  const only = values.case === undefined ? [] : ['--only', values.case];
  const child = spawn(
    process.execPath,
    [path.join(root, 'scripts/gate/main.mjs'), '--reference', reference, '--candidate', candidate, ...only],
    { stdio: 'inherit' },
  );
  const [status] = await once(child, 'close');
  return status;
};

const directory = mkdtempSync(path.join(tmpdir(), 'spillway-gate-'));
try {
  const reference = path.join(directory, 'reference');
  buildCommit('HEAD', reference);
  const branches = [
    { name: 'empty', wanted: 0, change: () => {} },
    {
      name: 'slow',
      wanted: 3,
      change: (/** @type {string} */ folder) => {
        const own = nanosecondsPerRecord(reference);
        process.stderr.write(
          `prove: ${own.toFixed(0)} ns a record; ${(own * slowdown).toFixed(0)} ns more on the slow branch\n`,
        );
        slowDown(folder, own * slowdown);
      },
    },
  ].filter(({ name }) => values.only === undefined || values.only === name);
  /** @type {string[]} */
  const lines = [];
  let isAsWanted = branches.length > 0;
  for (const { name, change } of branches) buildCommit('HEAD', path.join(directory, name), change);
  for (let round = 1; round <= rounds; round++) {
    for (const { name, wanted } of branches) {
      const status = await gate(reference, path.join(directory, name));
      if (status !== wanted) isAsWanted = false;
      lines.push(`round ${round}: the ${name} branch ended with ${status}, wanted ${wanted}`);
      process.stdout.write(`${lines.at(-1)}\n`);
    }
  }
  process.stdout.write(`\n${lines.join('\n')}\n`);
  process.exitCode = isAsWanted ? 0 : 1;
} catch (error) {
  process.stderr.write(`prove: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
} finally {
  rmSync(directory, { recursive: true, force: true });
}
