import { ErrorCode } from '../../protocol/errors.ts';
import { initProducerId } from '../../protocol/messages/init-producer-id.ts';
import { handler } from '../handler.ts';
import { errorCode as systemErrorCode } from '../log/errors.ts';

/** InitProducerId: a new id at epoch 0, whatever id the producer had before (as Kafka does without a transactional id). */
export const handleInitProducerId = handler(initProducerId, ({ request, broker }) => {
  // Transactions are not built: an error that no client retries.
  if (request.transactionalId !== null) return { errorCode: ErrorCode.UNSUPPORTED_VERSION, producerEpoch: -1 };
  try {
    return { errorCode: ErrorCode.NONE, producerId: broker.producerIds.take(), producerEpoch: 0 };
  } catch (error) {
    broker.journal.say('producer ids', `cannot reserve producer ids (${systemErrorCode(error)})`, 1);
    return { errorCode: ErrorCode.COORDINATOR_NOT_AVAILABLE, producerEpoch: -1 };
  }
});
