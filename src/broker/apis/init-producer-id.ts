import { ErrorCode } from '../../protocol/errors.ts';
import { initProducerId } from '../../protocol/messages/init-producer-id.ts';
import { laterHandler } from '../handler.ts';
import { errorCode as systemErrorCode } from '../log/errors.ts';
import { may, mayOnCluster } from '../security/access.ts';
import { TransactionError } from '../transactions/transaction-coordinator.ts';

/** From here on a fenced producer is told PRODUCER_FENCED; earlier versions know INVALID_PRODUCER_EPOCH only. */
const FIRST_WITH_FENCED = 4;
const NO_PRODUCER_ID = -1;

/**
 * InitProducerId: without a transactional id a new id at epoch 0, whatever id the producer had before; with one its id at a
 * raised epoch, after an open transaction of an older producer is aborted.
 */
export const handleInitProducerId = laterHandler(initProducerId, async ({ request, version, broker, access }) => {
  const { transactionalId, transactionTimeoutMs, producerId, producerEpoch } = request;
  if (transactionalId === null) {
    const mayWrite = mayOnCluster(access, 'IDEMPOTENT_WRITE') || access?.allowsAny('WRITE', 'TOPIC');
    if (!mayWrite) return { errorCode: ErrorCode.CLUSTER_AUTHORIZATION_FAILED, producerEpoch: -1 };
  } else if (!may(access, 'WRITE', 'TRANSACTIONAL_ID', transactionalId))
    return { errorCode: ErrorCode.TRANSACTIONAL_ID_AUTHORIZATION_FAILED, producerEpoch: -1 };
  try {
    if (transactionalId === null)
      return { errorCode: ErrorCode.NONE, producerId: broker.producerIds.take(), producerEpoch: 0 };
    const expected = producerId === NO_PRODUCER_ID ? null : { producerId, producerEpoch };
    const given = await broker.transactions.initProducer(transactionalId, transactionTimeoutMs, expected);
    return { errorCode: ErrorCode.NONE, ...given };
  } catch (error) {
    if (error instanceof TransactionError) {
      const isOld = error.error === 'PRODUCER_FENCED' && version < FIRST_WITH_FENCED;
      return { errorCode: ErrorCode[isOld ? 'INVALID_PRODUCER_EPOCH' : error.error], producerEpoch: -1 };
    }
    broker.journal.say('producer ids', `cannot reserve producer ids (${systemErrorCode(error)})`, 1);
    return { errorCode: ErrorCode.COORDINATOR_NOT_AVAILABLE, producerEpoch: -1 };
  }
});
