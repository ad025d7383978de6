import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ProtocolError } from '../../src/protocol/errors.ts';
import { allRecords } from '../../src/protocol/records/all.ts';
import {
  groupMetadataKey,
  groupMetadataValue,
  offsetCommitKey,
  offsetCommitValue,
} from '../../src/protocol/records/consumer-offsets.ts';
import {
  consumerProtocolAssignment,
  consumerProtocolSubscription,
} from '../../src/protocol/records/consumer-protocol.ts';
import {
  decodeRecord,
  encodeRecord,
  type RecordSchema,
  recordSchema,
  recordVersion,
} from '../../src/protocol/records/record-schema.ts';
import { transactionLogValue } from '../../src/protocol/records/transaction-log.ts';
import { arbitraryStruct, fromKafkaJson } from './message-values.ts';

type GoldenRecord = {
  readonly record: string;
  readonly version: number;
  readonly name: string;
  readonly json: unknown;
  readonly hex: string;
};

const file = new URL('../fixtures/golden/records.json', import.meta.url);
const golden: { readonly cases: readonly GoldenRecord[] } = JSON.parse(readFileSync(file, 'utf8'));

const versionsOf = ({ versions: [min, max] }: RecordSchema): number[] =>
  Array.from({ length: max - min + 1 }, (_, index) => min + index);

describe.each(allRecords.map((schema) => ({ schema, name: schema.name })))('The record $name', ({ schema }) => {
  const cases = golden.cases.filter(({ record }) => record === schema.name || record === `Legacy${schema.name}`);

  test('has bytes that Kafka wrote in every version', () => {
    expect([...new Set(cases.map(({ version }) => version))]).toEqual(versionsOf(schema));
  });

  test.each(cases)('reads and writes what Kafka writes: version $version, $name', ({ version, json, hex }) => {
    const expected = fromKafkaJson(schema.fields, json, version);
    const bytes = Buffer.from(hex, 'hex');
    const decoded = decodeRecord(schema, bytes);
    expect(decoded).toEqual(expected);
    expect(encodeRecord(schema, version, decoded)).toEqual(bytes);
    expect(recordVersion(bytes)).toBe(version);
  });

  test.each(
    versionsOf(schema),
  )('decodes to what was encoded in version %d, and is refused when cut short', (version) => {
    fc.assert(
      fc.property(arbitraryStruct(schema.fields, version), (value) => {
        const bytes = encodeRecord<RecordSchema>(schema, version, value);
        expect(decodeRecord(schema, bytes)).toEqual(value);
        const taken = [...bytes.keys()].filter((end) => !isRefused(schema, bytes.subarray(0, end)));
        expect(taken).toEqual([]);
      }),
      { numRuns: 10 },
    );
  });
});

/** Whether reading throws ProtocolError; anything else it throws goes on. */
const isRefused = (schema: RecordSchema, bytes: Buffer): boolean => {
  try {
    decodeRecord(schema, bytes);
    return false;
  } catch (error) {
    if (error instanceof ProtocolError) return true;
    throw error;
  }
};

describe('Records', () => {
  test('tell the keys of a topic apart by their version', () => {
    expect(recordVersion(encodeRecord(offsetCommitKey, 1, { group: 'g', topic: 't', partition: 0 }))).toBe(1);
    expect(recordVersion(encodeRecord(groupMetadataKey, 2, { group: 'g' }))).toBe(2);
  });

  test('of a version that is not described are refused by name', () => {
    expect(() => decodeRecord(groupMetadataKey, Buffer.from('0003000167', 'hex'))).toThrow(
      'GroupMetadataKey byte 2: GroupMetadataKey is described for versions 2 to 2; got 3',
    );
    expect(() => encodeRecord(groupMetadataKey, 1, { group: 'g' })).toThrow(ProtocolError);
  });

  test('are refused when bytes follow their end', () => {
    const bytes = encodeRecord(groupMetadataKey, 2, { group: 'g' });
    expect(() => decodeRecord(groupMetadataKey, Buffer.concat([bytes, Buffer.from([0])]))).toThrow(/follow the end/);
  });

  test('refuse a value that their version lacks, and drop one that may be dropped', () => {
    const state = {
      producerId: 1,
      producerEpoch: 0,
      transactionTimeoutMs: 1000,
      transactionStatus: 0,
      transactionPartitions: null,
      transactionLastUpdateTimestampMs: 1,
      transactionStartTimestampMs: -1,
    };
    expect(() => encodeRecord(transactionLogValue, 0, { ...state, nextProducerId: 7 })).toThrow(
      'TransactionLogValue version 0: nextProducerId cannot be sent in version 0, which lacks it; leave it out',
    );
    const offset = { offset: 5, leaderEpoch: 3, metadata: '', commitTimestamp: 1 };
    expect(decodeRecord(offsetCommitValue, encodeRecord(offsetCommitValue, 2, offset)).leaderEpoch).toBe(-1);
  });

  test('give their members as views of what was read', () => {
    const member = {
      memberId: 'm',
      clientId: 'c',
      clientHost: '/127.0.0.1',
      sessionTimeout: 1,
      subscription: Buffer.from('subscription'),
      assignment: Buffer.alloc(0),
    };
    const group = { protocolType: 'consumer', generation: 1, protocol: 'range', leader: 'm', members: [member] };
    const bytes = encodeRecord(groupMetadataValue, 3, group);
    expect(decodeRecord(groupMetadataValue, bytes).members[0]?.subscription.buffer).toBe(bytes.buffer);
  });
});

describe('The consumer protocol', () => {
  const newer = recordSchema({
    name: 'Newer',
    versions: [9, 9],
    flexibleFrom: null,
    fields: { ...consumerProtocolSubscription.fields, more: consumerProtocolSubscription.fields.topics },
  });

  test('is read from a version newer than those described', () => {
    const bytes = encodeRecord(newer, 9, { topics: ['t'], rackId: 'r', more: ['x'] });
    expect(decodeRecord(consumerProtocolSubscription, bytes)).toEqual({
      topics: ['t'],
      userData: null,
      ownedPartitions: [],
      generationId: -1,
      rackId: 'r',
    });
  });

  test('is refused with a version below zero', () => {
    expect(() => decodeRecord(consumerProtocolAssignment, Buffer.from('ffff00000000ffffffff', 'hex'))).toThrow(
      ProtocolError,
    );
  });
});
