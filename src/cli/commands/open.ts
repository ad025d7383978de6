import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { CommandModule, CommandRun } from '../command.ts';
import { type FlagTable, helpText, readFlags } from '../flags.ts';
import { folderOf, oneRun, resultsDirFlag, runWords, storedRun } from '../stored-runs.ts';
import { checkOutput, writeOutput } from '../write-output.ts';

const flagTable: FlagTable = { 'results-dir': resultsDirFlag };

/** `spillway open`: a run's page in the browser. */
export const command: CommandModule = {
  help: () =>
    helpText(flagTable, {
      usage: `spillway open RUN [flags]\n\nOpens the HTML report of a run in the browser, and prints its path; without a display it only prints it.\nA report that is not there is made. ${runWords}`,
      examples: [['spillway open latest', 'The page of the run that began last']],
      epilogue: 'Exit status: 0 done; 1 the report could not be made; 2 wrong usage, or a record that cannot be read.',
    }),
  run,
};

async function run({ argv, console }: CommandRun): Promise<number> {
  const flags = readFlags('open', flagTable, argv, true);
  const word = oneRun('open', flags);
  const folder = folderOf(flags, word, console);
  const path = join(folder, 'report.html');
  if (!existsSync(path)) {
    const stored = storedRun(flags, `${folder}/`, console);
    checkOutput(path, false, `spillway report ${word} --output`);
    const { reportPage } = await import('../../report/html/page.ts');
    writeOutput(path, await reportPage([stored]), false);
  }
  console.result(path);
  const opener = openerOf(process.platform, process.env);
  if (opener !== null && !(await isStarted(opener, path)))
    console.note(`${opener} is not installed: open the file yourself`);
  return 0;
}

/** The program that opens files with what they are for; null when there is no display. */
function openerOf(platform: string, env: NodeJS.ProcessEnv): string | null {
  if (platform === 'darwin') return 'open';
  return platform === 'linux' && (env.DISPLAY || env.WAYLAND_DISPLAY) ? 'xdg-open' : null;
}

const isStarted = (program: string, path: string): Promise<boolean> =>
  new Promise((resolve) => {
    const child = spawn(program, [path], { detached: true, stdio: 'ignore' });
    child.once('error', () => resolve(false));
    child.once('spawn', () => {
      child.unref();
      resolve(true);
    });
  });
