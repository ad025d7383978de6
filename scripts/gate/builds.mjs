// The two builds that the gate compares: folders with package.json, scripts and dist.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** This checkout. */
export const root = fileURLToPath(new URL('../..', import.meta.url));

const referenceFile = path.join(root, 'results/baselines/gate/reference.json');

/** What cannot be done, in a line. */
export class GateError extends Error {
  /** @param {string} message @param {number} status exit status */
  constructor(message, status = 1) {
    super(message);
    this.status = status;
  }
}

/** Exit status when there is nothing to compare with, a clone without the reference commit, or a comparison was refused. */
export const NOT_COMPARED = 4;

/** @param {string} file @param {readonly string[]} args @param {string} cwd @param {Record<string, string>} [environment] */
const runIn = (file, args, cwd, environment = {}) =>
  spawnSync(file, args, {
    cwd,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    env: { ...process.env, ...environment },
  });

/** @param {readonly string[]} args @returns {string | null} */
const git = (args) => {
  const { status, stdout } = runIn('git', args, root);
  return status === 0 ? stdout.trim() : null;
};

/** The reference commit, and why it is that one. @returns {{ commit: string, because: string }} */
export const readReference = () => {
  try {
    const { commit, because } = JSON.parse(readFileSync(referenceFile, 'utf8'));
    if (/^[0-9a-f]{40}$/.test(commit)) return { commit, because };
  } catch {
    // Said below.
  }
  throw new GateError(
    `${referenceFile} names no commit; npm run gate -- --move-reference COMMIT --because "WHY" writes it`,
  );
};

/** Makes another commit the reference. @param {string} name @param {string} because */
export const moveReference = (name, because) => {
  const commit = git(['rev-parse', '--verify', `${name}^{commit}`]);
  if (commit === null) throw new GateError(`${name} is no commit of this repository`, 2);
  mkdirSync(path.dirname(referenceFile), { recursive: true });
  writeFileSync(referenceFile, `${JSON.stringify({ commit, because }, null, 2)}\n`);
  return commit;
};

/** True when the commit is here, or could be fetched: a shallow clone has only the newest. @param {string} commit */
const hasCommit = (commit) =>
  git(['cat-file', '-e', `${commit}^{commit}`]) !== null || git(['fetch', '--depth', '1', 'origin', commit]) !== null;

/** The packages that a build runs with, as its lock file names them; those that only developers need are left out. @param {string} folder */
const runtimePackages = (folder) => {
  const { packages } = JSON.parse(readFileSync(path.join(folder, 'package-lock.json'), 'utf8'));
  return JSON.stringify(
    Object.entries(packages)
      .filter(([name, { dev }]) => name !== '' && dev !== true)
      .map(([name, { version }]) => [name, version]),
  );
};

/** The dependencies of a folder: those of this checkout when both run with the same, else its own. @param {string} folder */
const linkPackages = (folder) => {
  if (runtimePackages(folder) === runtimePackages(root)) {
    symlinkSync(path.join(root, 'node_modules'), path.join(folder, 'node_modules'));
    return;
  }
  const { status, stderr } = runIn('npm', ['ci', '--ignore-scripts'], folder);
  if (status !== 0)
    throw new GateError(`the packages of ${folder} cannot be installed: ${stderr.trim().split('\n').at(-1)}`);
};

/** Builds a folder as `npm run build` does. @param {string} folder */
const build = (folder) => {
  const { status, stdout, stderr } = runIn('npm', ['run', 'build'], folder);
  if (status !== 0)
    throw new GateError(`${folder} cannot be built: ${`${stdout}${stderr}`.trim().split('\n').slice(-3).join(' / ')}`);
};

/**
 * A commit's files, without its history, changed and built in a folder.
 * @param {string} commit
 * @param {string} folder must not be there yet
 * @param {(folder: string) => void} [change]
 */
export const buildCommit = (commit, folder, change = () => {}) => {
  mkdirSync(folder, { recursive: true });
  const archive = path.join(folder, 'commit.tar');
  if (git(['archive', '--output', archive, commit]) === null) throw new GateError(`${commit} cannot be read from git`);
  if (runIn('tar', ['-xf', archive], folder).status !== 0) throw new GateError(`${archive} cannot be unpacked`);
  rmSync(archive);
  linkPackages(folder);
  change(folder);
  build(folder);
};

/**
 * The reference, built. It is kept in `.cache/gate` for the next time.
 * @param {string} commit
 * @returns {string} its folder; throws a GateError when the commit is not here, or cannot be built
 */
export const referenceBuild = (commit) => {
  const folder = path.join(root, '.cache/gate', commit);
  if (existsSync(path.join(folder, 'dist/cli/main.js')) && existsSync(path.join(folder, 'node_modules'))) return folder;
  if (!hasCommit(commit))
    throw new GateError(
      `the reference commit ${commit} is not in this clone, and cannot be fetched: clone with the whole history (fetch-depth: 0)`,
      NOT_COMPARED,
    );
  const unfinished = `${folder}.partial`;
  rmSync(unfinished, { recursive: true, force: true });
  rmSync(folder, { recursive: true, force: true });
  buildCommit(commit, unfinished);
  renameSync(unfinished, folder);
  return folder;
};
