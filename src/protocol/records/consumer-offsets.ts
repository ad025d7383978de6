/** The records of `__consumer_offsets` for offsets and classic groups: each key is followed by its value, or by null to forget it. */
import { array, between, bytes, ignorable, int32, int64, nullable, since, string, tagged, uuid } from '../schema.ts';
import { recordSchema } from './record-schema.ts';

/** The key of a committed offset. Version 1 is written; 0 is of old and looks the same. */
export const offsetCommitKey = recordSchema({
  name: 'OffsetCommitKey',
  versions: [0, 1],
  flexibleFrom: null,
  fields: { group: string, topic: string, partition: int32 },
});

/**
 * A committed offset. Kafka 4.1 writes version 3, the last that is not flexible, or 1 with an offset that expires.
 * Timestamps are in milliseconds.
 */
export const offsetCommitValue = recordSchema({
  name: 'OffsetCommitValue',
  versions: [0, 4],
  flexibleFrom: 4,
  fields: {
    offset: int64,
    leaderEpoch: ignorable(since(3, int32, -1)),
    metadata: string,
    commitTimestamp: int64,
    expireTimestamp: ignorable(between(1, 1, int64, -1)),
    topicId: ignorable(tagged(0, 4, uuid)),
  },
});

/** The key of a classic group. */
export const groupMetadataKey = recordSchema({
  name: 'GroupMetadataKey',
  versions: [2, 2],
  flexibleFrom: null,
  fields: { group: string },
});

/**
 * A classic group: its generation, and its members with what they subscribed to and were assigned. Kafka 4.1 writes
 * version 3. Times are in milliseconds.
 */
export const groupMetadataValue = recordSchema({
  name: 'GroupMetadataValue',
  versions: [0, 4],
  flexibleFrom: 4,
  fields: {
    protocolType: string,
    generation: int32,
    protocol: nullable(string),
    leader: nullable(string),
    currentStateTimestamp: ignorable(since(2, int64, -1)),
    members: array({
      memberId: string,
      groupInstanceId: ignorable(since(3, nullable(string), null)),
      clientId: string,
      clientHost: string,
      rebalanceTimeout: ignorable(since(1, int32, -1)),
      sessionTimeout: int32,
      subscription: bytes,
      assignment: bytes,
    }),
  },
});
