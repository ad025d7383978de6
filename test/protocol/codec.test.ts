import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ByteReader } from '../../src/protocol/byte-reader.ts';
import { ByteWriter } from '../../src/protocol/byte-writer.ts';
import { decodeRequest, decodeResponse, encodeRequest, encodeResponse } from '../../src/protocol/codec.ts';
import { ProtocolError } from '../../src/protocol/errors.ts';
import { allApis } from '../../src/protocol/messages/all.ts';
import { createPartitions } from '../../src/protocol/messages/create-partitions.ts';
import { deleteTopics } from '../../src/protocol/messages/delete-topics.ts';
import { fetch } from '../../src/protocol/messages/fetch.ts';
import { listOffsets } from '../../src/protocol/messages/list-offsets.ts';
import { metadata } from '../../src/protocol/messages/metadata.ts';
import {
  type Api,
  api,
  array,
  bytes,
  float64,
  int8,
  int32,
  nullable,
  since,
  string,
  tagged,
  uint16,
  uint32,
  withDefault,
} from '../../src/protocol/schema.ts';
import { arbitraryStruct } from './message-values.ts';

/** Types that none of the real APIs has yet. */
const everyOtherType = api({
  key: 0x7fff,
  name: 'EveryOtherType',
  versions: [0, 2],
  flexibleFrom: 2,
  request: {
    ratio: float64,
    port: uint16,
    checksum: uint32,
    blob: bytes,
    maybeBlob: nullable(bytes, 1),
    cursor: since(1, nullable({ name: string, index: int32 }), null),
    taggedCursor: tagged(3, 2, nullable({ name: string, index: int32 }), null),
    taggedNames: tagged(70_000, 2, array(string)),
  },
  response: { kind: int8, fieldOf: withDefault(int32, 5), isIgnorable: since(1, int8, 2) },
});

type Body = Record<string, unknown>;

const everyApi: readonly Api[] = [...allApis, everyOtherType];
const bodies = everyApi.flatMap((described) => {
  const [min, max] = described.versions;
  return Array.from({ length: max - min + 1 }, (_, index) => min + index).flatMap((version) => [
    {
      name: `${described.name} request version ${version}`,
      arbitrary: arbitraryStruct(described.request, version),
      encode: (value: Body, writer: ByteWriter) => encodeRequest(described, version, value, writer),
      decode: (reader: ByteReader) => decodeRequest(described, version, reader),
    },
    {
      name: `${described.name} response version ${version}`,
      arbitrary: arbitraryStruct(described.response, version),
      encode: (value: Body, writer: ByteWriter) => encodeResponse(described, version, value, writer),
      decode: (reader: ByteReader) => decodeResponse(described, version, reader),
    },
  ]);
});

/** Runs `read` and lets nothing but ProtocolError count as a refusal. */
const isRefused = (read: () => unknown): boolean => {
  try {
    read();
    return false;
  } catch (error) {
    if (error instanceof ProtocolError) return true;
    throw error;
  }
};

const encoded = (encode: (value: Body, writer: ByteWriter) => void, value: Body): Buffer => {
  const writer = new ByteWriter();
  encode(value, writer);
  return writer.written();
};

/** Every position in a short body; in a longer one about fifty, spread over all of it, so that the tests stay quick. */
const positionsIn = (body: Buffer): number[] => {
  const step = Math.ceil(body.length / 50);
  return [...body.keys()].filter((position) => position % step === 0 || position === body.length - 1);
};

describe.each(bodies)('$name', ({ arbitrary, encode, decode }) => {
  test('decodes to what was encoded, from the middle of a buffer too', () => {
    fc.assert(
      fc.property(arbitrary, fc.nat(5), (value, offset) => {
        const body = encoded(encode, value);
        const buffer = Buffer.concat([Buffer.alloc(offset, 0xff), body, Buffer.alloc(3, 0xff)]);
        const reader = new ByteReader(buffer, offset, offset + body.length);
        expect(decode(reader)).toEqual(value);
        expect(reader.remaining).toBe(0);
      }),
      { numRuns: 12 },
    );
  });

  test('is refused when cut short', () => {
    fc.assert(
      fc.property(arbitrary, (value) => {
        const body = encoded(encode, value);
        const taken = positionsIn(body).filter((end) => !isRefused(() => decode(new ByteReader(body, 0, end))));
        expect(taken).toEqual([]);
      }),
      { numRuns: 4 },
    );
  });

  test('reads or refuses bytes that were tampered with, and never fails otherwise', () => {
    const hostile = fc.constantFrom('ffffffff', '7fffffff', '80000000', 'ffffffff0f', 'fffffffe', '00', 'ff');
    fc.assert(
      fc.property(arbitrary, hostile, (value, hex) => {
        const body = encoded(encode, value);
        for (const at of positionsIn(body)) {
          const tampered = Buffer.from(body);
          tampered.write(hex, at, 'hex');
          isRefused(() => decode(new ByteReader(tampered)));
        }
      }),
      { numRuns: 3 },
    );
  });

  test('reads or refuses any bytes at all', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (noise) => {
        isRefused(() => decode(new ByteReader(Buffer.from(noise))));
      }),
      { numRuns: 12 },
    );
  });
});

const read = (hex: string): ByteReader => new ByteReader(Buffer.from(hex, 'hex'));

describe('Lengths from the network', () => {
  test('an array count beyond the bytes left is refused before anything is allocated', () => {
    expect(() => decodeResponse(metadata, 0, read('7fffffff'))).toThrow(/array of 2147483647 elements does not fit/);
    expect(() => decodeResponse(metadata, 9, read('00000000ffffffff0f'))).toThrow(/4294967294 elements does not fit/);
  });

  test('an array count is held against the least its elements can take', () => {
    // Ten brokers of at least ten bytes each cannot be in forty bytes.
    expect(() => decodeResponse(metadata, 0, read(`0000000a${'00'.repeat(40)}`))).toThrow(/does not fit/);
  });

  test('a negative count is refused where null is not allowed', () => {
    expect(() => decodeResponse(metadata, 0, read('ffffffff'))).toThrow(ProtocolError);
    expect(() => decodeRequest(metadata, 1, read('fffffffe'))).toThrow(ProtocolError);
  });

  test('a tagged field whose value is shorter than its size is refused', () => {
    const body = encoded((value, writer) => encodeRequest<Api>(everyOtherType, 2, value, writer), {
      ratio: 1,
      port: 1,
      checksum: 1,
      blob: Buffer.alloc(0),
      maybeBlob: null,
      taggedCursor: { name: 'n', index: 1 },
    });
    const atSize = body.length - 10 + 1;
    expect(body[atSize]).toBe(8);
    const padded = Buffer.concat([body, Buffer.from([0])]);
    padded[atSize] = 9;
    expect(() => decodeRequest(everyOtherType, 2, new ByteReader(padded))).toThrow(/follow the end/);
  });
});

describe('Versions', () => {
  const partition = { partition: 0, fetchOffset: 0, partitionMaxBytes: 1 };
  const request = { maxWaitMs: 1, minBytes: 1, topics: [{ topic: 't', partitions: [partition] }] };
  const encodeFetch = (version: number, value: Parameters<typeof encodeRequest<typeof fetch>>[2]): Buffer => {
    const writer = new ByteWriter();
    encodeRequest(fetch, version, value, writer);
    return writer.written();
  };

  test('a field left out is sent as its default', () => {
    const explicit = { ...request, replicaId: -1, maxBytes: 0x7fffffff, sessionEpoch: -1, rackId: '' };
    expect(encodeFetch(11, request)).toEqual(encodeFetch(11, explicit));
  });

  test('a field the version lacks is refused when it says something', () => {
    const withEpoch = { ...request, topics: [{ topic: 't', partitions: [{ ...partition, lastFetchedEpoch: 3 }] }] };
    expect(() => encodeFetch(11, withEpoch)).toThrow(
      'Fetch version 11 request: lastFetchedEpoch cannot be sent in version 11, which lacks it; leave it out',
    );
    expect(() => encodeFetch(6, { ...request, forgottenTopicsData: [{ partitions: [1] }] })).toThrow(ProtocolError);
    expect(() => encodeFetch(14, { ...request, replicaState: { replicaId: 1 } })).toThrow(ProtocolError);
  });

  test('a field the version lacks may be given at its default', () => {
    const same = { ...request, forgottenTopicsData: [], replicaState: { replicaId: -1, replicaEpoch: -1 } };
    expect(encodeFetch(4, same)).toEqual(encodeFetch(4, request));
  });

  test('an ignorable field is dropped by versions that lack it', () => {
    expect(encodeFetch(4, { ...request, sessionId: 9, clusterId: 'c' })).toEqual(encodeFetch(4, request));
  });

  test('null is refused by versions before the field could be null', () => {
    const writer = new ByteWriter();
    expect(() => encodeRequest(metadata, 0, { topics: null }, writer)).toThrow(/null cannot be sent in version 0/);
    expect(() => encodeRequest(metadata, 9, { topics: [{ name: null }] }, writer)).toThrow(ProtocolError);
  });

  test('one that is not described is refused by name', () => {
    const message = 'DeleteTopics is described for versions 1 to 6; got 7';
    expect(() => encodeRequest(deleteTopics, 7, { timeoutMs: 1 }, new ByteWriter())).toThrow(message);
    expect(() => decodeRequest(deleteTopics, 0, read('00'))).toThrow(ProtocolError);
    expect(() => decodeRequest(deleteTopics, 1.5, read('00'))).toThrow(ProtocolError);
  });
});

describe('Decoding', () => {
  test('gives byte strings as views of what was read', () => {
    const records = Buffer.from('batch');
    const partition = { partitionIndex: 0, errorCode: 0, highWatermark: 1, abortedTransactions: null, records };
    const writer = new ByteWriter();
    encodeResponse(fetch, 12, { responses: [{ topic: 't', partitions: [partition] }] }, writer);
    const body = writer.written();
    const decoded = decodeResponse(fetch, 12, new ByteReader(body)).responses[0]?.partitions[0]?.records;
    expect(decoded).toEqual(records);
    expect(decoded?.buffer).toBe(body.buffer);
  });

  test('gives every message defaults of its own', () => {
    const decode = () =>
      decodeResponse(metadata, 0, read('00000000' + '00000001' + '0000' + '0001' + '74' + '00000000'));
    decode().topics.pop();
    expect(decode().topics).toHaveLength(1);
    const old = () => decodeRequest(fetch, 4, read(`ffffffff${'00'.repeat(12)}00${'00000000'}`));
    old().forgottenTopicsData.push({ topic: 'x', topicId: 'x', partitions: [] });
    expect(old().forgottenTopicsData).toEqual([]);
  });

  test('says which message it was and at which byte', () => {
    expect(() => decodeResponse(listOffsets, 1, read('00000001'))).toThrow(/^ListOffsets version 1 response, byte 4: /);
  });
});

describe('Encoding', () => {
  test('refuses a value that its type cannot hold', () => {
    const topics = [{ name: 't', count: 2 ** 31, assignments: null }];
    expect(() =>
      encodeRequest(createPartitions, 0, { topics, timeoutMs: 1, validateOnly: false }, new ByteWriter()),
    ).toThrow('CreatePartitions version 0 request: int32 cannot hold 2147483648');
  });

  test('names a field that is missing', () => {
    const incomplete: Body = { topics: [] };
    expect(() => encodeRequest<Api>(createPartitions, 0, incomplete, new ByteWriter())).toThrow(/timeoutMs is missing/);
  });
});
