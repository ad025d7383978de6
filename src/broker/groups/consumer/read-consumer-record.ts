import {
  consumerGroupCurrentMemberAssignmentKey,
  consumerGroupCurrentMemberAssignmentValue,
  consumerGroupMemberMetadataKey,
  consumerGroupMemberMetadataValue,
  consumerGroupMetadataKey,
  consumerGroupMetadataValue,
  consumerGroupTargetAssignmentMemberKey,
  consumerGroupTargetAssignmentMemberValue,
  consumerGroupTargetAssignmentMetadataKey,
  consumerGroupTargetAssignmentMetadataValue,
} from '../../../protocol/records/consumer-offsets.ts';
import { decodeRecord, type RecordSchema, recordVersion } from '../../../protocol/records/record-schema.ts';
import { RecordType } from './consumer-records.ts';

/** What a record says of a consumer group; a value is null when it is forgotten. */
export type ConsumerGroupRecord =
  | { readonly type: 'group'; readonly groupId: string; readonly value: { epoch: number; metadataHash: number } | null }
  | { readonly type: 'targetEpoch'; readonly groupId: string; readonly value: { assignmentEpoch: number } | null }
  | {
      readonly type: 'member';
      readonly groupId: string;
      readonly memberId: string;
      readonly value: StoredMember | null;
    }
  | {
      readonly type: 'target';
      readonly groupId: string;
      readonly memberId: string;
      readonly value: StoredTarget | null;
    }
  | {
      readonly type: 'current';
      readonly groupId: string;
      readonly memberId: string;
      readonly value: StoredCurrent | null;
    };

export type StoredMember = ReturnType<typeof readMember>;
export type StoredTarget = ReturnType<typeof readTarget>;
export type StoredCurrent = ReturnType<typeof readCurrent>;

const readMember = (value: Buffer) => decodeRecord(consumerGroupMemberMetadataValue, value);
const readTarget = (value: Buffer) => decodeRecord(consumerGroupTargetAssignmentMemberValue, value);
const readCurrent = (value: Buffer) => decodeRecord(consumerGroupCurrentMemberAssignmentValue, value);

/**
 * Reads a record of a consumer group; null for one of another kind, or of a kind that need not be kept: the topics of a
 * group before Kafka 4.1, and what regular expressions matched, are looked up anew.
 * @throws ProtocolError for bytes that are no such record.
 */
export const readConsumerRecord = (key: Buffer, value: Buffer | null): ConsumerGroupRecord | null => {
  const read = <T>(reader: (bytes: Buffer) => T): T | null => (value === null ? null : reader(value));
  switch (recordVersion(key)) {
    case RecordType.GROUP:
      return {
        type: 'group',
        ...decodeRecord(consumerGroupMetadataKey, key),
        value: read((bytes) => decodeRecord(consumerGroupMetadataValue, bytes)),
      };
    case RecordType.TARGET_EPOCH:
      return {
        type: 'targetEpoch',
        ...decodeRecord(consumerGroupTargetAssignmentMetadataKey, key),
        value: read((bytes) => decodeRecord(consumerGroupTargetAssignmentMetadataValue, bytes)),
      };
    case RecordType.MEMBER:
      return { type: 'member', ...memberKey(consumerGroupMemberMetadataKey, key), value: read(readMember) };
    case RecordType.TARGET:
      return { type: 'target', ...memberKey(consumerGroupTargetAssignmentMemberKey, key), value: read(readTarget) };
    case RecordType.CURRENT:
      return { type: 'current', ...memberKey(consumerGroupCurrentMemberAssignmentKey, key), value: read(readCurrent) };
    default:
      return null;
  }
};

const memberKey = (schema: RecordSchema<typeof consumerGroupMemberMetadataKey.fields>, key: Buffer) =>
  decodeRecord(schema, key);
