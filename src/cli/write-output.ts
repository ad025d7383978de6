import { accessSync, constants, existsSync, linkSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { shownPath } from './console.ts';
import { UsageError } from './usage.ts';

const isFolder = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;

/**
 * Checks that a file can be written, before any work is done.
 * @param overwrites what is there may be replaced
 * @param flag what names another place
 * @throws UsageError when it is there and may not be replaced, or when its folder is missing or not writable
 */
export function checkOutput(path: string, overwrites: boolean, flag = '--output'): void {
  if (isFolder(path)) throw new UsageError(`${shownPath(path)} is a folder; name a file`);
  if (existsSync(path) && !overwrites)
    throw new UsageError(
      `${shownPath(path)} is there already; name another file by ${flag}, or give --force to replace it`,
    );
  const folder = dirname(path);
  if (!isFolder(folder))
    throw new UsageError(`${shownPath(folder)} is no folder; make it, or name another place by ${flag}`);
  try {
    accessSync(folder, constants.W_OK);
  } catch (error) {
    throw new UsageError(`${shownPath(folder)} cannot be written to; name another place by ${flag}`, { cause: error });
  }
}

/**
 * Writes a file that is whole at any moment: beside it first, then under its name.
 * Throws an Error of the file system when it cannot be written, and one of EEXIST when somebody else made it and it may not be replaced.
 */
export function writeOutput(path: string, text: string, overwrites: boolean): void {
  const beside = join(dirname(path), `.${basename(path)}.${process.pid}.new`);
  try {
    writeFileSync(beside, text, { flag: 'wx' });
    if (overwrites) renameSync(beside, path);
    else linkSync(beside, path);
  } finally {
    rmSync(beside, { force: true });
  }
}
