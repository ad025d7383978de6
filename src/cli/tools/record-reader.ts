import type { ClientError } from '../../client/client-error.ts';
import type { RecordListener } from '../../client/record-delivery.ts';
import { withAdmin } from './connection-flags.ts';
import type { ConsoleConsumerPlan } from './console-consumer-plan.ts';
import { ToolFailure } from './tool-failure.ts';

/** Something that reads records until it is stopped. */
export type RecordReader = {
  /** Resolves when it was stopped or the listener wants no more. Rejects with a ClientError. */
  run(): Promise<void>;
  stop(): void;
  pause(): void;
  resume(): void;
  /** Commits what is to be committed, and closes the connections. */
  close(): Promise<void>;
};

/** Who hears of what a reader reads. */
export type ReaderListeners = {
  readonly onRecord: RecordListener;
  readonly onRetry: (error: ClientError) => void;
  /** Null fails at a batch that cannot be read. */
  readonly onUnreadable: ((error: ClientError) => void) | null;
};

/** The names of the topics that are read. Throws ToolFailure when a pattern matches none. */
export async function findTopics(plan: ConsoleConsumerPlan): Promise<readonly string[]> {
  const { topics, bootstrapServers, properties } = plan;
  if (typeof topics === 'string') return [topics];
  const names = await withAdmin({ bootstrapServers, properties }, async ({ access }) => {
    const { listTopics } = await import('../../client/admin/describe-topics.ts');
    return (await listTopics(access)).filter(({ name, isInternal }) => !isInternal && topics.test(name));
  });
  if (names.length === 0) throw new ToolFailure(`no topic of ${bootstrapServers} matches --include ${topics.source}`);
  return names.map(({ name }) => name);
}

/** Reads as a member of a group, from where the group stands. */
export async function openGroupReader(
  plan: ConsoleConsumerPlan,
  groupId: string,
  topics: readonly string[],
  { onRecord, onRetry, onUnreadable }: ReaderListeners,
): Promise<RecordReader> {
  const { GroupConsumer } = await import('../../client/group/group-consumer.ts');
  const { parseConsumerProperties } = await import('../../client/properties/consumer-properties.ts');
  const consumer = new GroupConsumer({
    groupId,
    topics,
    config: parseConsumerProperties({ ...plan.properties, 'bootstrap.servers': plan.bootstrapServers }),
    listen: () => onRecord,
    onRetry,
    ...(onUnreadable === null ? {} : { onUnreadable }),
  });
  return {
    run: () => consumer.run(),
    stop: () => consumer.stop(),
    pause: () => consumer.pause(),
    resume: () => consumer.resume(),
    close: () => consumer.close(),
  };
}

/** Reads all partitions of topics, or one, without a group. Rejects with a ClientError. */
export async function openAssignedReader(
  plan: ConsoleConsumerPlan,
  topics: readonly string[],
  { onRecord, onRetry, onUnreadable }: ReaderListeners,
): Promise<RecordReader> {
  const { Consumer } = await import('../../client/consumer.ts');
  const { parseConsumerProperties } = await import('../../client/properties/consumer-properties.ts');
  const config = parseConsumerProperties({ ...plan.properties, 'bootstrap.servers': plan.bootstrapServers });
  const { partition, offset } = plan;
  const consumers: Awaited<ReturnType<typeof Consumer.open>>[] = [];
  const closeAll = (): void => {
    for (const consumer of consumers) consumer.close();
  };
  try {
    for (const topic of topics) {
      const consumer = await Consumer.open({
        topic,
        config,
        partitions: partition === null ? null : [partition],
        startOffsets: new Map(partition === null || offset === null ? [] : [[partition, offset]]),
        onRecord,
        onRetry,
        ...(onUnreadable === null ? {} : { onUnreadable }),
      });
      consumers.push(consumer);
    }
  } catch (error) {
    closeAll();
    throw error;
  }
  return {
    run: async () => {
      await Promise.all(consumers.map((consumer) => consumer.run()));
    },
    stop: () => {
      for (const consumer of consumers) consumer.stop();
    },
    pause: () => {
      for (const consumer of consumers) consumer.pause();
    },
    resume: () => {
      for (const consumer of consumers) consumer.resume();
    },
    close: async () => closeAll(),
  };
}
