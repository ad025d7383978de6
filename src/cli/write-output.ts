import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  linkSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { shownPath } from './console.ts';
import { UsageError } from './usage.ts';

const isFolder = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;

/** Devices, pipes, and what a shell opened: these are written to as they are, and never replaced. */
const isStream = (path: string): boolean =>
  /^\/(dev|proc)\//.test(path) || statSync(path, { throwIfNoEntry: false })?.isFile() === false;

/** Where a file really lies, so that a link stays one. */
const behindLinks = (path: string): string => {
  try {
    return realpathSync(path);
  } catch {
    return path; // Nothing is there yet.
  }
};

const mostNameLength = 50;

/** What a file is called until it is whole. */
const besideOf = (path: string): string =>
  join(dirname(path), `.${basename(path).slice(0, mostNameLength)}.${process.pid}.new`);

/**
 * Checks that a file can be written, before any work is done.
 * @param overwrites what is there may be replaced
 * @param flag what names another place
 * @throws UsageError when it is there and may not be replaced, or when it or its folder is missing or not writable
 */
export function checkOutput(path: string, overwrites: boolean, flag = '--output'): void {
  const refusal = (error: unknown, what = path): UsageError =>
    new UsageError(`${shownPath(what)} cannot be written to; name another place by ${flag}`, { cause: error });
  let isThere: boolean;
  try {
    isThere = statSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch (error) {
    throw refusal(error);
  }
  if (isThere && isFolder(path)) throw new UsageError(`${shownPath(path)} is a folder; name a file`);
  if (isThere && !overwrites)
    throw new UsageError(
      `${shownPath(path)} is there already; name another file by ${flag}, or give --force to replace it`,
    );
  if (isThere && isStream(path)) {
    try {
      accessSync(path, constants.W_OK);
      return;
    } catch (error) {
      throw refusal(error);
    }
  }
  const real = behindLinks(path);
  const folder = dirname(real);
  if (!isFolder(folder))
    throw new UsageError(`${shownPath(folder)} is no folder; make it, or name another place by ${flag}`);
  try {
    accessSync(folder, constants.W_OK);
    if (isThere) accessSync(real, constants.W_OK);
    // Permissions do not tell of all that may be in the way.
    const beside = besideOf(real);
    writeFileSync(beside, '', { flag: 'wx' });
    rmSync(beside);
  } catch (error) {
    throw refusal(error, isThere ? path : folder);
  }
}

/** Whether two paths are one file. What is no file, such as /dev/null, takes as many outputs as it is given. */
export const isSameOutput = (one: string, other: string): boolean => {
  const place = (path: string): string =>
    existsSync(path) ? behindLinks(path) : join(behindLinks(dirname(path)), basename(path));
  return place(resolve(one)) === place(resolve(other)) && !isStream(one);
};

/** Writes to a device, a pipe or what a shell opened. A pipe that nobody reads is an Error and does not wait. */
const writeThrough = (path: string, text: string): void => {
  if (statSync(path).isFIFO()) {
    const probe = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
    try {
      writeFileSync(path, text, { flag: 'a' });
    } finally {
      closeSync(probe);
    }
    return;
  }
  // What a shell opened may hold what was printed before.
  writeFileSync(path, text, { flag: 'a' });
};

/**
 * Writes a file that is whole at any moment: beside it first, then under its name. A link stays one; what is no file is written to.
 * Throws an Error of the file system when it cannot be written, and one of EEXIST when somebody else made it and it may not be replaced.
 */
export function writeOutput(path: string, text: string, overwrites: boolean): void {
  if (overwrites && existsSync(path) && isStream(path)) {
    writeThrough(path, text);
    return;
  }
  const real = overwrites ? behindLinks(path) : path;
  const beside = besideOf(real);
  try {
    writeFileSync(beside, text, { flag: 'wx' });
    if (overwrites) renameSync(beside, real);
    else linkSync(beside, real);
  } finally {
    rmSync(beside, { force: true });
  }
}
