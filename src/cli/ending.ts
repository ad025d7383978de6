import type { CommandRun } from './command.ts';

/**
 * Says on stderr how a test ended, in one line, when it did not do all it was asked or had to do something again.
 * @param interruption that it was interrupted, and when; null when it was not.
 * @param failure what went wrong; null when nothing did.
 * @param repeats what the clients did again; null for nothing.
 * @returns the exit status; null when all is well and there is more to say.
 */
export function sayEnding(
  { console, interrupt }: Pick<CommandRun, 'console' | 'interrupt'>,
  interruption: string | null,
  failure: string | null,
  repeats: string | null,
): number | null {
  // Whoever closed stdout was told why the test ended.
  const parts = [console.isClosed ? null : interruption, failure].filter((part) => part !== null);
  if (parts.length > 0) console.note([...parts, ...(repeats === null ? [] : [repeats])].join('; '));
  else if (repeats !== null) console.note(`${repeats}, which the figures above contain`);
  return interrupt.exitStatus ?? (failure === null ? null : 1);
}
