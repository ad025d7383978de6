/** Reads what was kept of a run. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type CompleteRun, type PartialRun, runSchemaVersion } from './run-record.ts';

/** A run record that cannot be read; the message is one line that says which and why. */
export class RunRecordError extends Error {
  override readonly name = 'RunRecordError';
}

const readText = (path: string): string => {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    throw new RunRecordError(`${path} cannot be read (${reason}): give the folder of a run`, { cause: error });
  }
};

const parse = (path: string, text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new RunRecordError(`${path} is not JSON: it was cut off or changed`, { cause: error });
  }
};

const testFields = ['windows', 'environment', 'configuration'];

/** What a record of a command that ended has at least: without it, it was cut off or changed. */
const fieldsOf: ReadonlyMap<string, readonly string[]> = new Map([
  ['producer-perf-test', testFields],
  ['consumer-perf-test', testFields],
  ['e2e-latency', testFields],
  ['run', ['steps', 'trials', 'thresholds', 'environment']],
]);

const checkFields = (path: string, run: object): void => {
  if (!('command' in run) || typeof run.command !== 'string')
    throw new RunRecordError(`${path} is no run record: command is missing`);
  if ('isPartial' in run && run.isPartial === true) return;
  const missing = fieldsOf.get(run.command)?.find((field) => typeof Reflect.get(run, field) !== 'object');
  if (missing !== undefined)
    throw new RunRecordError(`${path} is damaged: a record of ${run.command} has ${missing}, and this one has not`);
};

/**
 * Reads `run.json` of a run's folder. A partial one is what a run that was killed leaves.
 * Throws a RunRecordError when it is missing, no run record, or of a newer schema than this program knows.
 */
export const readRun = (folder: string): CompleteRun | PartialRun => {
  const path = join(folder, 'run.json');
  const run = parse(path, readText(path));
  if (typeof run !== 'object' || run === null || !('schemaVersion' in run) || !('isPartial' in run)) {
    throw new RunRecordError(`${path} is no run record: schemaVersion or isPartial is missing`);
  }
  const { schemaVersion } = run;
  if (typeof schemaVersion !== 'number' || !Number.isInteger(schemaVersion) || schemaVersion < 1) {
    throw new RunRecordError(`${path} has no schema version, but ${JSON.stringify(schemaVersion)}`);
  }
  if (schemaVersion > runSchemaVersion) {
    throw new RunRecordError(
      `${path} has schema version ${schemaVersion}; this spillway reads up to ${runSchemaVersion}: update spillway`,
    );
  }
  checkFields(path, run);
  // The one place where bytes become a run: version 1 is what run-record.ts writes.
  return run as CompleteRun | PartialRun;
};
