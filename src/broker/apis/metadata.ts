import { ErrorCode } from '../../protocol/errors.ts';
import { metadata } from '../../protocol/messages/metadata.ts';
import type { RequestOf, ResponseInput } from '../../protocol/schema.ts';
import { ZERO_UUID } from '../../protocol/uuid.ts';
import { clusterOperations, topicOperations } from '../authorized-operations.ts';
import { laterHandler } from '../handler.ts';
import { LEADER_EPOCH } from '../partition.ts';
import { type Access, may, mayOnCluster } from '../security/access.ts';
import type { BrokerState } from '../state.ts';
import { isInternalTopic, type Topic, TopicError } from '../topics.ts';

type Asked = NonNullable<RequestOf<typeof metadata>['topics']>[number];
type Answered = ResponseInput<typeof metadata>['topics'][number];

const FIRST_ASKED_BY_ID = 12;

/** Metadata: this one broker, and the topics asked for; a topic that is missing is made when both sides allow it. */
export const handleMetadata = laterHandler(metadata, async ({ request, version, broker, advertised, access }) => {
  const { nodeId } = broker.settings;
  const { host, port } = advertised;
  // Version 0 had no null: its empty list means all topics.
  const isAll = request.topics === null || (version === 0 && request.topics.length === 0);
  const mayCreate = request.allowAutoTopicCreation && broker.settings.autoCreateTopicsEnable;
  const isTopicAsked = request.includeTopicAuthorizedOperations;
  const topics = isAll
    ? Array.from(broker.topics.all())
        .filter(({ name }) => may(access, 'DESCRIBE', 'TOPIC', name))
        .map((topic) => describe(topic, nodeId))
    : await Promise.all(
        (request.topics ?? []).map((asked) =>
          isByIdTooEarly(asked, version)
            ? failed(ErrorCode.INVALID_REQUEST, asked.name ?? '', asked.topicId)
            : answer(asked, mayCreate, broker, access),
        ),
      );
  return {
    brokers: [{ nodeId, host, port }],
    clusterId: broker.clusterId,
    controllerId: nodeId,
    topics: isTopicAsked
      ? topics.map((topic) => ({ ...topic, ...topicOperations(topic.errorCode === 0, access, topic.name ?? '') }))
      : topics,
    ...clusterOperations(request.includeClusterAuthorizedOperations, access),
  };
});

/** Versions 10 and 11 have the field for the id, but cannot be asked by it, nor answer without a name (Kafka's `KafkaApis`). */
const isByIdTooEarly = (asked: Asked, version: number): boolean =>
  version < FIRST_ASKED_BY_ID && (asked.name === null || asked.topicId !== ZERO_UUID);

const answer = async (
  asked: Asked,
  mayCreate: boolean,
  broker: BrokerState,
  access: Access | null,
): Promise<Answered> => {
  if (asked.name === null) {
    const topic = broker.topics.getById(asked.topicId);
    if (topic !== undefined && may(access, 'DESCRIBE', 'TOPIC', topic.name))
      return describe(topic, broker.settings.nodeId);
    return failed(ErrorCode.UNKNOWN_TOPIC_ID, null, asked.topicId);
  }
  if (!may(access, 'DESCRIBE', 'TOPIC', asked.name))
    return failed(ErrorCode.TOPIC_AUTHORIZATION_FAILED, asked.name, ZERO_UUID);
  const topic = broker.topics.get(asked.name);
  if (topic !== undefined) return describe(topic, broker.settings.nodeId);
  try {
    const plan = { name: asked.name, partitionCount: broker.settings.numPartitions, config: {} };
    if (mayCreate && !mayOnCluster(access, 'CREATE') && !may(access, 'CREATE', 'TOPIC', asked.name))
      return failed(ErrorCode.TOPIC_AUTHORIZATION_FAILED, asked.name, ZERO_UUID);
    if (mayCreate) return describe(await broker.topics.getOrCreate(plan), broker.settings.nodeId);
    // One that is being made is not there yet.
    if (broker.topics.whenMade(asked.name) === undefined) broker.topics.check(plan);
    return failed(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, asked.name, ZERO_UUID);
  } catch (error) {
    if (!(error instanceof TopicError)) throw error;
    if (error.code === ErrorCode.KAFKA_STORAGE_ERROR)
      broker.journal.sayDiskRefusal('auto-creation', `cannot create topic ${asked.name}: ${error.message}`);
    return failed(error.code, asked.name, ZERO_UUID);
  }
};

const describe = (topic: Topic, nodeId: number): Answered => ({
  errorCode: ErrorCode.NONE,
  name: topic.name,
  topicId: topic.id,
  isInternal: isInternalTopic(topic.name),
  partitions: topic.partitions.map(({ index }) => ({
    errorCode: ErrorCode.NONE,
    partitionIndex: index,
    leaderId: nodeId,
    leaderEpoch: LEADER_EPOCH,
    replicaNodes: [nodeId],
    isrNodes: [nodeId],
  })),
});

const failed = (errorCode: number, name: string | null, topicId: string): Answered => ({
  errorCode,
  name,
  topicId,
  partitions: [],
});
