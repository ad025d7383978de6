/** Baseline files: small JSON that people review, one trial a line. */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { makeFolder } from '../measure/folder.ts';
import { nearest } from '../measure/nearest.ts';
import { type Baseline, type BaselineTrial, baselineSchemaVersion } from './baseline.ts';

/** A baseline that cannot be used; the message is one line that says which and why. */
export class BaselineError extends Error {
  override readonly name = 'BaselineError';
}

const ending = '.json';
const legalName = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;
const significantDigits = 6;

/** The folder of baselines below a results directory. */
export const baselineFolder = (resultsDir: string): string => join(resultsDir, 'baselines');

/** Throws a BaselineError for a name that is no plain file name. */
export const requireBaselineName = (name: string): string => {
  if (legalName.test(name)) return name;
  throw new BaselineError(
    `a baseline's name is 1 to 100 letters, digits, dots, dashes and underscores, and begins with a letter or digit; got ${JSON.stringify(name)}`,
  );
};

const rounded = (value: number | null): number | null =>
  value === null ? null : Number(value.toPrecision(significantDigits));

const short = ({ startedAt, figures, quantilesMs }: BaselineTrial): BaselineTrial => ({
  startedAt,
  figures: Object.fromEntries(Object.entries(figures).map(([key, value]) => [key, rounded(value)])),
  quantilesMs: quantilesMs?.map((value) => Number(value.toPrecision(significantDigits))) ?? null,
});

/** Of all that a file holds, however it is laid out. */
const checksumOf = (content: object): string => createHash('sha256').update(JSON.stringify(content)).digest('hex');

/** The text of a baseline file: figures with six digits, which is more than trials agree in, and a checksum of it all. */
export const baselineText = (baseline: Baseline): string => {
  const { trials, ...rest } = baseline;
  // The text that is hashed is of what will be read.
  const content = JSON.parse(JSON.stringify({ ...rest, trials: trials.map(short) }));
  const head = { checksum: checksumOf(content), ...rest };
  const lines = trials.map((trial) => `    ${JSON.stringify(short(trial))}`);
  const text = JSON.stringify(head, null, 2);
  return `${text.slice(0, -2)},\n  "trials": [\n${lines.join(',\n')}\n  ]\n}\n`;
};

const hasFields = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isTrial = (value: unknown): boolean =>
  hasFields(value) &&
  typeof value.startedAt === 'string' &&
  hasFields(value.figures) &&
  Object.values(value.figures).every((figure) => figure === null || typeof figure === 'number') &&
  (value.quantilesMs === null || Array.isArray(value.quantilesMs));

const isIdentity = (value: unknown): boolean =>
  value === null || (hasFields(value) && typeof value.fingerprint === 'string' && hasFields(value.settings));

/** What is wrong with a document; null for a baseline of this version. */
const fault = (document: unknown): string | null => {
  if (!hasFields(document) || document.kind !== 'spillway-baseline')
    return 'is no baseline: "kind" must be "spillway-baseline"; spillway baseline save makes one of a run';
  if (document.schemaVersion !== baselineSchemaVersion)
    return `has schema version ${JSON.stringify(document.schemaVersion)}, and this spillway compares version ${baselineSchemaVersion}: save it anew with this version`;
  const { trials, workload, environment, trialsRan, metrics, quantiles, name, savedAt } = document;
  if (!Array.isArray(trials) || !trials.every(isTrial)) return 'holds a trial that cannot be read: it was changed';
  if (trials.length === 0) return 'holds no trial';
  const isWhole =
    isIdentity(workload) &&
    hasFields(environment) &&
    (trialsRan === 'apart' || trialsRan === 'together') &&
    Array.isArray(metrics) &&
    Array.isArray(quantiles) &&
    typeof name === 'string' &&
    typeof savedAt === 'string';
  if (!isWhole) return 'lacks a part of what a baseline holds: it was changed; save it anew';
  const { checksum, ...content } = document;
  return checksum === checksumOf(content)
    ? null
    : 'was changed after it was saved: its checksum does not fit what it holds; save it anew';
};

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : String(error);

/** Reads a baseline file. Throws a BaselineError when it is missing, changed, none, or of another schema version. */
export const readBaseline = (path: string): Baseline => {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new BaselineError(`the baseline ${path} cannot be read (${codeOf(error)})`, { cause: error });
  }
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (error) {
    throw new BaselineError(`the baseline ${path} is not JSON: it was cut off or changed`, { cause: error });
  }
  const wrong = fault(document);
  if (wrong !== null) throw new BaselineError(`the baseline ${path} ${wrong}`);
  // The one place where bytes become a baseline.
  const { checksum: _, ...baseline } = document as Baseline & { readonly checksum: string };
  return baseline;
};

/** Names of the baselines in a folder, in order; none when there is no folder. */
export const baselineNames = (folder: string): readonly string[] => {
  try {
    return readdirSync(folder)
      .filter((name) => name.endsWith(ending))
      .map((name) => basename(name, ending))
      .toSorted();
  } catch {
    // No baseline was saved yet.
    return [];
  }
};

/** Where a baseline lies: a path, or a name in the folder. Throws a BaselineError with the nearest name when there is none. */
export const findBaseline = (folder: string, word: string): string => {
  if (/[/\\]/.test(word) || word.endsWith(ending)) {
    const path = /[/\\]/.test(word) || existsSync(word) ? word : join(folder, word);
    if (existsSync(path)) return path;
    throw new BaselineError(`there is no baseline file ${path}`);
  }
  const path = join(folder, `${word}${ending}`);
  if (existsSync(path)) return path;
  const names = baselineNames(folder);
  const meant = nearest(word, names);
  const hint =
    names.length === 0
      ? `${folder} holds none; spillway baseline save NAME RUN keeps one`
      : meant === null
        ? `there are ${names.join(', ')}`
        : `did you mean ${meant}?`;
  throw new BaselineError(`no baseline is named ${JSON.stringify(word)}: ${hint}`);
};

/** Throws a BaselineError when a baseline of the name is there already and may not be replaced. */
export const requireFreeName = (folder: string, name: string, mayReplace: boolean): void => {
  const path = join(folder, `${name}${ending}`);
  if (existsSync(path) && !mayReplace)
    throw new BaselineError(`the baseline ${path} is there already: take another name, or --force to replace it`);
};

/**
 * Writes a baseline whole or not at all. @returns its path
 * Throws a BaselineError when it is there already and may not be replaced, an Error of the file system when it cannot be written.
 */
export const saveBaseline = (folder: string, baseline: Baseline, mayReplace: boolean): string => {
  const path = join(folder, `${requireBaselineName(baseline.name)}${ending}`);
  requireFreeName(folder, baseline.name, mayReplace);
  makeFolder(folder);
  const fresh = `${path}.new`;
  writeFileSync(fresh, baselineText(baseline));
  renameSync(fresh, path);
  return path;
};

/** Removes a baseline. */
export const removeBaseline = (path: string): void => rmSync(path);
