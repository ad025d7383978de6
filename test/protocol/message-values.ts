import fc from 'fast-check';
import {
  defaultOfField,
  type Element,
  type FieldSpec,
  fieldsOf,
  isPresent,
  isWireType,
  type Struct,
  type WireType,
} from '../../src/protocol/schema.ts';

const text = fc.string({ unit: 'grapheme', maxLength: 12 });
const blob = fc.uint8Array({ maxLength: 24 }).map((bytes) => Buffer.from(bytes));
const id = fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes) => Buffer.from(bytes).toString('base64url'));

/** Bodies as decoding gives them: every field there, those the version lacks at their default. */
export const arbitraryStruct = (struct: Struct, version: number): fc.Arbitrary<Record<string, unknown>> =>
  fc.record(Object.fromEntries(fieldsOf(struct).map((field) => [field.name, arbitraryField(field, version)])));

const arbitraryField = (field: FieldSpec, version: number): fc.Arbitrary<unknown> => {
  const defaultValue = fc.constant(field).map(defaultOfField);
  if (!isPresent(field, version)) return defaultValue;
  const value = arbitraryElement(field.fieldOf, version);
  return field.hasDefault ? fc.oneof({ weight: 1, arbitrary: defaultValue }, { weight: 3, arbitrary: value }) : value;
};

const arbitraryElement = (element: Element, version: number): fc.Arbitrary<unknown> =>
  isWireType(element) ? arbitraryType(element, version) : arbitraryStruct(element, version);

const arbitraryType = (type: WireType, version: number): fc.Arbitrary<unknown> => {
  switch (type.kind) {
    case 'array':
      return fc.array(arbitraryElement(type.element, version), { maxLength: 3 });
    case 'nullable': {
      const inner = arbitraryElement(type.inner, version);
      return version >= type.sinceVersion ? fc.option(inner, { freq: 3 }) : inner;
    }
    case 'int8':
      return fc.integer({ min: -0x80, max: 0x7f });
    case 'int16':
      return fc.integer({ min: -0x8000, max: 0x7fff });
    case 'int32':
      return fc.integer();
    case 'int64':
      return fc.maxSafeInteger();
    case 'uint16':
      return fc.nat(0xffff);
    case 'uint32':
      return fc.nat(0xffffffff);
    case 'float64':
      return fc.double({ noNaN: true });
    case 'bool':
      return fc.boolean();
    case 'string':
      return text;
    case 'bytes':
      return blob;
    case 'records':
      return fc.option(blob);
    case 'uuid':
      return id;
  }
};

/**
 * What Kafka's JSON stands for, in the form that decoding gives. A field that is not in the JSON must be one the
 * version lacks or a tagged one, and gets its default. Throws for a field that the schema lacks or that is missing.
 */
export const fromKafkaJson = (element: Element, json: unknown, version: number): unknown => {
  if (isWireType(element)) return fromKafkaValue(element, json, version);
  const members = new Map(Object.entries(json as object));
  const value: Record<string, unknown> = {};
  for (const field of fieldsOf(element)) {
    const isGiven = members.has(field.name);
    const isNeeded = isPresent(field, version) && field.tag === null;
    if (isGiven && !isPresent(field, version)) throw new Error(`Kafka has ${field.name} in version ${version}`);
    if (!isGiven && isNeeded) throw new Error(`Kafka lacks ${field.name} in version ${version}`);
    value[field.name] = isGiven
      ? fromKafkaJson(field.fieldOf, members.get(field.name), version)
      : defaultOfField(field);
    members.delete(field.name);
  }
  if (members.size > 0) throw new Error(`Kafka has fields that the schema lacks: ${[...members.keys()].join(', ')}`);
  return value;
};

const fromKafkaValue = (type: WireType, json: unknown, version: number): unknown => {
  if (json === null) return null;
  if (type.kind === 'nullable') return fromKafkaJson(type.inner, json, version);
  if (type.kind === 'array') return (json as unknown[]).map((item) => fromKafkaJson(type.element, item, version));
  if (type.kind === 'bytes' || type.kind === 'records') return Buffer.from(String(json), 'base64');
  return json;
};
