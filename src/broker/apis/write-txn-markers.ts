import { ErrorCode } from '../../protocol/errors.ts';
import { writeTxnMarkers } from '../../protocol/messages/write-txn-markers.ts';
import { encodeMarkerBatch } from '../../protocol/transaction-marker.ts';
import { laterHandler } from '../handler.ts';
import { appendInternally, InternalAppendError } from '../internal-append.ts';
import { mayOnCluster } from '../security/access.ts';
import type { BrokerState } from '../state.ts';
import { OFFSETS_TOPIC } from '../topics.ts';

type Marker = {
  readonly producerId: number;
  readonly producerEpoch: number;
  readonly transactionResult: boolean;
  readonly coordinatorEpoch: number;
};

/** WriteTxnMarkers: admin clients end a hanging transaction of one partition with it (KIP-664). */
export const handleWriteTxnMarkers = laterHandler(writeTxnMarkers, async ({ request, broker, access }) => ({
  markers: await Promise.all(
    request.markers.map(async (marker) => ({
      // One beyond 2^53 was read as the nearest number and cannot be given back; no broker hands out such an id.
      producerId: Number.isSafeInteger(marker.producerId) ? marker.producerId : -1,
      topics: await Promise.all(
        marker.topics.map(async ({ name, partitionIndexes }) => ({
          name,
          partitions: await Promise.all(
            partitionIndexes.map(async (partitionIndex) => ({
              partitionIndex,
              errorCode: mayOnCluster(access, 'ALTER')
                ? await write(broker, marker, name, partitionIndex)
                : ErrorCode.CLUSTER_AUTHORIZATION_FAILED,
            })),
          ),
        })),
      ),
    })),
  ),
}));

const write = async (broker: BrokerState, marker: Marker, topic: string, index: number): Promise<number> => {
  const partition = broker.topics.get(topic)?.partitions[index];
  if (partition === undefined) return ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
  const { producerId, producerEpoch, coordinatorEpoch, transactionResult: isCommit } = marker;
  if (!Number.isSafeInteger(producerId)) return ErrorCode.INVALID_PRODUCER_ID_MAPPING;
  const state = partition.log.producers.states.get(producerId);
  if (state !== undefined && producerEpoch < state.epoch) return ErrorCode.INVALID_PRODUCER_EPOCH;
  if (state !== undefined && coordinatorEpoch < state.coordinatorEpoch) return ErrorCode.TRANSACTION_COORDINATOR_FENCED;
  const batch = encodeMarkerBatch({ producerId, producerEpoch, coordinatorEpoch, isCommit, timestampMs: Date.now() });
  try {
    await appendInternally(broker, partition, batch);
  } catch (error) {
    if (error instanceof InternalAppendError) return ErrorCode.KAFKA_STORAGE_ERROR;
    throw error;
  }
  if (topic === OFFSETS_TOPIC) broker.transactions.offsetsEnded(producerId, isCommit);
  partition.wake(Number.POSITIVE_INFINITY);
  return ErrorCode.NONE;
};
