import { randomBytes } from 'node:crypto';
import { renameSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/** Longest name of a file or folder (NAME_MAX); a topic's name may take 249 of it. */
const MAX_FILE_NAME_LENGTH = 255;

/** Renames a partition's folder to `*-delete`, so that it is gone at once, and removes that. Throws the file system's error. */
export const removeLogFolder = (directory: string): void => {
  // As Kafka names it (`UnifiedLog.logDeleteDirName`): a restart recognises what a crash left behind.
  const suffix = `.${randomBytes(16).toString('hex')}-delete`;
  const name = basename(directory).slice(0, MAX_FILE_NAME_LENGTH - suffix.length);
  const doomed = join(dirname(directory), `${name}${suffix}`);
  renameSync(directory, doomed);
  rmSync(doomed, { recursive: true, force: true });
};
