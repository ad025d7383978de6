/** Encodes and decodes the bodies of requests and responses by their descriptions, compiled once a version. */
import type { ByteReader } from './byte-reader.ts';
import type { ByteWriter } from './byte-writer.ts';
import { compileStruct } from './compile.ts';
import type { Codec } from './compile-primitives.ts';
import { ProtocolError } from './errors.ts';
import {
  type Api,
  checkVersion,
  isFlexible,
  type RequestInput,
  type RequestOf,
  type ResponseInput,
  type ResponseOf,
  type Struct,
} from './schema.ts';

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
