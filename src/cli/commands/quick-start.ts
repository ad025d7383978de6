import type { CommandModule } from '../command.ts';
import { UsageError } from '../usage.ts';

/** `spillway quick-start`: what `npm start` runs. */
export const command: CommandModule = {
  help: async () => 'spillway quick-start\n\nSends a million records to a broker of our own and reads them back.',
  run: async () => {
    throw new UsageError('not supported yet');
  },
};
