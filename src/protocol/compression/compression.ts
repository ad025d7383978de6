import { CodecError, type CodecImplementation, type CodecName } from './codec.ts';
import { gzipByNode } from './gzip.ts';
import { lz4ByPackage, lz4InJavaScript } from './lz4.ts';
import { snappyByPackage, snappyInJavaScript } from './snappy.ts';
import { loadZstdWasm, needsZstdWasm, zstdByNode, zstdByPackage, zstdInWasm } from './zstd.ts';

/** A codec that changes bytes. */
export type Codec = Exclude<CodecName, 'none'>;

/** Levels of a codec, as Kafka's properties number them (`CompressionType` of Kafka 4.1). */
export type CodecLevels = {
  readonly default: number;
  /** In words, for errors: `1 to 9, or -1`. */
  readonly words: string;
  readonly accepts: (level: number) => boolean;
};

/**
 * The levels of each codec. Of lz4's, 9 means its fast way to Kafka, and the others a longer search, the longer the higher the level;
 * from 12 on it is the same. Snappy has no levels.
 */
export const codecLevels: Readonly<Record<Codec, CodecLevels>> = {
  gzip: { default: -1, words: '1 to 9, or -1', accepts: (level) => level === -1 || (level >= 1 && level <= 9) },
  snappy: { default: 0, words: '0: it has no levels', accepts: (level) => level === 0 },
  lz4: { default: 9, words: '1 to 17', accepts: (level) => level >= 1 && level <= 17 },
  zstd: { default: 3, words: '-131072 to 22', accepts: (level) => level >= -131_072 && level <= 22 },
};

const choices: Readonly<Record<Codec, () => CodecImplementation | null>> = {
  gzip: gzipByNode,
  snappy: () => snappyByPackage() ?? snappyInJavaScript(),
  lz4: () => lz4ByPackage() ?? lz4InJavaScript(),
  zstd: () => zstdByNode() ?? zstdByPackage() ?? zstdInWasm(),
};

/** Chosen at the first use, since loading a library takes some milliseconds. */
const chosen = new Map<Codec, CodecImplementation>();

const implementationOf = (codec: Codec): CodecImplementation => {
  const known = chosen.get(codec);
  if (known !== undefined) return known;
  const found = choices[codec]();
  if (found === null)
    throw new CodecError(
      `nothing installed can do ${codec}: use Node 22.15 or later, or install Spillway with its optional packages`,
    );
  chosen.set(codec, found);
  return found;
};

let preparing: Promise<void> | null = null;

/**
 * To be awaited once before codecs are used: where nothing else does zstd, it loads a WebAssembly module, which takes a moment.
 * Elsewhere it does nothing. Rejects when that module cannot be loaded.
 */
export const prepareCodecs = (): Promise<void> => {
  preparing ??= needsZstdWasm() ? loadZstdWasm().then(() => {}) : Promise.resolve();
  return preparing;
};

/** What does a codec's work here, for results: a library with its version, or `JavaScript`. Throws CodecError when nothing does. */
export const codecInfo = (codec: CodecName, work: 'compress' | 'decompress' = 'compress'): string => {
  if (codec === 'none') return 'none';
  const { implementation, decompressedBy } = implementationOf(codec);
  return work === 'decompress' ? (decompressedBy ?? implementation) : implementation;
};

/** Throws CodecError for a level that the codec cannot do here. */
export const checkLevel = (codec: Codec, level: number): void => {
  const levels = codecLevels[codec];
  if (!levels.accepts(level)) throw new CodecError(`the level of ${codec} is to be ${levels.words}; got ${level}`);
};

/**
 * Compresses the records of a batch, at Kafka's default level unless told. `none` gives the very bytes. Blocks.
 * Throws CodecError for a level that cannot be done.
 */
export const compressRecords = (codec: CodecName, bytes: Buffer, level?: number): Buffer => {
  if (codec === 'none') return bytes;
  const effective = level ?? codecLevels[codec].default;
  checkLevel(codec, effective);
  return implementationOf(codec).compress(bytes, effective);
};

/**
 * Undoes a codec. What comes out is at most `maxBytes`, and memory is never taken on the word of a declared size beyond that.
 * `none` gives the very bytes. Blocks. Throws CodecError for bytes that are not what they should be, or too much.
 */
export const decompress = (codec: CodecName, bytes: Buffer, maxBytes: number): Buffer =>
  codec === 'none' ? bytes : implementationOf(codec).decompress(bytes, maxBytes);
