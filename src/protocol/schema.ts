/**
 * One description of an API's request and response over all its versions.
 *
 * A struct is a plain object from field names to types. A field that not every version has is wrapped in `since`,
 * `between` or `tagged`; its names, defaults and versions are those of Kafka's message definitions
 * (`clients/src/main/resources/common/message` of Apache Kafka 4.1). From `flexibleFrom` on, lengths are compact and every
 * struct ends in tagged fields (KIP-482). `compile.ts` turns a description into closures, once a version; `codec.ts` runs them.
 */
import { ProtocolError } from './errors.ts';
import { type Uuid, ZERO_UUID } from './uuid.ts';

declare const shape: unique symbol;

/** The kinds of value that have no parts. */
export type PrimitiveKind =
  | 'int8'
  | 'int16'
  | 'int32'
  | 'int64'
  | 'uint16'
  | 'uint32'
  | 'float64'
  | 'bool'
  | 'string'
  | 'bytes'
  | 'records'
  | 'uuid';

type PrimitiveNode = { readonly kind: PrimitiveKind };
type ArrayNode = { readonly kind: 'array'; readonly element: Element };
type NullableNode = { readonly kind: 'nullable'; readonly inner: Element; readonly sinceVersion: number };

/** A type on the wire; `Out` is what decoding gives, `In` what encoding takes. */
export type WireType<Out = unknown, In = Out> = (PrimitiveNode | ArrayNode | NullableNode) & {
  readonly [shape]?: readonly [decoded: Out, encodable: In];
};

/** Field names to their types, in the order of the wire. */
export interface Struct {
  readonly [name: string]: Element | Field;
}

/** What can be the element of an array or the type of a field. */
export type Element = WireType | Struct;

/** A field that has a default: encoding may leave it out, and versions that lack it decode to the default. */
export type Field<E extends Element = Element> = {
  readonly fieldOf: E;
  readonly fromVersion: number;
  /** The last version that has it. */
  readonly toVersion: number;
  /** Its tag when it lives in the tagged fields, otherwise null. */
  readonly tag: number | null;
  /** The default; undefined means the one of its type. */
  readonly defaultValue: number | string | boolean | null | undefined;
  /** True when a version that lacks the field drops the value, false when it refuses all but the default. */
  readonly isIgnorable: boolean;
};

/** What a default can be: nothing mutable, so that one value serves all messages. */
type Scalar<T> = Extract<T, number | string | boolean | null>;
type Flatten<T> = { [Key in keyof T]: T[Key] };
type DefaultedKeys<S> = { [Key in keyof S]: S[Key] extends Field ? Key : never }[keyof S];

/** What decoding an element or field gives. */
export type Decoded<E> =
  E extends Field<infer Inner>
    ? Decoded<Inner>
    : E extends WireType<infer Out, unknown>
      ? Out
      : { -readonly [Key in keyof E]: Decoded<E[Key]> };

/** What encoding an element or field takes: as decoded, but fields with a default may be left out. */
export type Encodable<E> =
  E extends Field<infer Inner>
    ? Encodable<Inner>
    : E extends WireType<unknown, infer In>
      ? In
      : Flatten<
          { readonly [Key in Exclude<keyof E, DefaultedKeys<E>>]: Encodable<E[Key]> } & {
            readonly [Key in DefaultedKeys<E>]?: Encodable<E[Key]>;
          }
        >;

/** A signed byte. */
export const int8: WireType<number> = { kind: 'int8' };
/** A signed 16-bit number. */
export const int16: WireType<number> = { kind: 'int16' };
/** A signed 32-bit number. */
export const int32: WireType<number> = { kind: 'int32' };
/** A number; beyond the safe integers both directions throw ProtocolError. */
export const int64: WireType<number> = { kind: 'int64' };
/** An unsigned 16-bit number. */
export const uint16: WireType<number> = { kind: 'uint16' };
/** An unsigned 32-bit number. */
export const uint32: WireType<number> = { kind: 'uint32' };
/** A double. */
export const float64: WireType<number> = { kind: 'float64' };
/** One byte, 0 or 1. */
export const bool: WireType<boolean> = { kind: 'bool' };
/** UTF-8 of at most 32767 bytes. */
export const string: WireType<string> = { kind: 'string' };
/** Bytes; decoding gives a subarray of what was read, not a copy. */
export const bytes: WireType<Buffer, Uint8Array> = { kind: 'bytes' };
/** Record batches as bytes, or null; decoding gives a subarray of what was read, not a copy. */
export const records: WireType<Buffer | null, Uint8Array | null> = { kind: 'records' };
/** 16 bytes as Kafka prints them, see `uuid.ts`. */
export const uuid: WireType<Uuid> = { kind: 'uuid' };

/** Any number of `element`, which is a type or a struct. */
export const array = <const E extends Element>(element: E): WireType<Decoded<E>[], readonly Encodable<E>[]> => ({
  kind: 'array',
  element,
});

/** `inner` or null, where earlier versions than `sinceVersion` refuse null. Its default stays that of `inner`. */
export const nullable = <const E extends Element>(
  inner: E,
  sinceVersion = 0,
): WireType<Decoded<E> | null, Encodable<E> | null> => ({ kind: 'nullable', inner, sinceVersion });

/** A field that all versions have and that encoding may leave out, meaning `defaultValue`. */
export const withDefault = <const E extends Element>(fieldOf: E, defaultValue: Scalar<Decoded<E>>): Field<E> =>
  between(0, Number.POSITIVE_INFINITY, fieldOf, defaultValue);

/** A field that exists from `version` on. Without `defaultValue` the default is that of its type (0, '', false, []). */
export const since = <const E extends Element>(
  version: number,
  fieldOf: E,
  defaultValue?: Scalar<Decoded<E>>,
): Field<E> => between(version, Number.POSITIVE_INFINITY, fieldOf, defaultValue);

/** A field that exists in the versions `from` to `to`, both included. */
export const between = <const E extends Element>(
  fromVersion: number,
  toVersion: number,
  fieldOf: E,
  defaultValue?: Scalar<Decoded<E>>,
): Field<E> => ({ fieldOf, fromVersion, toVersion, tag: null, defaultValue, isIgnorable: false });

/** A tagged field from `version` on, written only when it is not the default. */
export const tagged = <const E extends Element>(
  tag: number,
  version: number,
  fieldOf: E,
  defaultValue?: Scalar<Decoded<E>>,
): Field<E> => ({ ...since(version, fieldOf, defaultValue), tag });

/** A field whose value is dropped by versions that lack it (Kafka's `ignorable`), where others refuse to encode it. */
export const ignorable = <const E extends Element>(field: Field<E>): Field<E> => ({ ...field, isIgnorable: true });

/** An API: its key, its versions, and the structs of its request and response. */
export type Api<Request extends Struct = Struct, Response extends Struct = Struct> = {
  readonly key: number;
  /** Kafka's name, such as `ListOffsets`. */
  readonly name: string;
  /** First and last version described. */
  readonly versions: readonly [min: number, max: number];
  /** The first flexible version; Infinity when none is. */
  readonly flexibleFrom: number;
  readonly request: Request;
  readonly response: Response;
};

/** What decoding a request of this API gives. */
export type RequestOf<A extends Api> = Decoded<A['request']>;
/** What decoding a response of this API gives. */
export type ResponseOf<A extends Api> = Decoded<A['response']>;
/** What encoding a request of this API takes: fields that have a default may be left out. */
export type RequestInput<A extends Api> = Encodable<A['request']>;
/** What encoding a response of this API takes: fields that have a default may be left out. */
export type ResponseInput<A extends Api> = Encodable<A['response']>;

/** Describes an API. `flexibleFrom: null` means that no version is flexible. */
export const api = <const Request extends Struct, const Response extends Struct>(
  description: Omit<Api<Request, Response>, 'flexibleFrom'> & { readonly flexibleFrom: number | null },
): Api<Request, Response> => ({
  ...description,
  flexibleFrom: description.flexibleFrom ?? Number.POSITIVE_INFINITY,
});

/** True when `version` of the API uses compact lengths and tagged fields. */
export const isFlexible = (described: Api, version: number): boolean => version >= described.flexibleFrom;

/** @throws ProtocolError when `version` is not one of the versions described. */
export const checkVersion = (described: Api, version: number): void => {
  const [min, max] = described.versions;
  if (!Number.isInteger(version) || version < min || version > max) {
    throw new ProtocolError(`${described.name} is described for versions ${min} to ${max}; got ${version}`);
  }
};

/** True for a type, false for a struct. */
export const isWireType = (element: Element): element is WireType => typeof element.kind === 'string';

/** A field in one form, whether it was wrapped or not. */
export type FieldSpec = Field & { readonly name: string; readonly hasDefault: boolean };

const isField = (entry: Element | Field): entry is Field =>
  'isIgnorable' in entry && typeof entry.isIgnorable === 'boolean';

/** The fields of a struct in the order of the wire. */
export const fieldsOf = (struct: Struct): readonly FieldSpec[] =>
  Object.entries(struct).map(([name, entry]) =>
    isField(entry) ? { ...entry, name, hasDefault: true } : { ...since(0, entry), name, hasDefault: false },
  );

/** A fresh default of a type or struct: 0, false, '', [], no bytes, the zero UUID, null for records. */
export const defaultOf = (element: Element): unknown => {
  if (!isWireType(element)) {
    return Object.fromEntries(fieldsOf(element).map((field) => [field.name, defaultOfField(field)]));
  }
  switch (element.kind) {
    case 'array':
      return [];
    case 'nullable':
      return defaultOf(element.inner);
    case 'bool':
      return false;
    case 'string':
      return '';
    case 'bytes':
      return Buffer.alloc(0);
    case 'records':
      return null;
    case 'uuid':
      return ZERO_UUID;
    default:
      return 0;
  }
};

/** A fresh default of a field. */
export const defaultOfField = (field: Field): unknown =>
  field.defaultValue === undefined ? defaultOf(field.fieldOf) : field.defaultValue;

/** True when the field exists in `version`. */
export const isPresent = (field: Field, version: number): boolean =>
  version >= field.fromVersion && version <= field.toVersion;
