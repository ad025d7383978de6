/** Commands of sides: which of them are builds of Spillway, and whether they are there. */
import { fileURLToPath } from 'node:url';
import { CommandLineError, splitCommandLine } from '../exec/command-line.ts';
import { findProgram, whyNoProgram } from '../exec/external-tool.ts';
import { runProgram } from '../exec/run-process.ts';
import { externalToolNames } from '../exec/tools.ts';
import { TestFailure } from '../failure.ts';

/** This Spillway, as other builds are run: a process for each trial. */
export const ownCommand: readonly string[] = [
  process.execPath,
  fileURLToPath(new URL('../../cli/main.js', import.meta.url)),
];

/** Whether a command is a load generator: one that we know by name, or one with places such as `{topic}` that are filled in. */
export const isGenerator = (text: string): boolean =>
  externalToolNames.includes(text) || /\{[A-Za-z][A-Za-z.-]*\}/.test(text);

/** The words of a command whose program is there. Throws a TestFailure for wrong usage else. */
export const commandWords = (text: string): readonly string[] => {
  try {
    const words = splitCommandLine(text);
    const [name = ''] = words;
    const found = findProgram(name);
    if (found === null)
      throw new TestFailure(`${JSON.stringify(text)} cannot be run: ${whyNoProgram(name)}`, { isUsage: true });
    return [found, ...words.slice(1)];
  } catch (error) {
    if (!(error instanceof CommandLineError)) throw error;
    throw new TestFailure(`${JSON.stringify(text)} cannot be run: ${error.message}`, { cause: error, isUsage: true });
  }
};

/** Asks a build for its version, such as `spillway 0.4.0`. Rejects with a TestFailure for wrong usage when it is no Spillway. */
export const versionOfBuild = async (words: readonly string[], stop: AbortSignal): Promise<string> => {
  const [file = '', ...args] = words;
  const end = await runProgram({ file, args: [...args, '--version'], environment: {} }, { stop, onLine: () => {} });
  const version = /^spillway \S+$/m.exec(end.stdout)?.[0];
  if (version !== undefined) return version;
  const said = `${end.stdout}\n${end.stderr}`.trim().split('\n')[0] ?? '';
  throw new TestFailure(
    `${words.join(' ')} is no Spillway: to --version it said ${JSON.stringify(said.slice(0, 200))}; give the command of a build, such as 'node dist/cli/main.js', or a load generator with places such as {bootstrap}, {topic} and {records}`,
    { isUsage: true },
  );
};
