import { ErrorCode } from '../../protocol/errors.ts';
import { describeTopicPartitions } from '../../protocol/messages/describe-topic-partitions.ts';
import type { ResponseInput } from '../../protocol/schema.ts';
import { ZERO_UUID } from '../../protocol/uuid.ts';
import { topicOperations } from '../authorized-operations.ts';
import { handler } from '../handler.ts';
import { MAX_DESCRIBED_PARTITIONS } from '../limits.ts';
import { LEADER_EPOCH, type Partition } from '../partition.ts';
import { may } from '../security/access.ts';
import { checkTopicName, TopicError } from '../topic-name.ts';
import { isInternalTopic } from '../topics.ts';

type Response = ResponseInput<typeof describeTopicPartitions>;

/** DescribeTopicPartitions: topics by name, as many partitions as a page holds; no names mean all topics. */
export const handleDescribeTopicPartitions = handler(describeTopicPartitions, ({ request, broker, access }) => {
  const { nodeId } = broker.settings;
  const { cursor, responsePartitionLimit } = request;
  const asked = request.topics.map(({ name }) => name);
  const all =
    asked.length === 0
      ? Array.from(broker.topics.all(), ({ name }) => name).filter((name) => may(access, 'DESCRIBE', 'TOPIC', name))
      : asked;
  const names = [...new Set(all)].sort((left, right) => (left < right ? -1 : 1));
  let room = Math.max(1, Math.min(responsePartitionLimit, MAX_DESCRIBED_PARTITIONS));
  const topics: Response['topics'][number][] = [];
  let nextCursor: Response['nextCursor'] = null;
  for (const name of names) {
    if (cursor !== null && name < cursor.topicName) continue;
    const topic = broker.topics.get(name);
    const from = cursor?.topicName === name && topic !== undefined ? Math.max(0, cursor.partitionIndex) : 0;
    if (room === 0) {
      nextCursor = { topicName: name, partitionIndex: from };
      break;
    }
    if (!may(access, 'DESCRIBE', 'TOPIC', name)) {
      topics.push({ errorCode: ErrorCode.TOPIC_AUTHORIZATION_FAILED, name, topicId: ZERO_UUID, partitions: [] });
      continue;
    }
    if (topic === undefined) {
      topics.push({ errorCode: whyMissing(name), name, topicId: ZERO_UUID, partitions: [] });
      continue;
    }
    const partitions = topic.partitions.slice(from, from + room);
    room -= partitions.length;
    topics.push({
      errorCode: ErrorCode.NONE,
      name,
      topicId: topic.id,
      isInternal: isInternalTopic(name),
      partitions: partitions.map((partition) => describe(partition, nodeId)),
      ...topicOperations(true, access, name),
    });
    if (from + partitions.length < topic.partitions.length) {
      nextCursor = { topicName: name, partitionIndex: from + partitions.length };
      break;
    }
  }
  return { topics, nextCursor };
});

/** No such topic, or no such name. */
const whyMissing = (name: string): number => {
  try {
    checkTopicName(name);
    return ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
  } catch (error) {
    if (error instanceof TopicError) return error.code;
    throw error;
  }
};

const describe = ({ index }: Partition, nodeId: number): Response['topics'][number]['partitions'][number] => ({
  errorCode: ErrorCode.NONE,
  partitionIndex: index,
  leaderId: nodeId,
  leaderEpoch: LEADER_EPOCH,
  replicaNodes: [nodeId],
  isrNodes: [nodeId],
  eligibleLeaderReplicas: [],
  lastKnownElr: [],
  offlineReplicas: [],
});
