/** Finds workload files: a path, or the name of one that comes with the program. */
import { readdirSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { didYouMean } from '../client/properties/nearest.ts';
import { readFailure, readInputFile } from './input-file.ts';
import { quoted, UsageError } from './usage.ts';

const builtInFolder = fileURLToPath(new URL('../../workloads/', import.meta.url));

/** A workload file as it was found. */
export type WorkloadFile = {
  /** What messages call it. */
  readonly shown: string;
  readonly path: string;
  /** Its name without ending. */
  readonly name: string;
  readonly text: string;
};

const isYaml = (name: string): boolean => /\.ya?ml$/.test(name);
const withoutEnding = (name: string): string => name.replace(/\.ya?ml$/, '');

/** Names of the workloads that come with the program. */
export const builtInNames = (): readonly string[] =>
  readdirSync(builtInFolder).filter(isYaml).map(withoutEnding).toSorted();

/** Each of them with the first line of its comment. */
export const builtInWorkloads = (): readonly { readonly name: string; readonly about: string }[] =>
  builtInNames().map((name) => {
    const text = readInputFile(`${builtInFolder}${name}.yaml`).toString('utf8');
    return { name, about: /^# ?(.*)$/m.exec(text)?.[1] ?? '' };
  });

/**
 * Finds a workload by its path or name.
 * @throws UsageError for a file that cannot be read, and an unknown name with the nearest one.
 */
export function findWorkload(word: string): WorkloadFile {
  const isPath = isYaml(word) || word.includes('/');
  if (!isPath && !builtInNames().includes(word))
    throw new UsageError(
      `no workload is named ${quoted(word)}; ${didYouMean(word, builtInNames(), 'spillway workloads lists them.')} A file of your own ends in .yaml.`,
    );
  const path = isPath ? word : `${builtInFolder}${word}.yaml`;
  try {
    const name = withoutEnding(basename(path))
      .replace(/[^A-Za-z0-9._-]+/g, '_')
      .slice(0, 100);
    return { shown: isPath ? path : `${word}.yaml`, path, name, text: readInputFile(path).toString('utf8') };
  } catch (error) {
    throw new UsageError(`a workload must be a readable YAML file; ${readFailure(path, error)}`, { cause: error });
  }
}
