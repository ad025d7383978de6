/** Request and response headers, and whole frames. Source: RequestHeader and ResponseHeader of Kafka 4.1; KIP-482, KIP-511. */
import type { ByteReader } from './byte-reader.ts';
import { ByteWriter } from './byte-writer.ts';
import { encodeRequest, encodeResponse } from './codec.ts';
import { type Api, isFlexible, type RequestInput, type ResponseInput } from './schema.ts';

const API_VERSIONS_KEY = 18;

/** What comes before the body of a request. */
export type RequestHeader = {
  readonly apiKey: number;
  readonly apiVersion: number;
  /** Chosen by the client; the response carries it back. */
  readonly correlationId: number;
  readonly clientId: string | null;
};

/** The first eight bytes of a request, which every version of the header has. */
export type RequestHeaderStart = Omit<RequestHeader, 'clientId'>;

/** The version of the request header: 2 for flexible versions of an API, 1 for the others. */
export const requestHeaderVersion = (described: Api, version: number): 1 | 2 =>
  isFlexible(described, version) ? 2 : 1;

/**
 * The version of the response header: 1 for flexible versions of an API, 0 for the others.
 * ApiVersions has 0 always, because a client reads it before it knows what the broker speaks (KIP-511).
 */
export const responseHeaderVersion = (described: Api, version: number): 0 | 1 =>
  isFlexible(described, version) && described.key !== API_VERSIONS_KEY ? 1 : 0;

/** Writes a request header. The client id has a two-byte length in both versions. */
export const encodeRequestHeader = (headerVersion: 1 | 2, header: RequestHeader, writer: ByteWriter): void => {
  writer.int16(header.apiKey);
  writer.int16(header.apiVersion);
  writer.int32(header.correlationId);
  writer.nullableString(header.clientId);
  if (headerVersion === 2) writer.unsignedVarint(0);
};

/**
 * Reads the part of a request header that tells which API and version it is, and so how to read the rest.
 * @throws ProtocolError when the bytes end too early.
 */
export const decodeRequestHeaderStart = (reader: ByteReader): RequestHeaderStart => ({
  apiKey: reader.int16(),
  apiVersion: reader.int16(),
  correlationId: reader.int32(),
});

/**
 * Reads the client id and, in version 2, passes over the tagged fields; the body follows.
 * @throws ProtocolError for bytes that are no header.
 */
export const decodeRequestHeaderRest = (headerVersion: 1 | 2, reader: ByteReader): { clientId: string | null } => {
  const clientId = reader.nullableString();
  if (headerVersion === 2) skipTaggedFields(reader);
  return { clientId };
};

/** Reads a whole request header of a known version. @throws ProtocolError for bytes that are no header. */
export const decodeRequestHeader = (headerVersion: 1 | 2, reader: ByteReader): RequestHeader => {
  const start = decodeRequestHeaderStart(reader);
  return { ...start, ...decodeRequestHeaderRest(headerVersion, reader) };
};

/** Writes a response header. */
export const encodeResponseHeader = (headerVersion: 0 | 1, correlationId: number, writer: ByteWriter): void => {
  writer.int32(correlationId);
  if (headerVersion === 1) writer.unsignedVarint(0);
};

/** Reads a response header and gives its correlation id. @throws ProtocolError for bytes that are no header. */
export const decodeResponseHeader = (headerVersion: 0 | 1, reader: ByteReader): number => {
  const correlationId = reader.int32();
  if (headerVersion === 1) skipTaggedFields(reader);
  return correlationId;
};

/** Passes over a section of tagged fields (KIP-482). @throws ProtocolError when it ends too early. */
export const skipTaggedFields = (reader: ByteReader): void => {
  const count = reader.unsignedVarint();
  for (let index = 0; index < count; index++) {
    reader.unsignedVarint();
    reader.skip(reader.unsignedVarint());
  }
};

/** A whole request in a buffer of its own: size (int32), header, body. @throws ProtocolError as `encodeRequest`. */
export const encodeRequestFrame = <A extends Api>(
  described: A,
  version: number,
  correlationId: number,
  clientId: string | null,
  value: RequestInput<A>,
): Buffer => {
  const writer = new ByteWriter();
  writer.int32(0);
  const header = { apiKey: described.key, apiVersion: version, correlationId, clientId };
  encodeRequestHeader(requestHeaderVersion(described, version), header, writer);
  encodeRequest(described, version, value, writer);
  return finishFrame(writer);
};

/** A whole response in a buffer of its own: size (int32), header, body. @throws ProtocolError as `encodeResponse`. */
export const encodeResponseFrame = <A extends Api>(
  described: A,
  version: number,
  correlationId: number,
  value: ResponseInput<A>,
): Buffer => {
  const writer = new ByteWriter();
  writer.int32(0);
  encodeResponseHeader(responseHeaderVersion(described, version), correlationId, writer);
  encodeResponse(described, version, value, writer);
  return finishFrame(writer);
};

const finishFrame = (writer: ByteWriter): Buffer => {
  writer.setInt32(0, writer.position - 4);
  return writer.written();
};
