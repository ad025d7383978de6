/** What a Spillway is given to run a side: a workload file of one step, which only this user may read. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Step, Workload } from '../run-workload/workloads.ts';

/** A folder for such files. */
export type SideFiles = {
  /**
   * Writes a side's workload: the step's settings without its sweep, thresholds and number of trials. JSON is YAML that every build reads.
   * @param folder what files that it names are seen from
   * @returns its path
   */
  write(side: string, workload: Workload, step: Pick<Step, 'settings'>, name: string, folder: string): string;
  remove(): void;
};

/** Files that a workload names lie beside it, and this one lies elsewhere. */
const withPlaces = ({ payload, clientFile, ...settings }: Step['settings'], folder: string): Step['settings'] => ({
  ...settings,
  ...(clientFile === undefined ? {} : { clientFile: resolve(folder, clientFile) }),
  ...(payload === undefined
    ? {}
    : { payload: payload.file === undefined ? payload : { ...payload, file: resolve(folder, payload.file) } }),
});

/** Makes a folder for workload files of sides; Errors of the file system are its callers'. */
export const openSideFiles = (): SideFiles => {
  const temporary = mkdtempSync(join(tmpdir(), 'spillway-regress-'));
  const remove = (): void => rmSync(temporary, { recursive: true, force: true });
  // A second Ctrl-C ends the process at once, and the files may hold secrets.
  process.once('exit', remove);
  return {
    write(side, { target }, { settings }, name, folder) {
      const path = join(temporary, `${side}.yaml`);
      const document = { name, ...(target === undefined ? {} : { target }), ...withPlaces(settings, folder) };
      writeFileSync(path, `${JSON.stringify(document, null, 2)}\n`, { mode: 0o600 });
      return path;
    },
    remove() {
      process.off('exit', remove);
      remove();
    },
  };
};
