import type { CommandRun } from './command.ts';

/**
 * Says on stderr how a test ended, in one line, when it did not do all it was asked.
 * @param interruption that it was interrupted, and when; null when it was not.
 * @param failure what went wrong; null when nothing did.
 * @returns the exit status; null when all is well and there is more to say.
 */
export function sayEnding(
  { console, interrupt }: Pick<CommandRun, 'console' | 'interrupt'>,
  interruption: string | null,
  failure: string | null,
): number | null {
  // Whoever closed stdout was told why the test ended.
  const parts = [console.isClosed ? null : interruption, failure].filter((part) => part !== null);
  if (parts.length > 0) console.note(parts.join('; '));
  return interrupt.exitStatus ?? (failure === null ? null : 1);
}
