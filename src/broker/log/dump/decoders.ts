import {
  consumerGroupCurrentMemberAssignmentKey,
  consumerGroupCurrentMemberAssignmentValue,
  consumerGroupMemberMetadataKey,
  consumerGroupMemberMetadataValue,
  consumerGroupMetadataKey,
  consumerGroupMetadataValue,
  consumerGroupPartitionMetadataKey,
  consumerGroupPartitionMetadataValue,
  consumerGroupTargetAssignmentMemberKey,
  consumerGroupTargetAssignmentMemberValue,
  consumerGroupTargetAssignmentMetadataKey,
  consumerGroupTargetAssignmentMetadataValue,
  groupMetadataKey,
  groupMetadataValue,
  offsetCommitKey,
  offsetCommitValue,
} from '../../../protocol/records/consumer-offsets.ts';
import {
  consumerProtocolAssignment,
  consumerProtocolSubscription,
} from '../../../protocol/records/consumer-protocol.ts';
import { decodeRecord, type RecordSchema, recordVersion } from '../../../protocol/records/record-schema.ts';
import { transactionLogKey, transactionLogValue } from '../../../protocol/records/transaction-log.ts';
import { type Json, jsonText, recordJson } from './record-json.ts';
import type { StoredRecord } from './records.ts';

/** A record's key and value as text; null for one that is not printed. */
export type DecodedRecord = { readonly key: string | null; readonly payload: string | null };

/** Turns a record into text. @throws RecordBatchError, ProtocolError never: what cannot be decoded says so in its text. */
export type RecordDecoder = (record: StoredRecord) => DecodedRecord;

/** Keys and values as UTF-8. */
export const decodeText: RecordDecoder = ({ key, value }) => ({
  key: key?.toString('utf8') ?? null,
  payload: value?.toString('utf8') ?? null,
});

/** Records of `__consumer_offsets`: committed offsets, classic groups and consumer groups. */
export const decodeOffsets: RecordDecoder = (record) =>
  decodeCoordinatorRecord(record, (type) => offsetsSchemas.get(type) ?? null);

/** Records of `__transaction_state`. */
export const decodeTransactions: RecordDecoder = (record) =>
  decodeCoordinatorRecord(record, (type) =>
    type === 0 ? { key: transactionLogKey, value: transactionLogValue } : null,
  );

type Schemas = { readonly key: RecordSchema; readonly value: RecordSchema };

/** By the type that stands at the head of the key. */
const offsetsSchemas: ReadonlyMap<number, Schemas> = new Map<number, Schemas>([
  [0, { key: offsetCommitKey, value: offsetCommitValue }],
  [1, { key: offsetCommitKey, value: offsetCommitValue }],
  [2, { key: groupMetadataKey, value: groupMetadataValue }],
  [3, { key: consumerGroupMetadataKey, value: consumerGroupMetadataValue }],
  [4, { key: consumerGroupPartitionMetadataKey, value: consumerGroupPartitionMetadataValue }],
  [5, { key: consumerGroupMemberMetadataKey, value: consumerGroupMemberMetadataValue }],
  [6, { key: consumerGroupTargetAssignmentMetadataKey, value: consumerGroupTargetAssignmentMetadataValue }],
  [7, { key: consumerGroupTargetAssignmentMemberKey, value: consumerGroupTargetAssignmentMemberValue }],
  [8, { key: consumerGroupCurrentMemberAssignmentKey, value: consumerGroupCurrentMemberAssignmentValue }],
]);

const decodeCoordinatorRecord = (
  { offset, key, value }: StoredRecord,
  schemasOf: (type: number) => Schemas | null,
): DecodedRecord => {
  if (key === null) return { key: `Error at offset ${offset}, skipping. The record has no key.`, payload: null };
  try {
    const type = recordVersion(key);
    const schemas = schemasOf(type);
    if (schemas === null) return { key: `Unknown record type ${type} at offset ${offset}, skipping.`, payload: null };
    const shownKey = { type: String(type), data: recordJson(schemas.key, type, decodeRecord(schemas.key, key)) };
    return {
      key: jsonText(shownKey),
      payload: value === null ? '<DELETE>' : jsonText(valueJson(schemas.value, value)),
    };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { key: `Error at offset ${offset}, skipping. ${why}`, payload: null };
  }
};

const valueJson = (schema: RecordSchema, bytes: Buffer): Json => {
  const version = recordVersion(bytes);
  const data = recordJson(schema, version, decodeRecord(schema, bytes));
  return { version: String(version), data: schema === groupMetadataValue ? withMembers(data, bytes) : data };
};

/** A group of consumers with what its members subscribed to and were assigned; bytes that are none of it stay base64. */
const withMembers = (data: { readonly [name: string]: Json }, bytes: Buffer): Json => {
  const group = decodeRecord(groupMetadataValue, bytes);
  if (group.protocolType !== 'consumer' || !Array.isArray(data.members)) return data;
  const members = data.members.map((shown: Json, index): Json => {
    const member = group.members[index];
    if (member === undefined || shown === null || typeof shown !== 'object') return shown;
    return {
      ...shown,
      subscription: embeddedJson(consumerProtocolSubscription, member.subscription),
      assignment: embeddedJson(consumerProtocolAssignment, member.assignment),
    };
  });
  return { ...data, members };
};

const embeddedJson = (schema: RecordSchema, bytes: Buffer): Json => {
  try {
    const version = recordVersion(bytes);
    if (version <= schema.versions[1]) return recordJson(schema, version, decodeRecord(schema, bytes));
  } catch {
    // Another client's own format: shown as it is.
  }
  return bytes.toString('base64');
};
