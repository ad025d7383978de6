/** What a command refuses, without a process of its own: those that test how a process ends are few. */
import type { CommandModule } from '../../src/cli/command.ts';
import { Console } from '../../src/cli/console.ts';
import { Interrupt } from '../../src/cli/interrupt.ts';

const interrupt = new Interrupt();
const console = new Console('test', interrupt);

const oneLine = (message: string): string => {
  if (message.includes('\n')) throw new Error(`more than one line: ${message}`);
  return message;
};

/**
 * Why a command line is refused as wrong usage, in one line and before anything is printed.
 * Rejects when it is accepted, and for any other error.
 */
export const refusal = async (command: CommandModule, argv: readonly string[]): Promise<string> => {
  try {
    await command.run({ argv, console, interrupt });
  } catch (error) {
    const isUsage = error instanceof Error && (error.name === 'UsageError' || Reflect.get(error, 'isUsage') === true);
    if (isUsage || (error instanceof Error && error.name === 'WorkloadError')) return oneLine(error.message);
    throw error;
  }
  throw new Error(`not refused: ${argv.join(' ')}`);
};
