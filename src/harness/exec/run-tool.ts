/** One trial of a load generator of somebody else's: started, watched, read, and its files removed. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ExternalTool, ToolLoad } from './external-tool.ts';
import type { ToolFigures } from './figures.ts';
import { hideSecrets } from './hide-secrets.ts';
import { type ProgramEnd, runProgram } from './run-process.ts';

/** How a tool is run. */
export type ToolTrialOptions = {
  readonly kafkaHome: string | null;
  readonly stop: AbortSignal;
  /** Told how many records the tool has said so far. */
  onRecords?(records: number): void;
  /** For a tool that prints nothing of its progress and never ends: how many records there are by another account. */
  countRecords?(): Promise<number>;
};

/** What came of it. */
export type ToolTrial = {
  /** Null when the tool printed none that can be read. */
  readonly figures: ToolFigures | null;
  readonly end: ProgramEnd;
  readonly version: string | null;
  readonly notes: readonly string[];
  /** What went wrong, in one line; null when nothing did. */
  readonly failure: string | null;
};

const longestComplaint = 300;
/** A tool that never ends is looked at so often. */
const countEveryMs = 200;

/** What a program said that tells most of why it failed, without the secrets that it was given. */
const complaintOf = ({ stdout, stderr }: ProgramEnd, { properties }: ToolLoad): string => {
  const lines = `${stdout}\n${stderr}`.split(/\r?\n/).filter((line) => line.trim() !== '');
  const isTelling = (line: string): boolean => /error|exception|fail|invalid|unrecognized|required|refused/i.test(line);
  const line =
    lines.findLast((each) => isTelling(each) && !/^\s+at /.test(each)) ?? lines.at(-1) ?? 'it printed nothing';
  return hideSecrets(line.trim(), properties).slice(0, longestComplaint);
};

const failureOf = (end: ProgramEnd, figures: ToolFigures | null, load: ToolLoad): string | null => {
  if (!end.isStopped && end.status !== 0)
    return `it ended with ${end.status === null ? 'a signal' : `status ${end.status}`}: ${complaintOf(end, load)}`;
  if (figures !== null) return null;
  // What it printed tells more than what it said beside it.
  const printed = end.stdout.trim() === '' ? end : { ...end, stderr: '' };
  return `it printed no figures that can be read: ${complaintOf(printed, load)}`;
};

/**
 * Runs a tool once. Resolves also when the tool fails; rejects with an ExternalToolError when it cannot be asked for this load.
 * Nothing is left behind.
 */
export const runTool = async (tool: ExternalTool, load: ToolLoad, options: ToolTrialOptions): Promise<ToolTrial> => {
  const folder = mkdtempSync(join(tmpdir(), 'spillway-exec-'));
  const enough = new AbortController();
  const ended = new AbortController();
  try {
    const run = tool.prepare(load, {
      kafkaHome: options.kafkaHome,
      writeFile(name, text) {
        const path = join(folder, name);
        writeFileSync(path, text, { mode: 0o600 });
        return path;
      },
    });
    let records = 0;
    const running = runProgram(run.program, {
      stop: AbortSignal.any([options.stop, enough.signal]),
      onLine(line) {
        const more = run.recordsOf(line);
        if (more === null) return;
        records += more;
        options.onRecords?.(records);
        if (!run.endsItself && records >= load.recordCount) enough.abort();
      },
    });
    const counting = run.endsItself ? null : stopWhenCounted(load.recordCount, options, enough, ended.signal);
    const end = await running;
    ended.abort();
    await counting;
    const figures = run.read(end.stdout);
    return { figures, end, version: run.version, notes: run.notes, failure: failureOf(end, figures, load) };
  } finally {
    ended.abort();
    rmSync(folder, { recursive: true, force: true });
  }
};

const stopWhenCounted = async (
  wanted: number,
  { countRecords }: ToolTrialOptions,
  enough: AbortController,
  ended: AbortSignal,
): Promise<void> => {
  if (countRecords === undefined) return;
  while (!ended.aborted && !enough.signal.aborted) {
    if ((await countRecords()) >= wanted) enough.abort();
    else await sleep(countEveryMs, undefined, { signal: ended }).catch(() => {});
  }
};
