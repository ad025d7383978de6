import { consumerProtocolAssignment, consumerProtocolSubscription } from '../../protocol/records/consumer-protocol.ts';
import { decodeRecord, encodeRecord } from '../../protocol/records/record-schema.ts';
import type { Assignor, PastAssignment, Subscriber, TopicPartitions } from './assignor.ts';

/** The newest versions, as Kafka's own client sends them: readers of older ones find what they know in front. */
const SUBSCRIPTION_VERSION = 3;
const ASSIGNMENT_VERSION = 3;

/** What a member says when it joins. */
export type Subscription = {
  readonly topics: readonly string[];
  readonly ownedPartitions: readonly TopicPartitions[];
  /** The generation that gave it those; -1 for none. */
  readonly generationId: number;
  /** `client.rack`; empty for none. */
  readonly rack: string;
};

const mutable = (topics: readonly TopicPartitions[]) =>
  topics.map(({ topic, partitions }) => ({ topic, partitions: [...partitions] }));

/** What a member tells the leader if the group chooses this assignor. */
export const encodeSubscription = (
  assignor: Assignor,
  { topics, ownedPartitions, generationId, rack }: Subscription,
  past: PastAssignment | null,
): Buffer =>
  encodeRecord(consumerProtocolSubscription, SUBSCRIPTION_VERSION, {
    topics: [...new Set(topics)].toSorted(),
    userData: assignor.userData?.(past) ?? null,
    ownedPartitions: mutable(ownedPartitions),
    generationId,
    rackId: rack === '' ? null : rack,
  });

/** Reads what a member said. Throws a ProtocolError for bytes that are no subscription. */
export const decodeSubscriber = (member: {
  readonly memberId: string;
  readonly groupInstanceId: string | null;
  readonly metadata: Buffer;
}): Subscriber => {
  const { topics, ownedPartitions, generationId, userData } = decodeRecord(
    consumerProtocolSubscription,
    member.metadata,
  );
  return {
    memberId: member.memberId,
    instanceId: member.groupInstanceId,
    topics,
    ownedPartitions,
    generationId,
    userData,
  };
};

/** What the leader hands in for one member. */
export const encodeAssignment = (partitions: readonly TopicPartitions[]): Buffer =>
  encodeRecord(consumerProtocolAssignment, ASSIGNMENT_VERSION, { assignedPartitions: mutable(partitions) });

/** What a member is to read; nothing when the leader handed in nothing for it. Throws a ProtocolError. */
export const decodeAssignment = (bytes: Buffer): readonly TopicPartitions[] => {
  if (bytes.length === 0) return [];
  const { assignedPartitions } = decodeRecord(consumerProtocolAssignment, bytes);
  return assignedPartitions;
};
