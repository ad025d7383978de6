import { showLines } from '../../report/run-text.ts';
import type { CommandModule, CommandRun } from '../command.ts';
import { type FlagTable, helpText, readFlags } from '../flags.ts';
import { oneRun, resultsDirFlag, runWords, storedRun } from '../stored-runs.ts';

const flagTable: FlagTable = { 'results-dir': resultsDirFlag };

/** `spillway show`: a run in words. */
export const command: CommandModule = {
  help: () =>
    helpText(flagTable, {
      usage: `spillway show RUN [flags]\n\nPrints a summary of a run. ${runWords}`,
      examples: [
        ['spillway show latest', 'The run that began last'],
        ['spillway show results/baselines/laptop', 'One by its folder'],
      ],
      epilogue: 'Exit status: 0 done; 2 wrong usage, or a record that cannot be read.',
    }),
  run: ({ argv, console }: CommandRun) => {
    const flags = readFlags('show', flagTable, argv, true);
    for (const line of showLines(storedRun(flags, oneRun('show', flags), console))) console.result(line);
    return Promise.resolve(0);
  },
};
