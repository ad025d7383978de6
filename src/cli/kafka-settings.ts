/** What Kafka's own settings are called in a workload. */
import { defaultTopicSettings, topicSettingsByName } from '../broker/config.ts';
import { consumerProperties } from '../client/properties/consumer-properties.ts';
import { producerProperties } from '../client/properties/producer-properties.ts';

/** Names of client properties and topic settings as axes and --set have them: `client.batch.size`, `topic.config.retention.ms`. */
export const kafkaSettings = (): readonly string[] => [
  ...[...new Set([...producerProperties.keys(), ...consumerProperties.keys()])].map((name) => `client.${name}`),
  ...Object.keys(topicSettingsByName(defaultTopicSettings)).map((name) => `topic.config.${name}`),
];
