import type { RunningBroker } from '../broker.ts';
import { TopicError, type TopicPlan } from '../topics.ts';

/** Settings by Kafka's names. */
export type ConfigValues = Readonly<Record<string, string | number | boolean>>;

/** A topic to be made: its name, or what it shall be. */
export type NewTopic =
  | string
  | {
      readonly name: string;
      /** The broker's `num.partitions` when absent. */
      readonly partitions?: number;
      /** Topic settings, such as `{ 'cleanup.policy': 'compact' }`. */
      readonly config?: ConfigValues;
    };

/** Settings as the broker reads them. */
export const configTexts = (config: ConfigValues): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(config).map(([name, value]) => [name, String(value)]));

/**
 * Makes topics one after the other; they can be used when it resolves.
 * @throws TopicError (rejects) for the first that cannot be made; those before it stay
 */
export const createTopics = async (broker: RunningBroker, topics: readonly NewTopic[]): Promise<void> => {
  for (const topic of topics) {
    const plan = planOf(topic, broker);
    try {
      await broker.topics.create(plan);
    } catch (error) {
      if (error instanceof TopicError) error.message = `topic ${JSON.stringify(plan.name)}: ${error.message}`;
      throw error;
    }
  }
};

const planOf = (topic: NewTopic, { settings }: RunningBroker): TopicPlan => {
  const { name, partitions, config = {} } = typeof topic === 'string' ? { name: topic } : topic;
  return { name, partitionCount: partitions ?? Number(settings['num.partitions']), config: configTexts(config) };
};
