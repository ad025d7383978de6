import type { RecordSchema } from '../../../protocol/records/record-schema.ts';
import {
  defaultOfField,
  type Element,
  type FieldSpec,
  fieldsOf,
  isPresent,
  isWireType,
  type Struct,
} from '../../../protocol/schema.ts';

/** A value as JSON. */
export type Json = null | number | string | boolean | readonly Json[] | { readonly [name: string]: Json };

/**
 * A decoded record as Kafka's JSON converters write it: the fields that `version` has, in their order; tagged ones only
 * when they are not the default; bytes in base64.
 */
export const recordJson = (
  schema: RecordSchema,
  version: number,
  value: Readonly<Record<string, unknown>>,
): { readonly [name: string]: Json } => structJson(schema.fields, version, value);

/** JSON text as Jackson writes it, on one line. */
export const jsonText = (json: Json): string =>
  JSON.stringify(json).replace(/\\u00[0-9a-f]{2}/g, (escaped) => `\\u${escaped.slice(2).toUpperCase()}`);

const structJson = (
  struct: Struct,
  version: number,
  value: Readonly<Record<string, unknown>>,
): { readonly [name: string]: Json } =>
  Object.fromEntries(
    fieldsOf(struct)
      .filter((field) => isShown(field, version, value[field.name]))
      .map((field) => [field.name, elementJson(field.fieldOf, version, value[field.name])]),
  );

const isShown = (field: FieldSpec, version: number, value: unknown): boolean =>
  isPresent(field, version) && (field.tag === null || value !== defaultOfField(field));

const elementJson = (element: Element, version: number, value: unknown): Json => {
  if (value === null || value === undefined) return null;
  if (Buffer.isBuffer(value)) return value.toString('base64');
  if (isWireType(element)) {
    if (element.kind === 'nullable') return elementJson(element.inner, version, value);
    if (element.kind === 'array' && Array.isArray(value))
      return value.map((item: unknown) => elementJson(element.element, version, item));
  } else if (typeof value === 'object') {
    return structJson(element, version, Object.fromEntries(Object.entries(value)));
  }
  return typeof value === 'number' || typeof value === 'boolean' ? value : String(value);
};
