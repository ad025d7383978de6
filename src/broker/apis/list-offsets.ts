import { ErrorCode } from '../../protocol/errors.ts';
import {
  EARLIEST_LOCAL_TIMESTAMP,
  EARLIEST_TIMESTAMP,
  LATEST_TIMESTAMP,
  listOffsets,
  MAX_TIMESTAMP,
} from '../../protocol/messages/list-offsets.ts';
import type { ResponseInput } from '../../protocol/schema.ts';
import { handler } from '../handler.ts';
import { LEADER_EPOCH, leaderEpochError, type Partition } from '../partition.ts';
import { may } from '../security/access.ts';

const FIRST_WITH_LEADER_EPOCH = 4;
const READ_COMMITTED = 1;
/** What a negative time stands for, and the first version that knows it (Kafka's `ReplicaManager`); there are no tiers here. */
const FIRST_VERSION_OF: ReadonlyMap<number, number> = new Map([
  [LATEST_TIMESTAMP, 1],
  [EARLIEST_TIMESTAMP, 1],
  [MAX_TIMESTAMP, 7],
  [EARLIEST_LOCAL_TIMESTAMP, 8],
]);

type Answered = ResponseInput<typeof listOffsets>['topics'][number]['partitions'][number];

/** ListOffsets: earliest, latest, max-timestamp, or the first offset at or after a time. */
export const handleListOffsets = handler(listOffsets, ({ request, version, broker, access }) => ({
  topics: request.topics.map(({ name, partitions }) => {
    const topic = broker.topics.get(name);
    const isAllowed = may(access, 'DESCRIBE', 'TOPIC', name);
    return {
      name,
      partitions: partitions.map(({ partitionIndex, currentLeaderEpoch, timestamp }) => {
        if (!isAllowed) return { partitionIndex, errorCode: ErrorCode.TOPIC_AUTHORIZATION_FAILED };
        const partition = topic?.partitions[partitionIndex];
        if (partition === undefined) return { partitionIndex, errorCode: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION };
        const errorCode = leaderEpochError(currentLeaderEpoch);
        if (errorCode !== ErrorCode.NONE) return { partitionIndex, errorCode };
        return { partitionIndex, ...find(partition, timestamp, version, request.isolationLevel) };
      }),
    };
  }),
}));

const find = (
  { log }: Partition,
  timestamp: number,
  version: number,
  isolationLevel: number,
): Omit<Answered, 'partitionIndex'> => {
  const endOffset = isolationLevel === READ_COMMITTED ? log.lastStableOffset : log.highWatermark;
  const errorCode = ErrorCode.NONE;
  const epoch = (leaderEpoch: number) => (version >= FIRST_WITH_LEADER_EPOCH ? { leaderEpoch } : {});
  if (timestamp < 0 && version < (FIRST_VERSION_OF.get(timestamp) ?? Number.POSITIVE_INFINITY))
    return { errorCode: ErrorCode.UNSUPPORTED_VERSION };
  switch (timestamp) {
    case LATEST_TIMESTAMP:
      return { errorCode, offset: endOffset, ...epoch(LEADER_EPOCH) };
    case EARLIEST_TIMESTAMP:
    case EARLIEST_LOCAL_TIMESTAMP:
      return { errorCode, offset: log.logStartOffset, ...epoch(LEADER_EPOCH) };
    default: {
      const found = timestamp === MAX_TIMESTAMP ? log.maxTimestamp() : log.offsetForTime(timestamp);
      if (found === null || found.offset >= endOffset) return { errorCode };
      return { errorCode, offset: found.offset, timestamp: found.timestampMs, ...epoch(found.leaderEpoch) };
    }
  }
};
