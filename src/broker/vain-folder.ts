import { readdirSync, rmdirSync, rmSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

/** What a folder was like before a start: how to leave it so again when the start fails. */
export type FolderBefore = {
  /** True when nothing was in it, so that all that is there afterwards was made by the start. */
  readonly wasEmpty: boolean;
  /** Removes what is in a folder that was empty, but for `kept`: call it while the folder is still locked. */
  empty(kept: string): void;
  /** Removes the folder and its parents as far as they were missing and are empty now. */
  remove(): void;
};

/** Looks at a folder that is about to be made or filled; one that cannot be looked at counts as full. */
export const folderBefore = (path: string): FolderBefore => {
  const folder = resolve(path);
  const missing: string[] = [];
  for (let each = folder; isMissing(each) && each !== dirname(each); each = dirname(each)) missing.push(each);
  const wasEmpty = missing.length > 0 || isEmpty(folder);
  return {
    wasEmpty,
    empty: (kept) => {
      if (!wasEmpty || isMissing(folder)) return;
      for (const name of readdirSync(folder)) if (name !== kept) rmSync(join(folder, name), { recursive: true });
    },
    remove: () => {
      for (const each of missing) {
        try {
          rmdirSync(each);
        } catch {
          // Somebody else uses it by now, or it was never made.
          return;
        }
      }
    },
  };
};

const isMissing = (path: string): boolean => {
  try {
    return statSync(path, { throwIfNoEntry: false }) === undefined;
  } catch {
    // What hides behind a folder that may not be searched is there or not; opening it says what is wrong.
    return false;
  }
};

const isEmpty = (folder: string): boolean => {
  try {
    return readdirSync(folder).length === 0;
  } catch {
    return false;
  }
};
