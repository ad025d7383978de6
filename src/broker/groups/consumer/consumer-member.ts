import { type Assignment, countOf, NO_PARTITIONS } from './assignment.ts';

/**
 * How far a member is on the way to its target (Kafka's `MemberState`): there; about to give partitions up; or waiting for
 * partitions that others still have.
 */
export type MemberState = 'STABLE' | 'UNREVOKED_PARTITIONS' | 'UNRELEASED_PARTITIONS';

/** A member of a consumer group. It is a value: each step makes a new one. */
export type ConsumerMember = {
  readonly memberId: string;
  /** `group.instance.id` of a static member. */
  readonly instanceId: string | null;
  readonly rackId: string | null;
  readonly clientId: string;
  readonly clientHost: string;
  /** Sorted, each name once. */
  readonly topicNames: readonly string[];
  /** Empty when it subscribes to names alone. */
  readonly topicRegex: string;
  /** How long it may take to give partitions up, milliseconds. */
  readonly rebalanceTimeoutMs: number;
  /** The assignor it would like; null when it does not mind. */
  readonly serverAssignor: string | null;
  /** -2 for a static member that is away. */
  readonly memberEpoch: number;
  readonly previousMemberEpoch: number;
  readonly state: MemberState;
  readonly assigned: Assignment;
  /** What it has been told to give up and may still have. */
  readonly pendingRevocation: Assignment;
};

/** A member that has joined nothing yet. */
export const newMember = (memberId: string): ConsumerMember => ({
  memberId,
  instanceId: null,
  rackId: null,
  clientId: '',
  clientHost: '',
  topicNames: [],
  topicRegex: '',
  rebalanceTimeoutMs: -1,
  serverAssignor: null,
  memberEpoch: 0,
  previousMemberEpoch: 0,
  state: 'STABLE',
  assigned: NO_PARTITIONS,
  pendingRevocation: NO_PARTITIONS,
});

/** Whether the member has all of the target of that epoch, and nothing else. */
export const isReconciledTo = ({ state, memberEpoch }: ConsumerMember, assignmentEpoch: number): boolean =>
  state === 'STABLE' && memberEpoch === assignmentEpoch;

/** Whether who they are and what they subscribe to is the same: what the member's metadata record holds. */
export const isSameMetadata = (one: ConsumerMember, other: ConsumerMember): boolean =>
  one.instanceId === other.instanceId &&
  one.rackId === other.rackId &&
  one.clientId === other.clientId &&
  one.clientHost === other.clientHost &&
  one.topicRegex === other.topicRegex &&
  one.rebalanceTimeoutMs === other.rebalanceTimeoutMs &&
  one.serverAssignor === other.serverAssignor &&
  isSameTopics(one.topicNames, other.topicNames);

/** Whether two sorted lists of topics are the same. */
export const isSameTopics = (one: readonly string[], other: readonly string[]): boolean =>
  one.length === other.length && one.every((name, index) => name === other[index]);

const CHARACTER_BYTES = 2;
const PARTITION_BYTES = 48;
const MEMBER_BYTES = 512;

/** About how much memory a member takes, bytes. */
export const memoryOf = (member: ConsumerMember): number => {
  let characters = member.memberId.length + member.clientId.length + member.topicRegex.length;
  for (const name of member.topicNames) characters += name.length;
  const partitionCount = countOf(member.assigned) + countOf(member.pendingRevocation);
  return MEMBER_BYTES + characters * CHARACTER_BYTES + partitionCount * PARTITION_BYTES;
};
