/** Codecs of record batches under Kafka's names (`compression.type`); the index is the number in a batch's attributes. */
export const codecNames = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const;

/** Kafka's name of a codec. */
export type CodecName = (typeof codecNames)[number];

/** Kafka's name of a codec by its number in a batch's attributes, `unknown-5` for one that Kafka has not. */
export const codecName = (codec: number): string => codecNames[codec] ?? `unknown-${codec}`;

/** The number of a codec in a batch's attributes; null when the name is none of Kafka's. */
export const codecNumber = (name: string): number | null => {
  const names: readonly string[] = codecNames;
  const found = names.indexOf(name);
  return found < 0 ? null : found;
};

/** Bytes that are not what their codec says, that are more than allowed, or a level that the codec cannot do. */
export class CodecError extends Error {
  override readonly name = 'CodecError';
}

/** The error of a stream that ends within its data or contradicts itself. */
export const brokenStream = (codec: CodecName, what: string, cause?: unknown): CodecError =>
  new CodecError(`the ${codec} data cannot be read: ${what}`, cause === undefined ? {} : { cause });

/** The error of a stream that holds more than allowed. */
export const tooLarge = (codec: CodecName, maxBytes: number): CodecError =>
  new CodecError(`the ${codec} data is over ${maxBytes} bytes when decompressed`);

/** Which levels a codec takes, as Kafka's properties number them. */
export type LevelRange = {
  readonly min: number;
  readonly max: number;
  /** What Kafka takes when none is set. */
  readonly default: number;
};

/** One way to do a codec. */
export type CodecImplementation = {
  /** What compresses, with its version where it has one: `node:zlib`, `snappy 7.4.3`, `JavaScript`. */
  readonly implementation: string;
  /** What decompresses; absent where it is the same. */
  readonly decompressedBy?: string;
  /** Compresses; the level is in the codec's range. */
  readonly compress: (bytes: Uint8Array, level: number) => Buffer;
  /** Undoes it, into at most `maxBytes`. Throws CodecError. */
  readonly decompress: (bytes: Uint8Array, maxBytes: number) => Buffer;
};
