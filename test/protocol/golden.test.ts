import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { ByteReader } from '../../src/protocol/byte-reader.ts';
import { ByteWriter } from '../../src/protocol/byte-writer.ts';
import { decodeRequest, decodeResponse, encodeRequest, encodeResponse } from '../../src/protocol/codec.ts';
import {
  decodeRequestHeader,
  decodeResponseHeader,
  encodeRequestHeader,
  encodeResponseHeader,
  requestHeaderVersion,
  responseHeaderVersion,
} from '../../src/protocol/headers.ts';
import { allApis } from '../../src/protocol/messages/all.ts';
import type { Api } from '../../src/protocol/schema.ts';
import { fromKafkaJson } from './message-values.ts';

type GoldenCase = {
  readonly kind: 'request' | 'response' | 'requestHeader' | 'responseHeader';
  readonly version: number;
  readonly name: string;
  /** The version of the API whose header it is. */
  readonly apiVersion?: number;
  readonly json: unknown;
  readonly hex: string;
};

const folder = new URL('../fixtures/golden/', import.meta.url);
const load = <T>(name: string): T => JSON.parse(readFileSync(new URL(name, folder), 'utf8'));

const written = (write: (writer: ByteWriter) => void): string => {
  const writer = new ByteWriter();
  write(writer);
  return writer.written().toString('hex');
};

const readAll = <T>(hex: string, read: (reader: ByteReader) => T): T => {
  const reader = new ByteReader(Buffer.from(hex, 'hex'));
  const value = read(reader);
  reader.expectEnd();
  return value;
};

const checkBody = (api: Api, { kind, version, json, hex }: GoldenCase): void => {
  const [struct, encode, decode] =
    kind === 'request'
      ? ([api.request, encodeRequest, decodeRequest] as const)
      : ([api.response, encodeResponse, decodeResponse] as const);
  const expected = fromKafkaJson(struct, json, version);
  const decoded = readAll(hex, (reader) => decode(api, version, reader));
  expect(decoded).toEqual(expected);
  expect(written((writer) => encode(api, version, decoded, writer))).toBe(hex);
  expect(written((writer) => encode(api, version, expected as typeof decoded, writer))).toBe(hex);
};

const checkRequestHeader = (api: Api, { version, apiVersion = 0, json, hex }: GoldenCase): void => {
  const headerVersion = requestHeaderVersion(api, apiVersion);
  expect(headerVersion).toBe(version);
  const header = readAll(hex, (reader) => decodeRequestHeader(headerVersion, reader));
  expect(json).toEqual({
    requestApiKey: header.apiKey,
    requestApiVersion: header.apiVersion,
    correlationId: header.correlationId,
    clientId: header.clientId,
  });
  expect(written((writer) => encodeRequestHeader(headerVersion, header, writer))).toBe(hex);
};

const checkResponseHeader = (api: Api, { version, apiVersion = 0, json, hex }: GoldenCase): void => {
  const headerVersion = responseHeaderVersion(api, apiVersion);
  expect(headerVersion).toBe(version);
  const correlationId = readAll(hex, (reader) => decodeResponseHeader(headerVersion, reader));
  expect(json).toEqual({ correlationId });
  expect(written((writer) => encodeResponseHeader(headerVersion, correlationId, writer))).toBe(hex);
};

const check = (api: Api, golden: GoldenCase): void => {
  if (golden.kind === 'requestHeader') checkRequestHeader(api, golden);
  else if (golden.kind === 'responseHeader') checkResponseHeader(api, golden);
  else checkBody(api, golden);
};

const versionsOf = (api: Api): number[] => {
  const [min, max] = api.versions;
  return Array.from({ length: max - min + 1 }, (_, index) => min + index);
};

describe.each(allApis.map((api) => ({ api, name: api.name })))('$name, against bytes that Kafka wrote', ({ api }) => {
  const file = `${api.name}.json`;
  if (!existsSync(new URL(file, folder))) {
    test('has golden bytes', () =>
      expect.fail(`test/fixtures/golden/${file} is missing: add the API to scripts/golden`));
    return;
  }
  const golden = load<{ apiKey: number; cases: GoldenCase[] }>(file);

  test('has golden bytes of every version, request and response, and of every header', () => {
    expect(golden.apiKey).toBe(api.key);
    for (const kind of ['request', 'response'] as const) {
      const found = new Set(golden.cases.filter((one) => one.kind === kind).map((one) => one.version));
      expect([...found].sort((left, right) => left - right)).toEqual(versionsOf(api));
    }
    const headers = new Set(golden.cases.map((one) => `${one.kind} ${one.version}`));
    for (const version of versionsOf(api)) {
      expect(headers).toContain(`requestHeader ${requestHeaderVersion(api, version)}`);
      expect(headers).toContain(`responseHeader ${responseHeaderVersion(api, version)}`);
    }
  });

  for (const one of golden.cases) {
    const of = one.apiVersion === undefined ? '' : ` of API version ${one.apiVersion}`;
    test(`reads and writes ${one.kind} version ${one.version}${of}, ${one.name}`, () => check(api, one));
  }
});

describe('Tagged fields that nobody knows', () => {
  const { cases } = load<{ cases: (GoldenCase & { apiKey: number })[] }>('unknown-tagged-fields.json');

  test.each(
    cases.map((one) => [`${one.kind} version ${one.version} of API ${one.apiKey}`, one] as const),
  )('are skipped in %s', (_, { apiKey, kind, version, json, hex }) => {
    const api = allApis.find(({ key }) => key === apiKey);
    if (api === undefined) throw new Error(`no API has key ${apiKey}`);
    const [struct, decode] =
      kind === 'request' ? ([api.request, decodeRequest] as const) : ([api.response, decodeResponse] as const);
    const decoded = readAll(hex, (reader) => decode(api, version, reader));
    expect(decoded).toEqual(fromKafkaJson(struct, json, version));
  });
});
