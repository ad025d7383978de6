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

type Answered = ResponseInput<typeof listOffsets>['topics'][number]['partitions'][number];

/** ListOffsets: earliest, latest, max-timestamp, or the first offset at or after a time. */
export const handleListOffsets = handler(listOffsets, ({ request, broker }) => ({
  topics: request.topics.map(({ name, partitions }) => {
    const topic = broker.topics.get(name);
    return {
      name,
      partitions: partitions.map(({ partitionIndex, currentLeaderEpoch, timestamp }) => {
        const partition = topic?.partitions[partitionIndex];
        if (partition === undefined) return { partitionIndex, errorCode: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION };
        const errorCode = leaderEpochError(currentLeaderEpoch);
        if (errorCode !== ErrorCode.NONE) return { partitionIndex, errorCode };
        return { partitionIndex, ...find(partition, timestamp) };
      }),
    };
  }),
}));

const find = ({ log }: Partition, timestamp: number): Omit<Answered, 'partitionIndex'> => {
  const errorCode = ErrorCode.NONE;
  switch (timestamp) {
    case LATEST_TIMESTAMP:
      return { errorCode, offset: log.highWatermark, leaderEpoch: LEADER_EPOCH };
    case EARLIEST_TIMESTAMP:
    case EARLIEST_LOCAL_TIMESTAMP:
      return { errorCode, offset: log.logStartOffset, leaderEpoch: LEADER_EPOCH };
    default: {
      if (timestamp < MAX_TIMESTAMP) return { errorCode: ErrorCode.INVALID_REQUEST };
      const found = timestamp === MAX_TIMESTAMP ? log.maxTimestamp() : log.offsetForTime(timestamp);
      if (found === null) return { errorCode };
      return { errorCode, offset: found.offset, timestamp: found.timestampMs, leaderEpoch: found.leaderEpoch };
    }
  }
};
