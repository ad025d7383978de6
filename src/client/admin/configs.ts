import { describeConfigs } from '../../protocol/messages/describe-configs.ts';
import { incrementalAlterConfigs, SET_CONFIG } from '../../protocol/messages/incremental-alter-configs.ts';
import { kafkaError } from '../connection.ts';
import { type AdminAccess, withRetries } from './access.ts';

/** One setting of a topic. */
export type DescribedConfig = {
  readonly name: string;
  /** Null for a secret. */
  readonly value: string | null;
  /** Whether nobody has set it, neither for the topic nor for the brokers. */
  readonly isDefault: boolean;
};

const TOPIC = 2;
const DEFAULT_CONFIG = 5;

/** The settings of topics, by topic. Rejects with a ClientError. */
export const describeTopicConfigs = (
  access: AdminAccess,
  topics: readonly string[],
): Promise<ReadonlyMap<string, readonly DescribedConfig[]>> =>
  withRetries(access, async () => {
    if (topics.length === 0) return new Map();
    const connection = await access.cluster.anyConnection();
    const { results } = await connection.request(describeConfigs, {
      resources: topics.map((resourceName) => ({ resourceType: TOPIC, resourceName, configurationKeys: null })),
    });
    return new Map(
      results.map(({ resourceName, errorCode, errorMessage, configs }) => {
        if (errorCode !== 0)
          throw kafkaError(errorCode, `the settings of topic ${resourceName} cannot be read`, errorMessage);
        return [
          resourceName,
          configs.map(({ name, value, configSource }) => ({ name, value, isDefault: configSource === DEFAULT_CONFIG })),
        ];
      }),
    );
  });

/** Sets settings of a topic and leaves the others as they are. Rejects with a ClientError. */
export const setTopicConfigs = (
  access: AdminAccess,
  topic: string,
  configs: Readonly<Record<string, string>>,
): Promise<void> =>
  withRetries(access, async () => {
    const connection = await access.cluster.anyConnection();
    const { responses } = await connection.request(incrementalAlterConfigs, {
      resources: [
        {
          resourceType: TOPIC,
          resourceName: topic,
          configs: Object.entries(configs).map(([name, value]) => ({ name, value, configOperation: SET_CONFIG })),
        },
      ],
      validateOnly: false,
    });
    for (const { errorCode, errorMessage } of responses)
      if (errorCode !== 0)
        throw kafkaError(errorCode, `the settings of topic ${topic} cannot be changed`, errorMessage);
  });
