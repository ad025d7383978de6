/** A failure of the native client, named as Kafka names it; the message is one line that says what happened. */
export class ClientError extends Error {
  /** Kafka's error code, or null for a failure on our side of the wire. */
  readonly code: number | null;
  /** Whether the same request may succeed later. */
  readonly isRetriable: boolean;
  /** Whether the open transaction is lost, and the producer can go on once it is aborted. */
  readonly isAbortable: boolean;
  /** Of a commit: the coordinator was asked and did not answer, and may have done it. */
  readonly isOutcomeUnknown: boolean;

  constructor(
    name: string,
    message: string,
    options: {
      readonly code?: number | null;
      readonly isRetriable?: boolean;
      readonly isAbortable?: boolean;
      readonly isOutcomeUnknown?: boolean;
      readonly cause?: unknown;
    } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = name;
    this.code = options.code ?? null;
    this.isRetriable = options.isRetriable ?? false;
    this.isAbortable = options.isAbortable ?? false;
    this.isOutcomeUnknown = options.isOutcomeUnknown ?? false;
  }
}

/** Whatever was thrown, as a ClientError. */
export const asClientError = (error: unknown): ClientError => {
  if (error instanceof ClientError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new ClientError('CLIENT_ERROR', message, { cause: error });
};
