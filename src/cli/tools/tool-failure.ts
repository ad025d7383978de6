import { ClientError } from '../../client/client-error.ts';

/** What a cluster refused or did not answer, in one line for a person; the exit status is 1, or 2 when what was asked for is wrong. */
export class ToolFailure extends Error {
  override readonly name = 'ToolFailure';
  readonly isUsage: boolean;
  constructor(message: string, options: ErrorOptions & { readonly isUsage?: boolean } = {}) {
    super(message, options);
    this.isUsage = options.isUsage ?? false;
  }
}

/** Errors of a cluster that say that a flag's value is wrong. */
const WRONG_USAGE = new Set([
  'INVALID_CONFIG',
  'INVALID_PARTITIONS',
  'INVALID_REPLICATION_FACTOR',
  'INVALID_REPLICA_ASSIGNMENT',
]);

/** What the client says to tests, which create topics; here another command does. */
const ADVICE_TO_TESTS = 'create it first, or give --partitions';

/** An error of the client as one for a person; others stay as they are. */
export const asToolFailure = (error: unknown): unknown =>
  error instanceof ClientError
    ? new ToolFailure(error.message.replace(ADVICE_TO_TESTS, 'create it first (spillway topics --create)'), {
        cause: error,
        isUsage: WRONG_USAGE.has(error.name),
      })
    : error;
