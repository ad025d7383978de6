import { workloadJsonSchema } from '../../harness/run-workload/workloads.ts';
import type { CommandModule, CommandRun } from '../command.ts';
import { helpText, readFlags } from '../flags.ts';

/** `spillway schema`: the JSON Schema of workload files. */
export const command: CommandModule = {
  help: () =>
    helpText(
      {},
      {
        usage:
          'spillway schema\n\nPrints the JSON Schema of workload files, which editors complete and check keys with.',
        examples: [
          ['spillway schema > workload.schema.json', 'For "# yaml-language-server: $schema=workload.schema.json"'],
        ],
        epilogue: 'Exit status: 0; 2 wrong usage.',
      },
    ),
  run,
};

async function run({ argv, console }: CommandRun): Promise<number> {
  readFlags('schema', {}, argv);
  console.result(JSON.stringify(workloadJsonSchema(), null, 2));
  return 0;
}
