/** Bounds of the group coordinator that are no Kafka settings, each with its reason. */

/** Groups of one broker: each takes about a kilobyte when it is empty. */
export const MAX_GROUPS = 100_000;

/** Members of one group whatever `group.max.size` says: the leader is sent all of them in one response. */
export const MAX_GROUP_MEMBERS = 10_000;

/** Subscriptions and assignments that one group may hold, bytes: they become one record, which a segment must take. */
export const MAX_GROUP_BYTES = 16 * 1024 * 1024;

/** Subscriptions and assignments of all groups together, bytes. */
export const MAX_ALL_GROUPS_BYTES = 256 * 1024 * 1024;

/** Committed offsets of all groups together: about 200 bytes each. */
export const MAX_COMMITTED_OFFSETS = 1_000_000;

/** Records of the coordinator are cut into batches of about this size, bytes; Kafka's `message.max.bytes` takes them. */
export const RECORDS_BATCH_BYTES = 512 * 1024;

/**
 * A member that waits for its first JoinGroup response cannot send heartbeats, and a client that went away meanwhile is not
 * noticed otherwise: it is given up after this time, milliseconds (Kafka's `group.new.member.join.timeout`).
 */
export const NEW_MEMBER_JOIN_TIMEOUT_MS = 5 * 60_000;

/** Longest delay of a timer, milliseconds: Node's own bound. */
export const MAX_TIMER_MS = 2 ** 31 - 1;
