import { consumerGroupDescribe } from '../../protocol/messages/consumer-group-describe.ts';
import { describeGroups } from '../../protocol/messages/describe-groups.ts';
import { consumerProtocolAssignment } from '../../protocol/records/consumer-protocol.ts';
import { decodeRecord } from '../../protocol/records/record-schema.ts';
import { kafkaError } from '../connection.ts';
import { type AdminAccess, withRetries } from './access.ts';
import { type Coordinator, findGroupCoordinator } from './coordinator.ts';

/** Partitions of one topic. */
export type TopicPartitions = { readonly topic: string; readonly partitions: readonly number[] };

/** A member of a group. */
export type DescribedMember = {
  readonly memberId: string;
  /** `group.instance.id`; null for a member without one. */
  readonly instanceId: string | null;
  readonly clientId: string;
  readonly host: string;
  readonly assignment: readonly TopicPartitions[];
  /** What a member of the newer protocol is on its way to; null in a classic group. */
  readonly target: { readonly epoch: number; readonly assignment: readonly TopicPartitions[] } | null;
};

/** A group as its coordinator describes it. */
export type DescribedGroup = {
  readonly groupId: string;
  /** `Stable`, `Empty`, `PreparingRebalance` and so on. */
  readonly state: string;
  readonly assignor: string;
  readonly coordinator: { readonly nodeId: number; readonly host: string; readonly port: number };
  readonly members: readonly DescribedMember[];
  /** Of the newer protocol (KIP-848); null in a classic group. */
  readonly epochs: { readonly group: number; readonly assignment: number } | null;
};

const UNSUPPORTED_VERSION = 35;
const GROUP_ID_NOT_FOUND = 69;

/** A consumer group of either protocol; null when there is none of this id. Rejects with a ClientError. */
export const describeGroup = (access: AdminAccess, groupId: string): Promise<DescribedGroup | null> =>
  withRetries(access, async () => {
    const coordinator = await findGroupCoordinator(access.cluster, groupId);
    return (await describeNewer(coordinator, groupId)) ?? (await describeClassic(coordinator, groupId));
  });

/** Null when there is no such group of the newer protocol. */
const describeNewer = async (coordinator: Coordinator, groupId: string): Promise<DescribedGroup | null> => {
  const { connection, nodeId, host, port } = coordinator;
  if (!connection.offers(consumerGroupDescribe)) return null;
  const { groups } = await connection.request(consumerGroupDescribe, {
    groupIds: [groupId],
    includeAuthorizedOperations: false,
  });
  const [group] = groups;
  if (group === undefined || group.errorCode === GROUP_ID_NOT_FOUND || group.errorCode === UNSUPPORTED_VERSION)
    return null;
  if (group.errorCode !== 0)
    throw kafkaError(group.errorCode, `group ${groupId} cannot be described`, group.errorMessage);
  return {
    groupId,
    state: group.groupState,
    assignor: group.assignorName,
    coordinator: { nodeId, host, port },
    epochs: { group: group.groupEpoch, assignment: group.assignmentEpoch },
    members: group.members.map((member) => ({
      memberId: member.memberId,
      instanceId: member.instanceId,
      clientId: member.clientId,
      host: member.clientHost,
      assignment: byTopic(member.assignment.topicPartitions),
      target: { epoch: member.memberEpoch, assignment: byTopic(member.targetAssignment.topicPartitions) },
    })),
  };
};

const byTopic = (topics: readonly { topicName: string; partitions: readonly number[] }[]): readonly TopicPartitions[] =>
  sorted(topics.map(({ topicName, partitions }) => ({ topic: topicName, partitions })));

const describeClassic = async (coordinator: Coordinator, groupId: string): Promise<DescribedGroup | null> => {
  const { connection, nodeId, host, port } = coordinator;
  const { groups } = await connection.request(describeGroups, { groups: [groupId] });
  const [group] = groups;
  if (group === undefined || group.errorCode === GROUP_ID_NOT_FOUND || group.groupState === 'Dead') return null;
  if (group.errorCode !== 0) throw kafkaError(group.errorCode, `group ${groupId} cannot be described`);
  return {
    groupId,
    state: group.groupState,
    assignor: group.protocolData,
    coordinator: { nodeId, host, port },
    epochs: null,
    members: group.members.map((member) => ({
      memberId: member.memberId,
      instanceId: member.groupInstanceId,
      clientId: member.clientId,
      host: member.clientHost,
      assignment: classicAssignment(member.memberAssignment),
      target: null,
    })),
  };
};

/** A member that waits for its assignment has none. */
const classicAssignment = (bytes: Buffer): readonly TopicPartitions[] =>
  bytes.length === 0 ? [] : sorted(decodeRecord(consumerProtocolAssignment, bytes).assignedPartitions);

const sorted = (topics: readonly TopicPartitions[]): readonly TopicPartitions[] =>
  topics
    .map(({ topic, partitions }) => ({ topic, partitions: partitions.toSorted((one, other) => one - other) }))
    .toSorted((one, other) => (one.topic < other.topic ? -1 : 1));
