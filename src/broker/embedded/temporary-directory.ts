import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BrokerStartError } from '../broker.ts';

const held = new Set<string>();

const remove = (path: string): void => {
  held.delete(path);
  rmSync(path, { recursive: true, force: true });
};

const removeAll = (): void => {
  for (const path of held) remove(path);
};

/**
 * Makes a folder for a broker's data, which goes when it is removed, or when the process exits without that.
 * @throws BrokerStartError when nothing can be made in the folder for temporary files
 */
export const makeTemporaryDirectory = (): { readonly path: string; readonly remove: () => void } => {
  let path: string;
  try {
    path = mkdtempSync(join(tmpdir(), 'spillway-broker-'));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const message = `no place for the data in ${tmpdir()}, the folder for temporary files: ${why}; give dataDir, or set TMPDIR to a folder that can be written`;
    throw new BrokerStartError(message, false, { cause: error });
  }
  if (held.size === 0) process.once('exit', removeAll);
  held.add(path);
  return {
    path,
    remove: () => {
      remove(path);
      if (held.size === 0) process.off('exit', removeAll);
    },
  };
};
