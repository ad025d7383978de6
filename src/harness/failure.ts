/**
 * A test that could not be run: the target is unreachable, the topic unknown, a port taken. The message is one line that says
 * what happened and what to do; the command line prints it and exits with 1.
 */
export class TestFailure extends Error {
  override readonly name = 'TestFailure';
  /** What was asked for is wrong, such as a broker setting: the command line exits with 2. */
  readonly isUsage: boolean;
  constructor(message: string, options: ErrorOptions & { readonly isUsage?: boolean } = {}) {
    super(message, options);
    this.isUsage = options.isUsage ?? false;
  }
}

/** The message of anything that was thrown, on one line. */
export const messageOf = (error: unknown): string => {
  const message = error instanceof Error ? error.message || error.name : String(error);
  return message.replaceAll(/\s*\n\s*/g, ' ');
};

/** Makes a TestFailure of anything that was thrown. */
export const asTestFailure = (error: unknown): TestFailure =>
  error instanceof TestFailure ? error : new TestFailure(messageOf(error), { cause: error });
