import { ErrorCode } from '../../protocol/errors.ts';
import { createTopics } from '../../protocol/messages/create-topics.ts';
import type { RequestOf, ResponseInput } from '../../protocol/schema.ts';
import { describeTopicConfig } from '../config/describe.ts';
import { laterHandler } from '../handler.ts';
import { type Access, may, mayOnCluster } from '../security/access.ts';
import type { BrokerState } from '../state.ts';
import { TopicError, type TopicPlan } from '../topics.ts';

type Asked = RequestOf<typeof createTopics>['topics'][number];
type Answered = ResponseInput<typeof createTopics>['topics'][number];

/** CreateTopics: made, or with validateOnly only looked at; each topic has its own error. */
export const handleCreateTopics = laterHandler(createTopics, async ({ request, broker, access }) => {
  const counts = new Map<string, number>();
  for (const { name } of request.topics) counts.set(name, (counts.get(name) ?? 0) + 1);
  const topics: (Answered | Promise<Answered>)[] = [];
  for (const asked of request.topics) {
    const count = counts.get(asked.name) ?? 0;
    counts.delete(asked.name);
    // A name that stands there twice is answered once.
    if (count > 1) topics.push(failed(asked.name, new TopicError('INVALID_REQUEST', 'Duplicate topic name.')));
    else if (count === 1 && !mayOnCluster(access, 'CREATE') && !may(access, 'CREATE', 'TOPIC', asked.name))
      topics.push(failed(asked.name, new TopicError('TOPIC_AUTHORIZATION_FAILED', 'Not allowed to create the topic.')));
    else if (count === 1) topics.push(create(asked, request.validateOnly, broker).then((made) => shown(made, access)));
  }
  return { topics: await Promise.all(topics) };
});

const create = async (asked: Asked, isValidateOnly: boolean, broker: BrokerState): Promise<Answered> => {
  try {
    const plan = planOf(asked, broker);
    broker.topics.check(plan);
    const topicId = isValidateOnly ? undefined : (await broker.topics.create(plan)).id;
    return {
      name: plan.name,
      ...(topicId === undefined ? {} : { topicId }),
      errorCode: ErrorCode.NONE,
      errorMessage: null,
      numPartitions: plan.partitionCount,
      replicationFactor: 1,
      configs: describeConfigs(plan, broker),
    };
  } catch (error) {
    if (error instanceof TopicError) return failed(asked.name, error);
    throw error;
  }
};

/** Leaves out what the client may not see of a topic that was made. */
const shown = (made: Answered, access: Access | null): Answered =>
  made.errorCode !== ErrorCode.NONE || may(access, 'DESCRIBE_CONFIGS', 'TOPIC', made.name)
    ? made
    : {
        ...made,
        topicConfigErrorCode: ErrorCode.TOPIC_AUTHORIZATION_FAILED,
        numPartitions: -1,
        replicationFactor: -1,
        configs: [],
      };

const failed = (name: string, error: TopicError): Answered => ({
  name,
  errorCode: error.code,
  errorMessage: error.message,
  configs: [],
});

const planOf = (asked: Asked, broker: BrokerState): TopicPlan => {
  const config: Record<string, string> = {};
  for (const { name, value } of asked.configs) {
    if (value === null) throw new TopicError('INVALID_CONFIG', `${name} must have a value; got null.`);
    config[name] = value;
  }
  return { name: asked.name, partitionCount: partitionCountOf(asked, broker), config };
};

const partitionCountOf = (asked: Asked, broker: BrokerState): number => {
  const { numPartitions, replicationFactor, assignments } = asked;
  if (assignments.length === 0) {
    if (replicationFactor !== 1 && replicationFactor !== -1)
      throw new TopicError(
        'INVALID_REPLICATION_FACTOR',
        `The replication factor must be 1 (this broker is a single node); got ${replicationFactor}.`,
      );
    return numPartitions === -1 ? broker.settings.numPartitions : numPartitions;
  }
  if (numPartitions !== -1 || replicationFactor !== -1)
    throw new TopicError(
      'INVALID_REQUEST',
      'With replica assignments, the number of partitions and the replication factor must both be -1.',
    );
  const indexes = assignments.map(({ partitionIndex }) => partitionIndex).sort((left, right) => left - right);
  if (indexes.some((partition, index) => partition !== index))
    throw new TopicError('INVALID_REPLICA_ASSIGNMENT', 'Assigned partitions must be numbered from 0 without a gap.');
  for (const { brokerIds } of assignments) checkReplicas(brokerIds, broker.settings.nodeId);
  return assignments.length;
};

/**
 * Holds a partition's replicas against the one node there is.
 * @throws TopicError INVALID_REPLICA_ASSIGNMENT
 */
export const checkReplicas = (brokerIds: readonly number[], nodeId: number): void => {
  if (brokerIds.length !== 1 || brokerIds[0] !== nodeId)
    throw new TopicError(
      'INVALID_REPLICA_ASSIGNMENT',
      `The replicas of a partition must be [${nodeId}], the only broker; got [${brokerIds.join(', ')}].`,
    );
};

const describeConfigs = (plan: TopicPlan, broker: BrokerState): NonNullable<Answered['configs']> =>
  describeTopicConfig(plan.config, broker.settings).map(({ name, value, readOnly, source }) => ({
    name,
    value,
    readOnly,
    configSource: source,
    isSensitive: false,
  }));
