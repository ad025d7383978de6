/** Keeps the record of a run of a workload: while it goes on, a folder with its plan and a line for each trial; then run.json. */
import { appendFileSync, existsSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { RunRecordError } from './read-run.ts';
import { folderTime, openRecordFolder, replaceJson } from './record-folder.ts';
import { runSchemaVersion } from './run-record.ts';
import type { PartialWorkloadRun, WorkloadRun, WorkloadSoFar, WorkloadTrial } from './workload-run.ts';

/** The record of a run that is going on. */
export type WorkloadRecord = {
  /** Where it is until it ends. */
  readonly partial: string;
  /** Keeps a trial; throws an Error of the file system when it cannot be written. */
  add(trial: WorkloadTrial): void;
  /** Keeps what a run that stopped before its last trial has found; throws an Error of the file system when it cannot be written. */
  leave(run: WorkloadRun): void;
  /** Writes the whole run under its final name. @returns the run with `runRecord` set; throws an Error of the file system */
  finish(run: WorkloadRun): WorkloadRun;
  /** Removes what was begun. */
  discard(): void;
};

/** One trial a line, so that a run that is killed leaves whole ones. */
const trialsFile = 'trials.jsonl';
/** What reports show of a run that stopped; the trials are what it goes on with. */
const soFarFile = 'so-far.json';
const partialEnding = '.partial';

const recordIn = (partial: string, final: string): WorkloadRecord => ({
  partial,
  add: (trial) => appendFileSync(join(partial, trialsFile), `${JSON.stringify(trial)}\n`),
  leave({ elapsedSeconds, isInterrupted, failure, steps, thresholds, best, trials }) {
    const trialCount = trials.length;
    const soFar: WorkloadSoFar = { trialCount, elapsedSeconds, isInterrupted, failure, steps, thresholds, best };
    replaceJson(partial, soFarFile, soFar);
  },
  finish(run) {
    const complete = { ...run, runRecord: final };
    replaceJson(partial, 'run.json', complete);
    for (const name of [trialsFile, soFarFile]) rmSync(join(partial, name), { force: true });
    renameSync(partial, final);
    return complete;
  },
  discard: () => rmSync(partial, { recursive: true, force: true }),
});

/** Begins a record, `<date>-<workload>.partial`. Throws an Error of the file system when the folder cannot be made. */
export const beginWorkloadRecord = (resultsDir: string, plan: PartialWorkloadRun): WorkloadRecord => {
  const { partial, final } = openRecordFolder(resultsDir, `${folderTime(plan.startedAt)}-${plan.workload}`, plan);
  return recordIn(partial, final);
};

/** A run that was interrupted, to go on with. */
export type ResumedRun = {
  readonly plan: PartialWorkloadRun;
  readonly trials: readonly WorkloadTrial[];
  readonly record: WorkloadRecord;
};

const readText = (path: string): string => {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    throw new RunRecordError(`${path} cannot be read (${reason}): give the folder of an interrupted run`, {
      cause: error,
    });
  }
};

const parse = (path: string, text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new RunRecordError(`${path} is not JSON: it was cut off or changed`, { cause: error });
  }
};

/** The last line may have been cut off by a kill: then its trial runs again. */
const readTrials = (path: string): readonly WorkloadTrial[] => {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    // No trial had ended.
    return [];
  }
  // What bytes become is what add() wrote.
  return text
    .slice(0, text.lastIndexOf('\n') + 1)
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => parse(path, line) as WorkloadTrial);
};

/**
 * Opens the record of a run that was interrupted.
 * Throws a RunRecordError when it is none, has ended, or is of a newer schema than this program knows.
 */
export const resumeWorkloadRecord = (folder: string): ResumedRun => {
  const partial = resolve(folder);
  const path = join(partial, 'run.json');
  const run = parse(path, readText(path));
  if (
    typeof run !== 'object' ||
    run === null ||
    !('schemaVersion' in run) ||
    !('fingerprint' in run || 'isPartial' in run)
  )
    throw new RunRecordError(`${path} is no run record: schemaVersion or isPartial is missing`);
  if (typeof run.schemaVersion === 'number' && run.schemaVersion > runSchemaVersion)
    throw new RunRecordError(
      `${path} has schema version ${run.schemaVersion}; this spillway reads up to ${runSchemaVersion}: update spillway`,
    );
  if (
    !('command' in run) ||
    run.command !== 'run' ||
    !('isPartial' in run) ||
    run.isPartial !== true ||
    !partial.endsWith(partialEnding)
  )
    throw new RunRecordError(`${path} is of no run that was interrupted: there is nothing to resume`);
  const final = join(dirname(partial), basename(partial).slice(0, -partialEnding.length));
  return {
    plan: run as PartialWorkloadRun,
    trials: readTrials(join(partial, trialsFile)),
    record: recordIn(partial, final),
  };
};

/** Trials of a run that did not end, and what it had found when it stopped. */
export type FoundSoFar = {
  readonly trials: readonly WorkloadTrial[];
  /** Null when the run was killed, or goes on. */
  readonly end: WorkloadSoFar | null;
};

/** Reads what there is of a run that did not end. Throws a RunRecordError when it was changed. */
export const readSoFar = (folder: string): FoundSoFar => {
  const trials = readTrials(join(folder, trialsFile));
  const path = join(folder, soFarFile);
  // What bytes become is what leave() wrote; a run that went on since then was killed.
  const end = existsSync(path) ? (parse(path, readText(path)) as WorkloadSoFar) : null;
  return { trials, end: end?.trialCount === trials.length ? end : null };
};
