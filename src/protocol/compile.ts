/** Turns a description into closures: a flat list of them for each struct of one version. */
import { ByteReader } from './byte-reader.ts';
import { ByteWriter } from './byte-writer.ts';
import { compileEmptyValue, compileIsDefault, type StructValue } from './compile-defaults.ts';
import { type Codec, type Compiling, codec, primitiveCodec } from './compile-primitives.ts';
import { ProtocolError } from './errors.ts';
import {
  defaultOfField,
  type Element,
  type FieldSpec,
  fieldsOf,
  isPresent,
  isWireType,
  type Struct,
  type WireType,
} from './schema.ts';

const compileElement = (element: Element, context: Compiling): Codec =>
  isWireType(element) ? compileType(element, context) : compileStruct(element, context);

const compileType = (type: WireType, context: Compiling): Codec => {
  switch (type.kind) {
    case 'nullable':
      return compileNullable(type.inner, context.version >= type.sinceVersion, context);
    case 'array':
      return compileArray(type.element, false, context);
    default:
      return primitiveCodec(type.kind, false, context.isFlexible);
  }
};

const compileNullable = (inner: Element, mayBeNull: boolean, context: Compiling): Codec => {
  if (!mayBeNull) return refusingNull(compileElement(inner, context), context.version);
  if (!isWireType(inner)) return compileNullableStruct(inner, context);
  if (inner.kind === 'array') return compileArray(inner.element, true, context);
  if (inner.kind === 'nullable') return compileType(inner, context);
  return primitiveCodec(inner.kind, true, context.isFlexible);
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

/** Compiles a struct for one version: which fields it has, their codecs in order, its tagged fields. */
export const compileStruct = (struct: Struct, context: Compiling): Codec => {
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
