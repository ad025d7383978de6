import type { ByteReader } from './byte-reader.ts';
import type { ByteWriter } from './byte-writer.ts';
import type { PrimitiveKind } from './schema.ts';

/**
 * A compiled encoder and decoder. Callers have had their values checked by the types of the description; from here on
 * values lose their types, and decoding gives them back.
 */
export type Codec = {
  readonly encode: (value: unknown, writer: ByteWriter) => void;
  readonly decode: (reader: ByteReader) => unknown;
  /** The least that any value takes, to hold an array's count against the bytes that are left. */
  readonly minSizeBytes: number;
};

/** What compiling needs to know besides the description. */
export type Compiling = { readonly version: number; readonly isFlexible: boolean };

/** Makes a codec of functions over one type. */
export const codec = <T>(
  minSizeBytes: number,
  encode: (value: T, writer: ByteWriter) => void,
  decode: (reader: ByteReader) => unknown,
): Codec => ({ minSizeBytes, encode: encode as Codec['encode'], decode });

const fixedSize: Record<Exclude<PrimitiveKind, 'string' | 'bytes' | 'records'>, Codec> = {
  int8: codec<number>(
    1,
    (value, writer) => writer.int8(value),
    (reader) => reader.int8(),
  ),
  int16: codec<number>(
    2,
    (value, writer) => writer.int16(value),
    (reader) => reader.int16(),
  ),
  int32: codec<number>(
    4,
    (value, writer) => writer.int32(value),
    (reader) => reader.int32(),
  ),
  int64: codec<number>(
    8,
    (value, writer) => writer.int64(value),
    (reader) => reader.int64(),
  ),
  uint16: codec<number>(
    2,
    (value, writer) => writer.uint16(value),
    (reader) => reader.uint16(),
  ),
  uint32: codec<number>(
    4,
    (value, writer) => writer.uint32(value),
    (reader) => reader.uint32(),
  ),
  float64: codec<number>(
    8,
    (value, writer) => writer.float64(value),
    (reader) => reader.float64(),
  ),
  bool: codec<boolean>(
    1,
    (value, writer) => writer.bool(value),
    (reader) => reader.bool(),
  ),
  uuid: codec<string>(
    16,
    (value, writer) => writer.uuid(value),
    (reader) => reader.uuid(),
  ),
};

const plainString = codec<string>(
  2,
  (value, writer) => writer.string(value),
  (reader) => reader.string(),
);
const plainNullableString = codec<string | null>(
  2,
  (value, writer) => writer.nullableString(value),
  (reader) => reader.nullableString(),
);
const compactString = codec<string>(
  1,
  (value, writer) => writer.compactString(value),
  (reader) => reader.compactString(),
);
const compactNullableString = codec<string | null>(
  1,
  (value, writer) => writer.compactNullableString(value),
  (reader) => reader.compactNullableString(),
);
const plainBytes = codec<Uint8Array>(
  4,
  (value, writer) => writer.bytes(value),
  (reader) => reader.bytes(),
);
const plainNullableBytes = codec<Uint8Array | null>(
  4,
  (value, writer) => writer.nullableBytes(value),
  (reader) => reader.nullableBytes(),
);
const compactBytes = codec<Uint8Array>(
  1,
  (value, writer) => writer.compactBytes(value),
  (reader) => reader.compactBytes(),
);
const compactNullableBytes = codec<Uint8Array | null>(
  1,
  (value, writer) => writer.compactNullableBytes(value),
  (reader) => reader.compactNullableBytes(),
);

/** The codec of a type without parts. @param mayBeNull for string, bytes and records, which alone can be null. */
export const primitiveCodec = (kind: PrimitiveKind, mayBeNull: boolean, isCompact: boolean): Codec => {
  switch (kind) {
    case 'string':
      if (mayBeNull) return isCompact ? compactNullableString : plainNullableString;
      return isCompact ? compactString : plainString;
    case 'bytes':
      if (mayBeNull) return isCompact ? compactNullableBytes : plainNullableBytes;
      return isCompact ? compactBytes : plainBytes;
    case 'records':
      return isCompact ? compactNullableBytes : plainNullableBytes;
    default:
      if (mayBeNull) throw new Error(`${kind} has no form for null on the wire`);
      return fixedSize[kind];
  }
};
