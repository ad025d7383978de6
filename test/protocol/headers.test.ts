import { describe, expect, test } from 'vitest';
import { ByteReader } from '../../src/protocol/byte-reader.ts';
import { decodeRequest, decodeResponse } from '../../src/protocol/codec.ts';
import { ProtocolError } from '../../src/protocol/errors.ts';
import {
  decodeRequestHeader,
  decodeRequestHeaderStart,
  decodeResponseHeader,
  encodeRequestFrame,
  encodeResponseFrame,
  requestHeaderVersion,
  responseHeaderVersion,
} from '../../src/protocol/headers.ts';
import { apiVersions } from '../../src/protocol/messages/api-versions.ts';
import { metadata } from '../../src/protocol/messages/metadata.ts';

const read = (hex: string): ByteReader => new ByteReader(Buffer.from(hex, 'hex'));

describe('Frames', () => {
  test.each([8, 9])('a request of version %i is its size, header and body', (version) => {
    const frame = encodeRequestFrame(metadata, version, 77, 'me', { topics: [{ name: 't' }] });
    const reader = new ByteReader(frame);
    expect(reader.int32()).toBe(frame.length - 4);
    const header = decodeRequestHeader(requestHeaderVersion(metadata, version), reader);
    expect(header).toEqual({ apiKey: 3, apiVersion: version, correlationId: 77, clientId: 'me' });
    expect(decodeRequest(metadata, version, reader).topics?.[0]?.name).toBe('t');
    reader.expectEnd();
  });

  test.each([0, 2, 3, 4])('an ApiVersions response of version %i has the header of version 0', (version) => {
    const frame = encodeResponseFrame(apiVersions, version, 5, { errorCode: 35, apiKeys: [] });
    const reader = new ByteReader(frame);
    expect(reader.int32()).toBe(frame.length - 4);
    expect(responseHeaderVersion(apiVersions, version)).toBe(0);
    expect(decodeResponseHeader(0, reader)).toBe(5);
    expect(decodeResponse(apiVersions, version, reader).errorCode).toBe(35);
    reader.expectEnd();
  });

  test('a flexible request that is no ApiVersions has a flexible response header', () => {
    expect(responseHeaderVersion(metadata, 8)).toBe(0);
    expect(responseHeaderVersion(metadata, 9)).toBe(1);
  });
});

describe('Headers', () => {
  test('begin with what tells how to read the rest', () => {
    expect(decodeRequestHeaderStart(read('0003000900000007'))).toEqual({ apiKey: 3, apiVersion: 9, correlationId: 7 });
  });

  test('may carry tagged fields, which are passed over', () => {
    const reader = read('0003000900000007ffff' + '01' + '05' + '02abcd' + 'ee');
    expect(decodeRequestHeader(2, reader).clientId).toBeNull();
    expect(reader.int8()).toBe(-18);
  });

  test.each([
    '',
    '0003',
    '0003000900000007',
    '00030009000000070005',
    '0003000900000007ffff01',
    '0003000900000007ffff0100ff',
  ])('are refused when they end too early: %s', (hex) => {
    expect(() => decodeRequestHeader(2, read(hex))).toThrow(ProtocolError);
  });
});
