import type { CommandModule, CommandRun } from '../command.ts';
import { helpText } from '../flags.ts';
import { consoleProducerFlags, consoleProducerHelp, readConsoleProducerPlan } from '../tools/console-producer-flags.ts';
import { asToolFailure } from '../tools/tool-failure.ts';

/** `spillway console-producer`: sends the lines of stdin. */
export const command: CommandModule = {
  help: () => helpText(consoleProducerFlags, consoleProducerHelp),
  run,
};

async function run({ argv, console, interrupt }: CommandRun): Promise<number> {
  const plan = readConsoleProducerPlan(argv, (line) => console.note(line));
  const { sendLines } = await import('../tools/send-lines.ts');
  if (process.stdin.isTTY) console.note('each line is a record; Ctrl-D ends');
  try {
    const { sent, lost } = await sendLines(plan, stdinUntil(interrupt.signal), console);
    if (lost > 0) console.note(`${lost} of ${sent} lines were not acknowledged`);
    return interrupt.exitStatus ?? (lost > 0 ? 1 : 0);
  } catch (error) {
    throw asToolFailure(error);
  }
}

/** The bytes of stdin until its end, or until the command is to stop. */
async function* stdinUntil(signal: AbortSignal): AsyncGenerator<Buffer> {
  const end = (): void => {
    process.stdin.push(null);
  };
  if (signal.aborted) return;
  signal.addEventListener('abort', end);
  try {
    for await (const chunk of process.stdin) {
      if (signal.aborted) return;
      yield Buffer.isBuffer(chunk) ? chunk : Buffer.from(String(chunk));
    }
  } finally {
    signal.removeEventListener('abort', end);
  }
}
