import { ErrorCode } from '../protocol/errors.ts';
import {
  type ConfigEntry,
  describeBrokerConfig,
  describeTopicConfig,
  isDynamicBrokerSetting,
} from './config/describe.ts';
import type { ConfigTexts } from './config.ts';
import { type Access, may, mayOnCluster } from './security/access.ts';
import type { BrokerState } from './state.ts';
import { checkTopicName, TopicError } from './topic-name.ts';

/** Something that has a configuration, as clients name it. */
export type Resource = { readonly resourceType: number; readonly resourceName: string };

/**
 * Holds what a client wants with a resource against what it may do.
 * @throws TopicError TOPIC_AUTHORIZATION_FAILED or CLUSTER_AUTHORIZATION_FAILED
 */
export const checkAccess = (
  { resourceType, resourceName }: Resource,
  operation: 'DESCRIBE_CONFIGS' | 'ALTER_CONFIGS',
  access: Access | null,
): void => {
  if (resourceType === TOPIC) {
    if (!may(access, operation, 'TOPIC', resourceName))
      throw new TopicError('TOPIC_AUTHORIZATION_FAILED', `${operation} on the topic is not allowed.`);
  } else if (!mayOnCluster(access, operation))
    throw new TopicError('CLUSTER_AUTHORIZATION_FAILED', `${operation} on the cluster is not allowed.`);
};

/** What became of a resource that was to be altered. */
export type AlteredResource = Resource & { readonly errorCode: number; readonly errorMessage: string | null };

/** Makes the new configuration out of the present one, and says which settings it touches. */
export type ConfigEdit = {
  readonly names: readonly string[];
  /** @param effective what a setting is at the moment. Throws TopicError. */
  readonly edit: (present: ConfigTexts, effective: (name: string) => string | null) => ConfigTexts;
};

const TOPIC = 2;
const BROKER = 4;
const BROKER_LOGGER = 8;

/** Kinds of resources that are known and not built (`org.apache.kafka.common.config.ConfigResource.Type`). */
const NOT_BUILT: Readonly<Record<number, string>> = { 16: 'client metrics', 32: 'groups' };

/**
 * The settings of a resource.
 * @throws TopicError when there is no such resource.
 */
export const describeResource = ({ resourceType, resourceName }: Resource, broker: BrokerState): ConfigEntry[] => {
  switch (resourceType) {
    case TOPIC:
      return describeTopicConfig(expectTopic(resourceName, broker).config, broker.settings);
    case BROKER:
      checkNode(resourceName, broker, true);
      if (resourceName !== '') return describeBrokerConfig(broker.settings);
      return describeBrokerConfig({ given: {}, dynamic: {}, dynamicDefault: broker.settings.dynamicDefault }).filter(
        ({ name }) => Object.hasOwn(broker.settings.dynamicDefault, name),
      );
    case BROKER_LOGGER:
      checkNode(resourceName, broker, false);
      return [];
    default:
      throw notBuilt(resourceType);
  }
};

/**
 * Changes the settings of resources; each has its own error. With `isValidateOnly` they are only looked at. What is changed is
 * on disk and in force when this resolves.
 */
export const alterResources = async <R extends Resource>(
  resources: readonly R[],
  editOf: (resource: R) => ConfigEdit,
  isValidateOnly: boolean,
  broker: BrokerState,
  access: Access | null,
): Promise<AlteredResource[]> => {
  const keyOf = ({ resourceType, resourceName }: Resource): string => `${resourceType} ${resourceName}`;
  const counts = new Map<string, number>();
  for (const each of resources) counts.set(keyOf(each), (counts.get(keyOf(each)) ?? 0) + 1);
  const unique = resources.filter(
    (each, index) => resources.findIndex((other) => keyOf(other) === keyOf(each)) === index,
  );
  return await Promise.all(
    unique.map(async (resource) => {
      const { resourceType, resourceName } = resource;
      try {
        if (counts.get(keyOf(resource)) !== 1) throw new TopicError('INVALID_REQUEST', 'The resource comes twice.');
        checkAccess(resource, 'ALTER_CONFIGS', access);
        await alter(resource, editOf(resource), isValidateOnly, broker);
        return { resourceType, resourceName, errorCode: ErrorCode.NONE, errorMessage: null };
      } catch (error) {
        if (!(error instanceof TopicError)) throw error;
        return { resourceType, resourceName, errorCode: error.code, errorMessage: error.message };
      }
    }),
  );
};

const alter = async (
  resource: Resource,
  edit: ConfigEdit,
  isValidateOnly: boolean,
  broker: BrokerState,
): Promise<void> => {
  const { resourceType, resourceName } = resource;
  const effective = (name: string): string | null =>
    describeResource(resource, broker).find((entry) => entry.name === name)?.value ?? null;
  const editNow = (present: ConfigTexts): ConfigTexts => edit.edit(present, effective);
  switch (resourceType) {
    case TOPIC: {
      const topic = expectTopic(resourceName, broker);
      if (isValidateOnly) broker.topics.settingsOf(editNow(topic.config));
      else await broker.topics.reconfigure(resourceName, editNow);
      return;
    }
    case BROKER: {
      checkNode(resourceName, broker, true);
      const fixed = edit.names.filter((name) => !isDynamicBrokerSetting(name));
      if (fixed.length > 0)
        throw new TopicError(
          'INVALID_REQUEST',
          `These settings cannot be changed while the broker runs, start it with --config: ${fixed.join(', ')}`,
        );
      await broker.topics.reconfigureBroker(resourceName === '' ? 'cluster' : 'broker', editNow, isValidateOnly);
      return;
    }
    case BROKER_LOGGER:
      throw new TopicError('INVALID_REQUEST', 'This broker has no loggers whose level could be set.');
    default:
      throw notBuilt(resourceType);
  }
};

const expectTopic = (name: string, broker: BrokerState) => {
  if (name === '') throw new TopicError('INVALID_REQUEST', 'Give a topic: there is no default for all topics.');
  checkTopicName(name);
  const topic = broker.topics.get(name);
  if (topic === undefined) throw new TopicError('UNKNOWN_TOPIC_OR_PARTITION', `There is no topic '${name}'.`);
  return topic;
};

const checkNode = (name: string, { settings }: BrokerState, mayBeEmpty: boolean): void => {
  if (name === String(settings.nodeId) || (mayBeEmpty && name === '')) return;
  throw new TopicError('INVALID_REQUEST', `The only broker is ${settings.nodeId}; got ${JSON.stringify(name)}.`);
};

const notBuilt = (resourceType: number): TopicError => {
  const what = NOT_BUILT[resourceType];
  if (what === undefined) return new TopicError('INVALID_REQUEST', `There is no type of resource ${resourceType}.`);
  return new TopicError('INVALID_REQUEST', `Configurations of ${what} are not supported here.`);
};
