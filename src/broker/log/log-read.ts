/** Bytes of a log on their way to a consumer: whole record batches, in offset order. */
export type LogRead = {
  /** The bytes, to be written one behind the other. They stay valid until `release()`. */
  readonly slices: readonly Buffer[];
  /** Sum of the slices' lengths, bytes. */
  readonly sizeBytes: number;
  /** Gives the memory back; call it once, when the socket has taken the bytes (or will never). */
  release(): void;
};

/** A read that found nothing: at the high watermark, or when not even one batch was allowed. */
export const EMPTY_READ: LogRead = { slices: [], sizeBytes: 0, release: () => {} };
