import { ErrorCode, type ErrorName } from '../../../protocol/errors.ts';

/** A request of a consumer group that is answered with an error; the message goes to the client. */
export class GroupRefusal extends Error {
  override readonly name = 'GroupRefusal';
  readonly code: number;
  constructor(error: ErrorName, message: string) {
    super(message);
    this.code = ErrorCode[error];
  }
}
