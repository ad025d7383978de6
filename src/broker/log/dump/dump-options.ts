import type { RecordDecoder } from './decoders.ts';

/** What is printed of files, by the meaning of the flags of Kafka's tool. */
export type DumpOptions = {
  /** Whether records are walked, not batches alone. */
  readonly isDeep: boolean;
  /** Turns keys and values into text; null when they are not printed. */
  readonly decode: RecordDecoder | null;
  /** Whether records are printed without offset, time, sizes, sequence and headers. */
  readonly skipsRecordMetadata: boolean;
  /** Index files: their entries, nothing but what is wrong with them, or whether a broker would take them. */
  readonly indexes: 'print' | 'verify' | 'sanity';
  /** How much of each `.log` file is read. */
  readonly maxBytes: number;
  /** Largest batch that an index entry may point to, bytes. */
  readonly maxMessageBytes: number;
};

/** Kafka's default of `--max-bytes`: with it, bytes behind the last whole batch are told. */
export const ALL_BYTES = 0x7fff_ffff;

/** A file as it was named, its absolute path for findings, and the offset in its name. */
export type DumpedFile = { readonly shown: string; readonly path: string; readonly baseOffset: number };
