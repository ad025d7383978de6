/**
 * Runs the unit tests with other releases of Node than the one that is installed, fetched from npm into `.cache/`.
 *
 *     node scripts/node-versions.mjs [22 24 ...] [-- FILTER ...]
 *
 * What the words after `--` say goes to vitest as it is: folders or files to run. Needs a build in `dist/`, on which the tests
 * that start processes run. VITEST_JSON names where reports go: FILE becomes FILE.22, FILE.24. Ends with status 1 when a test
 * fails. Node 22.15 and later have a zstd of their own, so that tests of compression run there with another one than on Node 20.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** Releases beside the oldest that is supported, which runs the whole suite anyway. */
const RELEASES = ['22', '24'];

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');
const cacheDirectory = path.join(root, '.cache');

/**
 * The newest Node of a release that npm has, fetching it first when it is not there yet.
 *
 * @param {string} release a major version
 * @returns {string} path of the program
 * @throws {Error} when npm cannot fetch it, or has none for this machine
 */
export function fetchNode(release) {
  if (!/^\d+$/.test(release))
    throw new Error(`expected a major version of Node such as 22; got ${JSON.stringify(release)}`);
  const directory = path.join(cacheDirectory, `node-${release}`);
  const name = `node-${process.platform}-${process.arch}`;
  const program = path.join(directory, 'node_modules', name, 'bin', 'node');
  if (existsSync(program)) return program;
  mkdirSync(cacheDirectory, { recursive: true });
  const unfinished = mkdtempSync(path.join(cacheDirectory, 'node-fetch-'));
  try {
    const flags = ['--no-save', '--no-package-lock', '--no-audit', '--no-fund', '--silent'];
    execFileSync('npm', ['install', '--prefix', unfinished, ...flags, `${name}@${release}`], {
      cwd: unfinished,
      stdio: ['ignore', 2, 2],
    });
    // Appears whole or not at all: a fetch that is interrupted leaves nothing under this name.
    rmSync(directory, { recursive: true, force: true });
    renameSync(unfinished, directory);
  } catch (error) {
    throw new Error(`could not fetch Node ${release} with npm (${name}@${release})`, { cause: error });
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
  return program;
}

/**
 * @param {string} release
 * @param {readonly string[]} filters
 * @returns {boolean} whether all tests passed
 */
function runTests(release, filters) {
  const program = fetchNode(release);
  const version = execFileSync(program, ['--version'], { encoding: 'utf8' }).trim();
  console.log(`unit tests with Node ${version}`);
  // Programs start from code that their own V8 compiled, as they do after a build with this Node.
  execFileSync(program, [path.join(root, 'scripts/bundle/code-cache.mjs'), path.join(root, 'dist')]);
  const report = process.env.VITEST_JSON;
  const vitest = path.join(root, 'node_modules/vitest/vitest.mjs');
  const { status } = spawnSync(program, [vitest, 'run', ...filters], {
    cwd: root,
    // Tests that start `node` by its name, and tools with a `node` in their first line, are to get this one as well.
    env: {
      ...process.env,
      PATH: `${path.dirname(program)}${path.delimiter}${process.env.PATH ?? ''}`,
      ...(report === undefined ? {} : { VITEST_JSON: `${report}.${release}` }),
    },
    stdio: 'inherit',
  });
  return status === 0;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const words = process.argv.slice(2);
  const end = words.indexOf('--');
  const releases = end === -1 ? words : words.slice(0, end);
  const filters = end === -1 ? [] : words.slice(end + 1);
  const results = (releases.length === 0 ? RELEASES : releases).map((release) => runTests(release, filters));
  process.exitCode = results.every(Boolean) ? 0 : 1;
}
