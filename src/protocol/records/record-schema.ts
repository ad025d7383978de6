/**
 * The records of Kafka's own topics and what clients put into opaque fields: a 2-byte version, then a body described as
 * a struct, like those of requests.
 */
import { ByteReader } from '../byte-reader.ts';
import { ByteWriter } from '../byte-writer.ts';
import { compileStruct } from '../compile.ts';
import type { Codec } from '../compile-primitives.ts';
import { ProtocolError } from '../errors.ts';
import type { Decoded, Encodable, Struct } from '../schema.ts';

/** A record: its versions and its fields. */
export type RecordSchema<Fields extends Struct = Struct> = {
  /** Kafka's name, such as `OffsetCommitValue`. */
  readonly name: string;
  /** First and last version described. In the keys of Kafka's topics the version says which kind of key it is. */
  readonly versions: readonly [min: number, max: number];
  /** The first flexible version; Infinity when none is. */
  readonly flexibleFrom: number;
  /** True when a version newer than those described is read as the last of them, and what follows is passed over. */
  readonly readsNewer: boolean;
  readonly fields: Fields;
};

/** What decoding a record gives. */
export type RecordOf<S extends RecordSchema> = Decoded<S['fields']>;
/** What encoding a record takes: fields that have a default may be left out. */
export type RecordInput<S extends RecordSchema> = Encodable<S['fields']>;

/** Describes a record. `flexibleFrom: null` means that no version is flexible; newer versions are refused by default. */
export const recordSchema = <const Fields extends Struct>(
  description: Omit<RecordSchema<Fields>, 'flexibleFrom' | 'readsNewer'> & {
    readonly flexibleFrom: number | null;
    readonly readsNewer?: boolean;
  },
): RecordSchema<Fields> => ({
  ...description,
  flexibleFrom: description.flexibleFrom ?? Number.POSITIVE_INFINITY,
  readsNewer: description.readsNewer ?? false,
});

const codecs = new WeakMap<RecordSchema, Map<number, Codec>>();

const codecOf = (schema: RecordSchema, version: number): Codec => {
  let byVersion = codecs.get(schema);
  if (byVersion === undefined) {
    byVersion = new Map();
    codecs.set(schema, byVersion);
  }
  let compiled = byVersion.get(version);
  if (compiled === undefined) {
    checkVersion(schema, version);
    compiled = compileStruct(schema.fields, { version, isFlexible: version >= schema.flexibleFrom });
    byVersion.set(version, compiled);
  }
  return compiled;
};

const checkVersion = ({ name, versions: [min, max] }: RecordSchema, version: number): void => {
  if (!Number.isInteger(version) || version < min || version > max) {
    throw new ProtocolError(`${name} is described for versions ${min} to ${max}; got ${version}`);
  }
};

const inContext = (error: unknown, { name }: RecordSchema, what: string): unknown =>
  error instanceof ProtocolError ? new ProtocolError(`${name} ${what}: ${error.message}`, { cause: error }) : error;

/**
 * The bytes of a record: its version and its body. Fields left out are their defaults.
 * @throws ProtocolError when a value cannot be carried by this version, and when the version is not described.
 */
export const encodeRecord = <S extends RecordSchema>(schema: S, version: number, value: RecordInput<S>): Buffer => {
  const compiled = codecOf(schema, version);
  const writer = new ByteWriter();
  writer.int16(version);
  try {
    compiled.encode(value, writer);
  } catch (error) {
    throw inContext(error, schema, `version ${version}`);
  }
  return writer.written();
};

/**
 * The version at the head of a record, which among the keys of a topic tells them apart.
 * @throws ProtocolError when there are fewer than two bytes.
 */
export const recordVersion = (bytes: Buffer): number => new ByteReader(bytes).int16();

/**
 * Reads a record. Fields its version lacks are their defaults; byte strings are subarrays of what is read.
 * @throws ProtocolError for bytes that are no such record, for bytes left over, and for a version not described; a
 * schema with `readsNewer` takes newer versions and what they add at the end.
 */
export const decodeRecord = <S extends RecordSchema>(schema: S, bytes: Buffer): RecordOf<S> => {
  const reader = new ByteReader(bytes);
  const last = schema.versions[1];
  try {
    const version = reader.int16();
    const isNewer = schema.readsNewer && version > last;
    const value = codecOf(schema, isNewer ? last : version).decode(reader) as RecordOf<S>;
    if (!isNewer) reader.expectEnd();
    return value;
  } catch (error) {
    throw inContext(error, schema, `byte ${reader.position}`);
  }
};
