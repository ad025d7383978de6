import { listLines } from '../../report/run-text.ts';
import type { CommandModule, CommandRun } from '../command.ts';
import { type FlagTable, helpText, readFlags } from '../flags.ts';
import { allRuns, resultsDirFlag } from '../stored-runs.ts';

const flagTable: FlagTable = { 'results-dir': resultsDirFlag };

/** `spillway list`: the runs that were kept. */
export const command: CommandModule = {
  help: () =>
    helpText(flagTable, {
      usage: 'spillway list [flags]\n\nLists the runs that were kept, the latest first.',
      examples: [['spillway list', 'Runs in results/, with their numbers']],
      epilogue: 'Exit status: 0 done, also when a record cannot be read, which the list says; 2 wrong usage.',
    }),
  run: ({ argv, console }: CommandRun) => {
    const runs = allRuns(readFlags('list', flagTable, argv));
    if (runs.length === 0) console.note('no run is kept there yet');
    else for (const line of listLines(runs)) console.result(line);
    for (const { problem } of runs) if (problem !== null) console.note(problem);
    return Promise.resolve(0);
  },
};
