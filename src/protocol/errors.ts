/** Bytes that are not what the Kafka protocol says they must be, or a value that the protocol cannot carry. */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError';
}

/** What Kafka says about one error code. */
export type KafkaErrorInfo = {
  /** The int16 on the wire. */
  readonly code: number;
  /** Kafka's own name, such as `NOT_LEADER_OR_FOLLOWER`. */
  readonly name: ErrorName;
  /** True when Kafka's clients try the same request again (its exception is a `RetriableException`). */
  readonly retriable: boolean;
  /** One sentence for a person. */
  readonly message: string;
};

const RETRIABLE = true;
const FATAL = false;

/** Codes, names and which of them are retriable: `org.apache.kafka.common.protocol.Errors` of Kafka 4.1. */
const table = {
  UNKNOWN_SERVER_ERROR: [-1, FATAL, 'The broker failed in a way it did not expect; its log says how.'],
  NONE: [0, FATAL, 'No error.'],
  OFFSET_OUT_OF_RANGE: [1, FATAL, 'The offset lies outside what the partition holds.'],
  CORRUPT_MESSAGE: [2, RETRIABLE, 'The record batch is damaged: its CRC, its size or a key it must have is wrong.'],
  UNKNOWN_TOPIC_OR_PARTITION: [3, RETRIABLE, 'The broker has no such topic or partition.'],
  INVALID_FETCH_SIZE: [4, FATAL, 'The number of bytes asked for is not valid.'],
  LEADER_NOT_AVAILABLE: [5, RETRIABLE, 'The partition has no leader at the moment.'],
  NOT_LEADER_OR_FOLLOWER: [6, RETRIABLE, 'The broker is not the leader, or not a replica, of the partition.'],
  REQUEST_TIMED_OUT: [7, RETRIABLE, 'The request was not done within its time.'],
  BROKER_NOT_AVAILABLE: [8, FATAL, 'The broker is not available.'],
  REPLICA_NOT_AVAILABLE: [9, RETRIABLE, 'The replica is not available for the partition.'],
  MESSAGE_TOO_LARGE: [10, FATAL, 'The record batch is larger than max.message.bytes allows.'],
  STALE_CONTROLLER_EPOCH: [11, FATAL, 'The controller has moved to another broker.'],
  OFFSET_METADATA_TOO_LARGE: [12, FATAL, 'The metadata committed with an offset is too large.'],
  NETWORK_EXCEPTION: [13, RETRIABLE, 'The connection ended before the answer came.'],
  COORDINATOR_LOAD_IN_PROGRESS: [14, RETRIABLE, 'The coordinator is still loading its state.'],
  COORDINATOR_NOT_AVAILABLE: [15, RETRIABLE, 'The coordinator is not available.'],
  NOT_COORDINATOR: [16, RETRIABLE, 'The broker is not the coordinator asked for.'],
  INVALID_TOPIC_EXCEPTION: [17, FATAL, 'The topic name is not valid, or the topic does not allow this.'],
  RECORD_LIST_TOO_LARGE: [18, FATAL, 'The record batch is larger than a log segment may be.'],
  NOT_ENOUGH_REPLICAS: [19, RETRIABLE, 'Refused: fewer replicas are in sync than min.insync.replicas asks for.'],
  NOT_ENOUGH_REPLICAS_AFTER_APPEND: [20, RETRIABLE, 'Written, but to fewer in-sync replicas than required.'],
  INVALID_REQUIRED_ACKS: [21, FATAL, 'acks must be 0, 1 or -1 (all).'],
  ILLEGAL_GENERATION: [22, FATAL, 'The generation of the group is another one.'],
  INCONSISTENT_GROUP_PROTOCOL: [23, FATAL, 'The member shares no protocol with the group, or named none.'],
  INVALID_GROUP_ID: [24, FATAL, 'The group id is not valid.'],
  UNKNOWN_MEMBER_ID: [25, FATAL, 'The coordinator does not know this member.'],
  INVALID_SESSION_TIMEOUT: [26, FATAL, 'The session timeout is outside the range the broker allows.'],
  REBALANCE_IN_PROGRESS: [27, FATAL, 'The group is rebalancing: join again.'],
  INVALID_COMMIT_OFFSET_SIZE: [28, FATAL, 'The data of the offset commit has a wrong size.'],
  TOPIC_AUTHORIZATION_FAILED: [29, FATAL, 'Not allowed to do this with the topic.'],
  GROUP_AUTHORIZATION_FAILED: [30, FATAL, 'Not allowed to do this with the group.'],
  CLUSTER_AUTHORIZATION_FAILED: [31, FATAL, 'Not allowed to do this with the cluster.'],
  INVALID_TIMESTAMP: [32, FATAL, 'The time of a record is outside what the topic accepts.'],
  UNSUPPORTED_SASL_MECHANISM: [33, FATAL, 'The broker does not offer this SASL mechanism.'],
  ILLEGAL_SASL_STATE: [34, FATAL, 'The request does not fit the state of the SASL exchange.'],
  UNSUPPORTED_VERSION: [35, FATAL, 'The broker does not support this version of the request.'],
  TOPIC_ALREADY_EXISTS: [36, FATAL, 'A topic of this name exists already.'],
  INVALID_PARTITIONS: [37, FATAL, 'The number of partitions is not valid.'],
  INVALID_REPLICATION_FACTOR: [38, FATAL, 'The replication factor is below 1 or above the number of brokers.'],
  INVALID_REPLICA_ASSIGNMENT: [39, FATAL, 'The assignment of replicas is not valid.'],
  INVALID_CONFIG: [40, FATAL, 'A configuration key or value is not valid.'],
  NOT_CONTROLLER: [41, RETRIABLE, 'The broker is not the controller.'],
  INVALID_REQUEST: [42, FATAL, 'The request contradicts itself or the protocol.'],
  UNSUPPORTED_FOR_MESSAGE_FORMAT: [43, FATAL, 'The message format in use does not support this.'],
  POLICY_VIOLATION: [44, FATAL, 'A policy of the cluster forbids this.'],
  OUT_OF_ORDER_SEQUENCE_NUMBER: [45, FATAL, 'A sequence number of the producer is missing before this one.'],
  DUPLICATE_SEQUENCE_NUMBER: [46, FATAL, 'The sequence number of the producer was written before.'],
  INVALID_PRODUCER_EPOCH: [47, FATAL, 'The epoch of the producer is an old one.'],
  INVALID_TXN_STATE: [48, FATAL, 'The transaction is in a state that does not allow this.'],
  INVALID_PRODUCER_ID_MAPPING: [49, FATAL, 'The producer id does not belong to this transactional id.'],
  INVALID_TRANSACTION_TIMEOUT: [50, FATAL, 'The transaction timeout is above transaction.max.timeout.ms.'],
  CONCURRENT_TRANSACTIONS: [51, RETRIABLE, 'Another operation of the same transaction is still going on.'],
  TRANSACTION_COORDINATOR_FENCED: [52, FATAL, 'The sender is no longer the coordinator of this transaction.'],
  TRANSACTIONAL_ID_AUTHORIZATION_FAILED: [53, FATAL, 'Not allowed to use this transactional id.'],
  SECURITY_DISABLED: [54, FATAL, 'The cluster runs without security.'],
  OPERATION_NOT_ATTEMPTED: [55, FATAL, 'Not tried, because something else in the same request failed.'],
  KAFKA_STORAGE_ERROR: [56, RETRIABLE, 'The broker could not read or write its disk.'],
  LOG_DIR_NOT_FOUND: [57, FATAL, 'The broker has no such log directory.'],
  SASL_AUTHENTICATION_FAILED: [58, FATAL, 'The SASL credentials were refused.'],
  UNKNOWN_PRODUCER_ID: [59, FATAL, 'The partition holds nothing any more of this producer id.'],
  REASSIGNMENT_IN_PROGRESS: [60, FATAL, 'The partition is being reassigned.'],
  DELEGATION_TOKEN_AUTH_DISABLED: [61, FATAL, 'Delegation tokens are turned off.'],
  DELEGATION_TOKEN_NOT_FOUND: [62, FATAL, 'There is no such delegation token.'],
  DELEGATION_TOKEN_OWNER_MISMATCH: [63, FATAL, 'The principal neither owns nor may renew the delegation token.'],
  DELEGATION_TOKEN_REQUEST_NOT_ALLOWED: [64, FATAL, 'Delegation tokens need an authenticated, encrypted connection.'],
  DELEGATION_TOKEN_AUTHORIZATION_FAILED: [65, FATAL, 'Not allowed to use this delegation token.'],
  DELEGATION_TOKEN_EXPIRED: [66, FATAL, 'The delegation token has expired.'],
  INVALID_PRINCIPAL_TYPE: [67, FATAL, 'This type of principal is not supported.'],
  NON_EMPTY_GROUP: [68, FATAL, 'The group still has members.'],
  GROUP_ID_NOT_FOUND: [69, FATAL, 'There is no such group.'],
  FETCH_SESSION_ID_NOT_FOUND: [70, RETRIABLE, 'The broker does not know this fetch session.'],
  INVALID_FETCH_SESSION_EPOCH: [71, RETRIABLE, 'The epoch of the fetch session is not the next one.'],
  LISTENER_NOT_FOUND: [72, RETRIABLE, 'The leader has no listener of the name the client came in by.'],
  TOPIC_DELETION_DISABLED: [73, FATAL, 'The cluster does not allow topics to be deleted.'],
  FENCED_LEADER_EPOCH: [74, RETRIABLE, 'The leader epoch of the request is older than that of the broker.'],
  UNKNOWN_LEADER_EPOCH: [75, RETRIABLE, 'The leader epoch of the request is newer than that of the broker.'],
  UNSUPPORTED_COMPRESSION_TYPE: [76, FATAL, 'The version of the request does not know this compression type.'],
  STALE_BROKER_EPOCH: [77, FATAL, 'The epoch of the broker is another one.'],
  OFFSET_NOT_AVAILABLE: [78, RETRIABLE, 'The new leader does not know its high watermark yet.'],
  MEMBER_ID_REQUIRED: [79, FATAL, 'Join again with the member id that this answer carries.'],
  PREFERRED_LEADER_NOT_AVAILABLE: [80, RETRIABLE, 'The preferred leader is not available.'],
  GROUP_MAX_SIZE_REACHED: [81, FATAL, 'The group has as many members as it may have.'],
  FENCED_INSTANCE_ID: [82, FATAL, 'Another member has joined with the same group.instance.id.'],
  ELIGIBLE_LEADERS_NOT_AVAILABLE: [83, RETRIABLE, 'No replica that may become leader is available.'],
  ELECTION_NOT_NEEDED: [84, RETRIABLE, 'The partition needs no election.'],
  NO_REASSIGNMENT_IN_PROGRESS: [85, FATAL, 'The partition is not being reassigned.'],
  GROUP_SUBSCRIBED_TO_TOPIC: [86, FATAL, 'The group reads the topic, so its offsets cannot be deleted.'],
  INVALID_RECORD: [87, FATAL, 'The broker refused a record as not valid for the topic.'],
  UNSTABLE_OFFSET_COMMIT: [88, RETRIABLE, 'An offset belongs to a transaction that is still open.'],
  THROTTLING_QUOTA_EXCEEDED: [89, RETRIABLE, 'The quota is used up for now.'],
  PRODUCER_FENCED: [90, FATAL, 'A newer producer has the same transactional id.'],
  RESOURCE_NOT_FOUND: [91, FATAL, 'The request names something that does not exist.'],
  DUPLICATE_RESOURCE: [92, FATAL, 'The request names the same thing twice.'],
  UNACCEPTABLE_CREDENTIAL: [93, FATAL, 'The credential does not meet the rules.'],
  INCONSISTENT_VOTER_SET: [94, FATAL, 'Sender or receiver is not one of the voters.'],
  INVALID_UPDATE_VERSION: [95, FATAL, 'The version of the update is not valid.'],
  FEATURE_UPDATE_FAILED: [96, FATAL, 'The features could not be updated.'],
  PRINCIPAL_DESERIALIZATION_FAILURE: [97, FATAL, 'The principal of a forwarded request could not be read.'],
  SNAPSHOT_NOT_FOUND: [98, FATAL, 'There is no such snapshot.'],
  POSITION_OUT_OF_RANGE: [99, FATAL, 'The position lies outside the snapshot.'],
  UNKNOWN_TOPIC_ID: [100, RETRIABLE, 'The broker has no topic of this id.'],
  DUPLICATE_BROKER_REGISTRATION: [101, FATAL, 'The broker id is in use already.'],
  BROKER_ID_NOT_REGISTERED: [102, FATAL, 'The broker id is not registered.'],
  INCONSISTENT_TOPIC_ID: [103, RETRIABLE, 'The topic id is not that of the log.'],
  INCONSISTENT_CLUSTER_ID: [104, FATAL, 'The cluster id is that of another cluster.'],
  TRANSACTIONAL_ID_NOT_FOUND: [105, FATAL, 'There is no such transactional id.'],
  FETCH_SESSION_TOPIC_ID_ERROR: [106, RETRIABLE, 'The fetch session mixes topic names and topic ids.'],
  INELIGIBLE_REPLICA: [107, FATAL, 'A replica may not be part of the in-sync set.'],
  NEW_LEADER_ELECTED: [108, FATAL, 'The change was made, and the leader is another one now.'],
  OFFSET_MOVED_TO_TIERED_STORAGE: [109, FATAL, 'The offset lies in tiered storage now.'],
  FENCED_MEMBER_EPOCH: [110, FATAL, 'The member is fenced: give up all partitions and join again.'],
  UNRELEASED_INSTANCE_ID: [111, FATAL, 'The member that holds this instance id must leave first.'],
  UNSUPPORTED_ASSIGNOR: [112, FATAL, 'The group does not support this assignor.'],
  STALE_MEMBER_EPOCH: [113, FATAL, 'The epoch of the member is old: take the new one from a heartbeat.'],
  MISMATCHED_ENDPOINT_TYPE: [114, FATAL, 'The request went to the wrong kind of endpoint.'],
  UNSUPPORTED_ENDPOINT_TYPE: [115, FATAL, 'This kind of endpoint is not supported.'],
  UNKNOWN_CONTROLLER_ID: [116, FATAL, 'There is no controller of this id.'],
  UNKNOWN_SUBSCRIPTION_ID: [117, FATAL, 'The telemetry subscription is not known, or is an old one.'],
  TELEMETRY_TOO_LARGE: [118, FATAL, 'The telemetry pushed is larger than the broker takes.'],
  INVALID_REGISTRATION: [119, FATAL, 'The controller refused the registration of the broker.'],
  TRANSACTION_ABORTABLE: [120, FATAL, 'The transaction failed; abort it and go on with the same transactional id.'],
  INVALID_RECORD_STATE: [121, FATAL, 'The record is in a state that cannot be acknowledged.'],
  SHARE_SESSION_NOT_FOUND: [122, RETRIABLE, 'The broker does not know this share session.'],
  INVALID_SHARE_SESSION_EPOCH: [123, RETRIABLE, 'The epoch of the share session is not the next one.'],
  FENCED_STATE_EPOCH: [124, FATAL, 'The state epoch of the share group is another one.'],
  INVALID_VOTER_KEY: [125, FATAL, 'The voter key is not that of the receiver.'],
  DUPLICATE_VOTER: [126, FATAL, 'The voter is one of the voters already.'],
  VOTER_NOT_FOUND: [127, FATAL, 'The voter is not one of the voters.'],
  INVALID_REGULAR_EXPRESSION: [128, FATAL, 'The regular expression is not valid.'],
  REBOOTSTRAP_REQUIRED: [129, FATAL, 'The metadata of the client is too old: begin again at the bootstrap servers.'],
  STREAMS_INVALID_TOPOLOGY: [130, FATAL, 'The streams topology is not valid.'],
  STREAMS_INVALID_TOPOLOGY_EPOCH: [131, FATAL, 'The epoch of the streams topology is not valid.'],
  STREAMS_TOPOLOGY_FENCED: [132, FATAL, 'The epoch of the streams topology is an old one.'],
  SHARE_SESSION_LIMIT_REACHED: [133, RETRIABLE, 'The broker holds as many share sessions as it may.'],
} as const satisfies Record<string, readonly [code: number, retriable: boolean, message: string]>;

/** The name of a Kafka error code. */
export type ErrorName = keyof typeof table;

const names = Object.keys(table) as ErrorName[];

/** Error codes by Kafka's names: `ErrorCode.UNKNOWN_TOPIC_OR_PARTITION` is 3. */
export const ErrorCode = Object.fromEntries(names.map((name) => [name, table[name][0]])) as {
  readonly [Name in ErrorName]: (typeof table)[Name][0];
};

/** Every error code of Kafka 4.1, in the order of their codes. */
export const kafkaErrors: readonly KafkaErrorInfo[] = names.map((name) => {
  const [code, retriable, message] = table[name];
  return { code, name, retriable, message };
});

const byCode = new Map(kafkaErrors.map((info) => [info.code, info]));
const byName = new Map<string, KafkaErrorInfo>(kafkaErrors.map((info) => [info.name, info]));

/** What Kafka says about `code`; undefined for a code that Kafka 4.1 does not have. */
export const errorByCode = (code: number): KafkaErrorInfo | undefined => byCode.get(code);

/** What Kafka says about the error called `name`; undefined for a name that Kafka 4.1 does not have. */
export const errorByName = (name: string): KafkaErrorInfo | undefined => byName.get(name);

/** `NAME (code): sentence`, for messages to people; says so when the code is not one of Kafka 4.1. */
export const describeErrorCode = (code: number): string => {
  const info = byCode.get(code);
  return info === undefined
    ? `error code ${code}, which Kafka 4.1 does not have`
    : `${info.name} (${code}): ${info.message}`;
};
