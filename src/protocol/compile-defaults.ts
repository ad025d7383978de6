import { defaultOfField, type FieldSpec, fieldsOf, isWireType, type Struct } from './schema.ts';

/** A struct's value whose fields are known by name only. */
export type StructValue = Record<string, unknown>;

/** Whether a value is a field's default; fields left out of a nested struct are. */
export const compileIsDefault = (field: FieldSpec): ((value: unknown) => boolean) => {
  const defaultValue = defaultOfField(field);
  if (typeof defaultValue !== 'object' || defaultValue === null) return (value) => value === defaultValue;
  if (Array.isArray(defaultValue) || Buffer.isBuffer(defaultValue)) {
    // Kafka's definitions have no other default for these than the empty one.
    return (value) => value !== null && (value as ArrayLike<unknown>).length === 0;
  }
  return compileIsDefaultStruct(structWithin(field));
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
export const compileEmptyValue = (
  fields: readonly FieldSpec[],
  overwritten: readonly { readonly name: string }[],
): (() => StructValue) => {
  const template = Object.fromEntries(fields.map((field) => [field.name, defaultOfField(field)]));
  const mutable = fields
    .filter((field) => !overwritten.some(({ name }) => name === field.name))
    .flatMap((field) => {
      const make = compileMutableDefault(template[field.name], field);
      return make === null ? [] : [{ name: field.name, make }];
    });
  return () => {
    const value = { ...template };
    for (const { name, make } of mutable) value[name] = make();
    return value;
  };
};

/** A maker of a field's default, or null when the default is not mutable and one serves all. */
const compileMutableDefault = (defaultValue: unknown, field: FieldSpec): (() => unknown) | null => {
  if (Array.isArray(defaultValue)) return () => [];
  if (typeof defaultValue !== 'object' || defaultValue === null || Buffer.isBuffer(defaultValue)) return null;
  return compileEmptyValue(fieldsOf(structWithin(field)), []);
};

/** The struct of a field whose type is a struct or a nullable one. */
const structWithin = ({ name, fieldOf }: FieldSpec): Struct => {
  if (!isWireType(fieldOf)) return fieldOf;
  if (fieldOf.kind === 'nullable' && !isWireType(fieldOf.inner)) return fieldOf.inner;
  throw new Error(`${name} is no struct`);
};
