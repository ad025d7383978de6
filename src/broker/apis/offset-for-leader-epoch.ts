import { ErrorCode } from '../../protocol/errors.ts';
import { offsetForLeaderEpoch } from '../../protocol/messages/offset-for-leader-epoch.ts';
import { handler } from '../handler.ts';
import { readLeaderEpochs } from '../log/checkpoint-files.ts';
import { leaderEpochError, type Partition } from '../partition.ts';
import { may } from '../security/access.ts';

/** What is answered for an epoch that never was. */
const UNDEFINED = { leaderEpoch: -1, endOffset: -1 } as const;

/**
 * OffsetForLeaderEpoch: where the records of an epoch end. There is one epoch, but for the records of partitions that were
 * written by a cluster and moved here.
 */
export const handleOffsetForLeaderEpoch = handler(offsetForLeaderEpoch, ({ request, broker, access }) => ({
  topics: request.topics.map(({ topic: name, partitions }) => {
    const topic = broker.topics.get(name);
    const isAllowed = may(access, 'DESCRIBE', 'TOPIC', name);
    return {
      topic: name,
      partitions: partitions.map(({ partition: index, currentLeaderEpoch, leaderEpoch }) => {
        if (!isAllowed) return { partition: index, errorCode: ErrorCode.TOPIC_AUTHORIZATION_FAILED };
        const partition = topic?.partitions[index];
        if (partition === undefined) return { partition: index, errorCode: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION };
        const errorCode = leaderEpochError(currentLeaderEpoch);
        if (errorCode !== ErrorCode.NONE) return { partition: index, errorCode };
        return { partition: index, errorCode, ...endOf(partition, leaderEpoch) };
      }),
    };
  }),
}));

/** As Kafka's `LeaderEpochFileCache.endOffsetFor`. */
const endOf = ({ log }: Partition, leaderEpoch: number): { leaderEpoch: number; endOffset: number } => {
  if (leaderEpoch === log.leaderEpoch) return { leaderEpoch, endOffset: log.highWatermark };
  if (leaderEpoch < 0 || leaderEpoch > log.leaderEpoch) return UNDEFINED;
  const epochs = readLeaderEpochs(log.directory);
  const next = epochs.find(({ epoch }) => epoch > leaderEpoch);
  if (next === undefined) return UNDEFINED;
  const floor = epochs.findLast(({ epoch }) => epoch <= leaderEpoch);
  return { leaderEpoch: floor?.epoch ?? leaderEpoch, endOffset: next.startOffset };
};
