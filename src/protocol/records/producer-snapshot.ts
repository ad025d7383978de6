import { array, int16, int32, int64, uint32 } from '../schema.ts';
import { recordSchema } from './record-schema.ts';

/** Where in the bytes of a snapshot its CRC lies. */
export const PRODUCER_SNAPSHOT_CRC_OFFSET = 2;
/** Where the bytes begin that the CRC covers, which go on to the end of the file. */
export const PRODUCER_SNAPSHOT_ENTRIES_OFFSET = 6;

/**
 * A partition's `.snapshot` file: the producers it knows (Kafka's `ProducerStateManager`). `crc` is the CRC-32C of all
 * that follows it. Timestamps are in milliseconds; `offsetDelta` is the last batch's last sequence minus its first; an
 * offset of -1 means that no transaction is open.
 */
export const producerSnapshot = recordSchema({
  name: 'ProducerSnapshot',
  versions: [1, 1],
  flexibleFrom: null,
  fields: {
    crc: uint32,
    producerEntries: array({
      producerId: int64,
      epoch: int16,
      lastSequence: int32,
      lastOffset: int64,
      offsetDelta: int32,
      timestamp: int64,
      coordinatorEpoch: int32,
      currentTxnFirstOffset: int64,
    }),
  },
});
