import type { PlainRecord } from '../../protocol/record-batch.ts';
import {
  groupMetadataKey,
  groupMetadataValue,
  offsetCommitKey,
  offsetCommitValue,
} from '../../protocol/records/consumer-offsets.ts';
import { decodeRecord, encodeRecord, type RecordOf, recordVersion } from '../../protocol/records/record-schema.ts';
import type { ClassicGroup } from './classic-group.ts';
import { type ConsumerGroupRecord, readConsumerRecord } from './consumer/read-consumer-record.ts';
import type { CommittedOffset } from './group-offsets.ts';
import { NO_BYTES } from './member.ts';

/** Versions that Kafka 4.1 writes: the newest that are not flexible. */
const OFFSET_KEY_VERSION = 1;
const OFFSET_VALUE_VERSION = 3;
const GROUP_KEY_VERSION = 2;
const GROUP_VALUE_VERSION = 3;
/** The only version that carries when an offset expires. */
const EXPIRING_OFFSET_VALUE_VERSION = 1;

/** The record of a committed offset; without `committed` the one that forgets it. */
export const offsetRecord = (
  place: { readonly group: string; readonly topic: string; readonly partition: number },
  committed: CommittedOffset | null,
  timestampMs: number,
): PlainRecord => ({
  timestampMs,
  key: encodeRecord(offsetCommitKey, OFFSET_KEY_VERSION, place),
  value: committed === null ? null : offsetValue(committed),
});

const offsetValue = ({ offset, leaderEpoch, metadata, committedAtMs, expiresAtMs }: CommittedOffset): Buffer =>
  expiresAtMs === null
    ? encodeRecord(offsetCommitValue, OFFSET_VALUE_VERSION, {
        offset,
        leaderEpoch,
        metadata,
        commitTimestamp: committedAtMs,
      })
    : encodeRecord(offsetCommitValue, EXPIRING_OFFSET_VALUE_VERSION, {
        offset,
        metadata,
        commitTimestamp: committedAtMs,
        expireTimestamp: expiresAtMs,
      });

/** The record of a group with these assignments by member id. */
export const groupRecord = (
  group: ClassicGroup,
  assignments: ReadonlyMap<string, Uint8Array>,
  timestampMs: number,
): PlainRecord => ({
  timestampMs,
  key: groupKey(group.groupId),
  value: encodeRecord(groupMetadataValue, GROUP_VALUE_VERSION, {
    protocolType: group.protocolType ?? '',
    generation: group.generationId,
    protocol: group.protocolName,
    leader: group.leaderId,
    currentStateTimestamp: group.stateSinceMs ?? timestampMs,
    members: Array.from(group.members(), (member) => ({
      memberId: member.memberId,
      groupInstanceId: member.instanceId,
      clientId: member.clientId,
      clientHost: member.clientHost,
      rebalanceTimeout: member.rebalanceTimeoutMs,
      sessionTimeout: member.sessionTimeoutMs,
      subscription: member.metadataFor(group.protocolName ?? ''),
      assignment: assignments.get(member.memberId) ?? NO_BYTES,
    })),
  }),
});

/** The record that forgets a group. */
export const groupTombstone = (groupId: string, timestampMs: number): PlainRecord => ({
  timestampMs,
  key: groupKey(groupId),
  value: null,
});

const groupKey = (group: string): Buffer => encodeRecord(groupMetadataKey, GROUP_KEY_VERSION, { group });

/** A group as its record tells it. */
export type StoredGroup = RecordOf<typeof groupMetadataValue>;

/** What a record of `__consumer_offsets` says; `other` is of a kind of group that this broker does not know. */
export type GroupRecord =
  | {
      readonly kind: 'offset';
      readonly group: string;
      readonly topic: string;
      readonly partition: number;
      readonly committed: CommittedOffset | null;
    }
  | { readonly kind: 'group'; readonly group: string; readonly stored: StoredGroup | null }
  | { readonly kind: 'consumer'; readonly record: ConsumerGroupRecord }
  | { readonly kind: 'other' };

/**
 * Reads a record of `__consumer_offsets`; what is returned holds none of its bytes.
 * @throws ProtocolError for bytes that are no such record.
 */
export const readGroupRecord = (key: Buffer, value: Buffer | null): GroupRecord => {
  const version = recordVersion(key);
  if (version === GROUP_KEY_VERSION) {
    const { group } = decodeRecord(groupMetadataKey, key);
    return { kind: 'group', group, stored: value === null ? null : copyOf(decodeRecord(groupMetadataValue, value)) };
  }
  if (version < 0 || version > OFFSET_KEY_VERSION) {
    const record = readConsumerRecord(key, value);
    return record === null ? { kind: 'other' } : { kind: 'consumer', record };
  }
  return {
    kind: 'offset',
    ...decodeRecord(offsetCommitKey, key),
    committed: value === null ? null : committedOf(decodeRecord(offsetCommitValue, value)),
  };
};

const committedOf = (value: RecordOf<typeof offsetCommitValue>): CommittedOffset => ({
  offset: value.offset,
  leaderEpoch: value.leaderEpoch,
  metadata: value.metadata,
  committedAtMs: value.commitTimestamp,
  expiresAtMs: value.expireTimestamp < 0 ? null : value.expireTimestamp,
});

const copyOf = (stored: StoredGroup): StoredGroup => ({
  ...stored,
  members: stored.members.map((member) => ({
    ...member,
    subscription: Buffer.from(member.subscription),
    assignment: Buffer.from(member.assignment),
  })),
});
