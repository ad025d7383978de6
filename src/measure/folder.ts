/** Makes folders for data and results. */
import { mkdirSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

const isThere = (path: string): boolean => statSync(path, { throwIfNoEntry: false }) !== undefined;

const isFolder = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;

const makeOne = (path: string): void => {
  try {
    mkdirSync(path);
  } catch (error) {
    // Somebody else was quicker, which is as good.
    if (!isFolder(path)) throw error;
  }
};

/**
 * Makes a folder with all its missing parents; does nothing when it is there. Throws the file system's error, such as EEXIST
 * when a file stands in its place, or ENOENT under `/proc`.
 *
 * Node's own `mkdirSync(path, { recursive: true })` never returns under `/proc`, where a parent is there and nothing can be made
 * in it (ENOENT): it makes the parent again and again.
 */
export const makeFolder = (path: string): void => {
  const folder = resolve(path);
  const missing: string[] = [];
  for (let each = folder; !isThere(each) && each !== dirname(each); each = dirname(each)) missing.push(each);
  for (const each of missing.toReversed()) makeOne(each);
  // A file in its place: the system says so.
  if (!isFolder(folder)) mkdirSync(folder);
};
