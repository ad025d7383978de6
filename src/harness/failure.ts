/**
 * A test that could not be run: the target is unreachable, the topic unknown, a port taken. The message is one line that says
 * what happened and what to do; the command line prints it and exits with 1.
 */
export class TestFailure extends Error {
  override readonly name = 'TestFailure';
}

/** The message of anything that was thrown, on one line. */
export const messageOf = (error: unknown): string => {
  const message = error instanceof Error ? error.message || error.name : String(error);
  return message.replaceAll(/\s*\n\s*/g, ' ');
};

/** Wraps anything thrown into a TestFailure with some context before its message. */
export const testFailure = (context: string, error: unknown): TestFailure =>
  error instanceof TestFailure ? error : new TestFailure(`${context}: ${messageOf(error)}`, { cause: error });
