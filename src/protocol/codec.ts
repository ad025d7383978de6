/** Turns API descriptions into encoders and decoders: a list of closures for each API, version and direction, kept. */
import { ByteReader } from './byte-reader.ts';
import { ByteWriter } from './byte-writer.ts';
import { ProtocolError } from './errors.ts';
import {
  type Api,
  checkVersion,
  defaultOfField,
  type Element,
  type FieldSpec,
  fieldsOf,
  isFlexible,
  isPresent,
  isWireType,
  type PrimitiveKind,
  type RequestInput,
  type RequestOf,
  type ResponseInput,
  type ResponseOf,
  type Struct,
  type WireType,
} from './schema.ts';

/** Encodes a value that its type has checked already: here, and only here, values lose and regain their types. */
type Codec = {
  readonly encode: (value: unknown, writer: ByteWriter) => void;
  readonly decode: (reader: ByteReader) => unknown;
  /** The least that any value takes, to hold an array's count against the bytes that are left. */
  readonly minSizeBytes: number;
};

type Compiling = { readonly version: number; readonly isFlexible: boolean };
type StructValue = Record<string, unknown>;

const codec = <T>(
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

const compileElement = (element: Element, context: Compiling): Codec =>
  isWireType(element) ? compileType(element, context) : compileStruct(element, context);

const compileType = (type: WireType, context: Compiling): Codec => {
  switch (type.kind) {
    case 'nullable':
      return compileNullable(type.inner, context.version >= type.sinceVersion, context);
    case 'array':
      return compileArray(type.element, false, context);
    case 'string':
      return context.isFlexible ? compactString : plainString;
    case 'bytes':
      return context.isFlexible ? compactBytes : plainBytes;
    case 'records':
      return context.isFlexible ? compactNullableBytes : plainNullableBytes;
    default:
      return fixedSize[type.kind];
  }
};

const compileNullable = (inner: Element, mayBeNull: boolean, context: Compiling): Codec => {
  if (!mayBeNull) return refusingNull(compileElement(inner, context), context.version);
  if (!isWireType(inner)) return compileNullableStruct(inner, context);
  if (inner.kind === 'array') return compileArray(inner.element, true, context);
  if (inner.kind === 'string') return context.isFlexible ? compactNullableString : plainNullableString;
  if (inner.kind === 'bytes') return context.isFlexible ? compactNullableBytes : plainNullableBytes;
  if (inner.kind === 'records') return compileType(inner, context);
  throw new Error(`${inner.kind} has no form for null on the wire`);
};

const refusingNull = (inner: Codec, version: number): Codec =>
  codec<unknown>(
    inner.minSizeBytes,
    (value, writer) => {
      if (value === null) throw new ProtocolError(`null cannot be sent in version ${version}`);
      inner.encode(value, writer);
    },
    inner.decode,
  );

const compileNullableStruct = (inner: Struct, context: Compiling): Codec => {
  const present = compileStruct(inner, context);
  return codec<unknown>(
    1,
    (value, writer) => {
      writer.int8(value === null ? -1 : 1);
      if (value !== null) present.encode(value, writer);
    },
    (reader) => (reader.int8() < 0 ? null : present.decode(reader)),
  );
};

const compileArray = (element: Element, mayBeNull: boolean, context: Compiling): Codec => {
  const item = compileElement(element, context);
  const leastSizeBytes = Math.max(1, item.minSizeBytes);
  const { isFlexible: isCompact } = context;
  return codec<readonly unknown[] | null>(
    isCompact ? 1 : 4,
    (values, writer) => {
      if (values === null) {
        if (!mayBeNull) throw new ProtocolError('an array that may not be null is null');
        if (isCompact) writer.unsignedVarint(0);
        else writer.int32(-1);
        return;
      }
      if (isCompact) writer.unsignedVarint(values.length + 1);
      else writer.int32(values.length);
      for (const value of values) item.encode(value, writer);
    },
    (reader) => {
      const count = isCompact ? reader.unsignedVarint() - 1 : reader.int32();
      if (count < 0) {
        if (mayBeNull && count === -1) return null;
        throw new ProtocolError(`an array has ${count} elements`);
      }
      if (count * leastSizeBytes > reader.remaining) {
        throw new ProtocolError(`an array of ${count} elements does not fit into the ${reader.remaining} bytes left`);
      }
      const values: unknown[] = [];
      for (let index = 0; index < count; index++) values.push(item.decode(reader));
      return values;
    },
  );
};

type CompiledField = {
  readonly name: string;
  readonly codec: Codec;
  readonly hasDefault: boolean;
  readonly defaultValue: unknown;
};
type CompiledTag = CompiledField & { readonly tag: number; readonly isDefault: (value: unknown) => boolean };
type AbsentField = {
  readonly name: string;
  readonly isIgnorable: boolean;
  readonly isDefault: (value: unknown) => boolean;
};

const compileStruct = (struct: Struct, context: Compiling): Codec => {
  const fields = fieldsOf(struct);
  const present = fields.filter((field) => isPresent(field, context.version));
  const plain = present.filter((field) => field.tag === null).map((field) => compileField(field, context));
  const tags = present.flatMap((field) => (field.tag === null ? [] : [compileTag(field, field.tag, context)]));
  tags.sort((left, right) => left.tag - right.tag);
  const absent = fields
    .filter((field) => !isPresent(field, context.version))
    .map((field): AbsentField => ({ ...field, isDefault: compileIsDefault(field) }));
  const emptyValue = compileEmptyValue(fields, plain);
  const tagSection = context.isFlexible ? compileTagSection(tags) : null;

  return {
    minSizeBytes: plain.reduce((sum, field) => sum + field.codec.minSizeBytes, context.isFlexible ? 1 : 0),
    encode: (value, writer) => {
      const given = value as StructValue;
      for (const field of absent) checkAbsent(field, given[field.name], context.version);
      for (const field of plain) field.codec.encode(givenOrDefault(field, given), writer);
      tagSection?.encode(given, writer);
    },
    decode: (reader) => {
      const decoded = emptyValue();
      for (const field of plain) decoded[field.name] = field.codec.decode(reader);
      tagSection?.decode(decoded, reader);
      return decoded;
    },
  };
};

const compileField = (field: FieldSpec, context: Compiling): CompiledField => ({
  name: field.name,
  codec: compileElement(field.fieldOf, context),
  hasDefault: field.hasDefault,
  defaultValue: defaultOfField(field),
});

const compileTag = (field: FieldSpec, tag: number, context: Compiling): CompiledTag => {
  if (!context.isFlexible) throw new Error(`tagged field ${field.name} in version ${context.version}, not flexible`);
  return { ...compileField(field, context), tag, isDefault: compileIsDefault(field) };
};

const givenOrDefault = (field: CompiledField, given: StructValue): unknown => {
  const value = given[field.name];
  if (value !== undefined) return value;
  if (!field.hasDefault) throw new ProtocolError(`${field.name} is missing, and it has no default`);
  return field.defaultValue;
};

const checkAbsent = (field: AbsentField, value: unknown, version: number): void => {
  if (value === undefined || field.isIgnorable || field.isDefault(value)) return;
  throw new ProtocolError(`${field.name} cannot be sent in version ${version}, which lacks it; leave it out`);
};

/** Whether a value is a field's default; fields left out of a nested struct are. */
const compileIsDefault = (field: FieldSpec): ((value: unknown) => boolean) => {
  const { fieldOf } = field;
  const defaultValue = defaultOfField(field);
  if (!isWireType(fieldOf)) return compileIsDefaultStruct(fieldOf);
  if (fieldOf.kind === 'nullable' && !isWireType(fieldOf.inner) && defaultValue !== null) {
    return compileIsDefaultStruct(fieldOf.inner);
  }
  if (typeof defaultValue !== 'object' || defaultValue === null) return (value) => value === defaultValue;
  if (Array.isArray(defaultValue) || Buffer.isBuffer(defaultValue)) {
    // Kafka's definitions have no other default for these than the empty one.
    return (value) => value !== null && (value as ArrayLike<unknown>).length === 0;
  }
  throw new Error(`${field.name} has a default that cannot be compared`);
};

const compileIsDefaultStruct = (struct: Struct): ((value: unknown) => boolean) => {
  const parts = fieldsOf(struct).map((field) => ({ name: field.name, isDefault: compileIsDefault(field) }));
  return (value) =>
    value !== null &&
    parts.every(({ name, isDefault }) => {
      const part = (value as StructValue)[name];
      return part === undefined || isDefault(part);
    });
};

/**
 * A maker of objects that hold every default, all of one hidden class.
 * What is mutable in them is made afresh, unless decoding overwrites it anyway.
 */
const compileEmptyValue = (
  fields: readonly FieldSpec[],
  overwritten: readonly CompiledField[],
): (() => StructValue) => {
  const template = Object.fromEntries(fields.map((field) => [field.name, defaultOfField(field)]));
  const mutable = fields
    .filter((field) => typeof template[field.name] === 'object' && template[field.name] !== null)
    .filter((field) => !overwritten.some(({ name }) => name === field.name));
  return () => {
    const value = { ...template };
    for (const field of mutable) value[field.name] = defaultOfField(field);
    return value;
  };
};

const compileTagSection = (tags: readonly CompiledTag[]) => {
  const byTag = new Map(tags.map((field) => [field.tag, field]));
  return {
    encode: (given: StructValue, writer: ByteWriter): void => {
      const toWrite = tags.filter((field) => {
        const value = given[field.name];
        return value !== undefined && !field.isDefault(value);
      });
      writer.unsignedVarint(toWrite.length);
      for (const field of toWrite) {
        const body = new ByteWriter();
        field.codec.encode(given[field.name], body);
        writer.unsignedVarint(field.tag);
        writer.unsignedVarint(body.position);
        writer.raw(body.written());
      }
    },
    decode: (decoded: StructValue, reader: ByteReader): void => {
      const count = reader.unsignedVarint();
      for (let index = 0; index < count; index++) {
        const field = byTag.get(reader.unsignedVarint());
        const sizeBytes = reader.unsignedVarint();
        const start = reader.position;
        reader.skip(sizeBytes);
        if (field === undefined) continue;
        const body = new ByteReader(reader.buffer, start, start + sizeBytes);
        decoded[field.name] = field.codec.decode(body);
        body.expectEnd();
      }
    },
  };
};

type CodecsByVersion = (Codec | undefined)[];
const requestCodecs = new WeakMap<Api, CodecsByVersion>();
const responseCodecs = new WeakMap<Api, CodecsByVersion>();

const codecOf = (kept: WeakMap<Api, CodecsByVersion>, described: Api, struct: Struct, version: number): Codec => {
  let byVersion = kept.get(described);
  if (byVersion === undefined) {
    byVersion = [];
    kept.set(described, byVersion);
  }
  let compiled = byVersion[version];
  if (compiled === undefined) {
    checkVersion(described, version);
    compiled = compileStruct(struct, { version, isFlexible: isFlexible(described, version) });
    byVersion[version] = compiled;
  }
  return compiled;
};

const inContext = (error: unknown, described: Api, version: number, what: string): unknown =>
  error instanceof ProtocolError
    ? new ProtocolError(`${described.name} version ${version} ${what}: ${error.message}`, { cause: error })
    : error;

/**
 * Writes a request body (no header). Fields left out are their defaults.
 * @throws ProtocolError when a value cannot be carried by this version, and when the version is not described.
 */
export const encodeRequest = <A extends Api>(
  described: A,
  version: number,
  value: RequestInput<A>,
  writer: ByteWriter,
): void => {
  const compiled = codecOf(requestCodecs, described, described.request, version);
  try {
    compiled.encode(value, writer);
  } catch (error) {
    throw inContext(error, described, version, 'request');
  }
};

/** Writes a response body (no header); otherwise as `encodeRequest`. */
export const encodeResponse = <A extends Api>(
  described: A,
  version: number,
  value: ResponseInput<A>,
  writer: ByteWriter,
): void => {
  const compiled = codecOf(responseCodecs, described, described.response, version);
  try {
    compiled.encode(value, writer);
  } catch (error) {
    throw inContext(error, described, version, 'response');
  }
};

/**
 * Reads a request body (no header). Fields the version lacks are their defaults; unknown tags are skipped. Bytes are
 * subarrays of what is read. What follows the body stays unread: see `ByteReader.expectEnd`.
 * @throws ProtocolError for bytes that are no such request, and when the version is not described.
 */
export const decodeRequest = <A extends Api>(described: A, version: number, reader: ByteReader): RequestOf<A> => {
  const compiled = codecOf(requestCodecs, described, described.request, version);
  try {
    return compiled.decode(reader) as RequestOf<A>;
  } catch (error) {
    throw inContext(error, described, version, `request, byte ${reader.position}`);
  }
};

/** Reads a response body (no header); otherwise as `decodeRequest`. */
export const decodeResponse = <A extends Api>(described: A, version: number, reader: ByteReader): ResponseOf<A> => {
  const compiled = codecOf(responseCodecs, described, described.response, version);
  try {
    return compiled.decode(reader) as ResponseOf<A>;
  } catch (error) {
    throw inContext(error, described, version, `response, byte ${reader.position}`);
  }
};
