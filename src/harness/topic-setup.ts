/** Finds or makes the topics of a test. */
import { listTopics } from '../client/admin/describe-topics.ts';
import { openAdmin } from '../client/admin.ts';
import { ClientError } from '../client/client-error.ts';
import { TestFailure } from './failure.ts';

/** Where topics are, and with which connection properties one gets there. */
export type ClusterAccess = {
  readonly bootstrapServers: string;
  readonly properties: Readonly<Record<string, string>>;
};

/** The topic that a producer test writes to. */
export type TopicRequest = {
  readonly topic: string;
  /** Null takes an existing topic as it is. */
  readonly partitionCount: number | null;
  readonly topicConfig: Readonly<Record<string, string>>;
};

type Admin = ReturnType<typeof openAdmin>;

const withAdmin = async <Value>(access: ClusterAccess, use: (admin: Admin) => Promise<Value>): Promise<Value> => {
  const admin = openAdmin(access);
  try {
    return await use(admin);
  } finally {
    admin.close();
  }
};

/**
 * Makes the topic when partitions or settings are asked for; otherwise leaves it to the cluster to create it when the producer
 * asks for it, as Kafka's tool does. A replication factor of -1 is the cluster's default (KIP-464).
 * Throws a TestFailure when it exists with another number of partitions, and one for wrong usage when a setting is refused.
 */
export const prepareTopic = async (
  access: ClusterAccess,
  request: TopicRequest,
  onWarning: (line: string) => void,
): Promise<void> => {
  const { topic, partitionCount, topicConfig } = request;
  const hasConfig = Object.keys(topicConfig).length > 0;
  if (partitionCount === null && !hasConfig) return;
  await withAdmin(access, async (admin) => {
    const existing = await admin.describeTopic(topic);
    if (existing === null) return create(admin, request);
    if (partitionCount !== null && existing.partitions !== partitionCount) {
      throw new TestFailure(
        `topic ${topic} exists with ${existing.partitions} partitions, not ${partitionCount}: use another --topic, or leave --partitions out`,
      );
    }
    if (hasConfig) onWarning(`topic ${topic} exists: --topic-config is not applied to it`);
  });
};

/**
 * Makes the topic of an end-to-end test when it is missing, with one partition where none are asked for, and says so; otherwise as
 * prepareTopic().
 * @returns how many partitions it has
 */
export const ensureTopic = async (
  access: ClusterAccess,
  request: TopicRequest,
  { onNotice, onWarning }: { onNotice(line: string): void; onWarning(line: string): void },
): Promise<number> => {
  const existing = await withAdmin(access, (admin) => admin.describeTopic(request.topic));
  if (existing !== null) {
    await prepareTopic(access, request, onWarning);
    return existing.partitions;
  }
  const partitionCount = request.partitionCount ?? 1;
  onNotice(
    `topic ${request.topic} does not exist: made with ${partitionCount} partition${partitionCount === 1 ? '' : 's'}`,
  );
  await prepareTopic(access, { ...request, partitionCount }, onWarning);
  return partitionCount;
};

const create = async (admin: Admin, { topic, partitionCount, topicConfig }: TopicRequest): Promise<void> => {
  try {
    await admin.createTopic(topic, partitionCount ?? 1, -1, topicConfig);
  } catch (error) {
    if (error instanceof ClientError && error.name === 'INVALID_CONFIG')
      throw new TestFailure(`${error.message} (--topic-config)`, { cause: error, isUsage: true });
    throw error;
  }
};

/** A topic to read and how many partitions it has. */
export type ReadableTopic = { readonly topic: string; readonly partitions: number };

const describe = async (admin: Admin, topic: string, bootstrapServers: string): Promise<ReadableTopic> => {
  const found = await admin.describeTopic(topic);
  if (found === null) {
    throw new TestFailure(
      `topic ${topic} does not exist on ${bootstrapServers}: write to it first, or check --topic and --bootstrap-server`,
    );
  }
  return { topic, partitions: found.partitions };
};

/**
 * The topics that a consumer test reads: one by name, or all whose whole name matches a regular expression, Kafka's own ones only with
 * `exclude.internal.topics=false`.
 * Throws a TestFailure when there is none.
 */
export const findTopics = (access: ClusterAccess, topic: string, include: string | null): Promise<ReadableTopic[]> =>
  withAdmin(access, async (admin) => {
    if (include === null) return [await describe(admin, topic, access.bootstrapServers)];
    const pattern = new RegExp(`^(?:${include})$`);
    const excludesInternal = access.properties['exclude.internal.topics'] !== 'false';
    const names = (await listTopics(admin.access))
      .filter(({ name, isInternal }) => pattern.test(name) && !(isInternal && excludesInternal))
      .map(({ name }) => name);
    if (names.length === 0)
      throw new TestFailure(`no topic of ${access.bootstrapServers} matches --include ${include}`);
    return Promise.all(names.map((name) => describe(admin, name, access.bootstrapServers)));
  });
