import { LATEST_TIMESTAMP, listOffsets, MAX_TIMESTAMP } from '../../protocol/messages/list-offsets.ts';
import { kafkaError } from '../connection.ts';
import { type AdminAccess, withRetries } from './access.ts';

/** What a topic says of who wrote to it. */
export type TopicSpan = {
  /** Sum of the end offsets of all partitions. */
  readonly endOffset: number;
  /** The earliest time stamp since a time, milliseconds since the Unix epoch; null when there is none. */
  readonly firstTimestampMs: number | null;
  /** The latest time stamp of all (KIP-734, brokers from Kafka 3.0 on); null for an empty topic. */
  readonly lastTimestampMs: number | null;
};

/** Asks a topic's leaders how far it goes, and from when to when its records are. Rejects with a ClientError. */
export const readTopicSpan = (access: AdminAccess, name: string, sinceMs: number): Promise<TopicSpan> =>
  withRetries(access, async () => {
    const options = { allowAutoCreation: false, maxBlockMs: access.patienceMs };
    const { partitions } = await access.cluster.waitForTopic(name, options);
    const answers = await Promise.all(
      partitions.map(async ({ index, leader }) => {
        const ask = async (timestamp: number): Promise<{ readonly timestamp: number; readonly offset: number }> => {
          const connection = await access.cluster.connectionTo(leader);
          const response = await connection.request(listOffsets, {
            replicaId: -1,
            isolationLevel: 0,
            topics: [{ name, partitions: [{ partitionIndex: index, timestamp }] }],
          });
          const found = response.topics[0]?.partitions[0];
          if (found === undefined || found.errorCode !== 0)
            throw kafkaError(found?.errorCode ?? -1, `offsets of partition ${index} of ${name}`);
          return found;
        };
        const [end, first, last] = [await ask(LATEST_TIMESTAMP), await ask(sinceMs), await ask(MAX_TIMESTAMP)];
        return { end: end.offset, first: first.timestamp, last: last.timestamp };
      }),
    );
    const times = (of: (answer: (typeof answers)[number]) => number): readonly number[] =>
      answers.map(of).filter((time) => time >= 0);
    const firsts = times(({ first }) => first);
    const lasts = times(({ last }) => last);
    return {
      endOffset: answers.reduce((sum, { end }) => sum + end, 0),
      firstTimestampMs: firsts.length === 0 ? null : Math.min(...firsts),
      lastTimestampMs: lasts.length === 0 ? null : Math.max(...lasts),
    };
  });
