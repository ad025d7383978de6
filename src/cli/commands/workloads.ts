import type { CommandModule, CommandRun } from '../command.ts';
import { helpText, readFlags } from '../flags.ts';
import { builtInWorkloads } from '../workload-files.ts';

/** `spillway workloads`: those that come with the program, and what each answers. */
export const command: CommandModule = {
  help: () =>
    helpText(
      {},
      {
        usage: 'spillway workloads\n\nLists the workloads that come with spillway, and what each answers.',
        examples: [['spillway run batch-and-linger', 'Runs one of them']],
        epilogue: 'Exit status: 0; 2 wrong usage.',
      },
    ),
  run,
};

async function run({ argv, console }: CommandRun): Promise<number> {
  readFlags('workloads', {}, argv);
  const workloads = builtInWorkloads();
  const width = Math.max(...workloads.map(({ name }) => name.length));
  for (const { name, about } of workloads) console.result(`${name.padEnd(width)}  ${about}`);
  return 0;
}
