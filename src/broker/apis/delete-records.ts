import { ErrorCode } from '../../protocol/errors.ts';
import { deleteRecords } from '../../protocol/messages/delete-records.ts';
import { handler } from '../handler.ts';
import { errorCode as systemCode } from '../log/errors.ts';
import type { Partition } from '../partition.ts';
import { may } from '../security/access.ts';
import type { BrokerState } from '../state.ts';
import { isInternalTopic } from '../topics.ts';

/** The offset that means the high watermark. */
const TO_HIGH_WATERMARK = -1;

/** What `lowWatermark` is when nothing was done. */
const NO_WATERMARK = -1;

/** DeleteRecords: partitions begin at a later offset from now on, and segments before it go. */
export const handleDeleteRecords = handler(deleteRecords, ({ request, broker, access }) => ({
  topics: request.topics.map(({ name, partitions }) => {
    const topic = broker.topics.get(name);
    const isAllowed = may(access, 'DELETE', 'TOPIC', name);
    return {
      name,
      partitions: partitions.map(({ partitionIndex, offset }) => {
        const failed = (errorCode: number) => ({ partitionIndex, lowWatermark: NO_WATERMARK, errorCode });
        if (!isAllowed) return failed(ErrorCode.TOPIC_AUTHORIZATION_FAILED);
        if (isInternalTopic(name)) return failed(ErrorCode.INVALID_TOPIC_EXCEPTION);
        const partition = topic?.partitions[partitionIndex];
        if (partition === undefined) return failed(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
        // Only compaction may take records out of a topic that is compacted and nothing else.
        if (partition.topic.settings.cleanupPolicy === 'compact') return failed(ErrorCode.POLICY_VIOLATION);
        return { partitionIndex, ...deleteBefore(partition, offset, broker) };
      }),
    };
  }),
}));

const deleteBefore = (partition: Partition, offset: number, { journal }: BrokerState) => {
  const { log } = partition;
  const before = offset === TO_HIGH_WATERMARK ? log.highWatermark : offset;
  if (before < 0 || before > log.highWatermark)
    return { lowWatermark: NO_WATERMARK, errorCode: ErrorCode.OFFSET_OUT_OF_RANGE };
  try {
    return { lowWatermark: log.advanceLogStartOffset(before), errorCode: ErrorCode.NONE };
  } catch (error) {
    journal.say('delete-records', `cannot delete records in ${log.directory} (${systemCode(error)})`);
    return { lowWatermark: NO_WATERMARK, errorCode: ErrorCode.KAFKA_STORAGE_ERROR };
  }
};
