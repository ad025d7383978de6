import { ClientError } from '../client-error.ts';

const [UNSUPPORTED_VERSION, CLUSTER_AUTHORIZATION_FAILED] = [35, 31];
const [TOPIC_AUTHORIZATION_FAILED, GROUP_AUTHORIZATION_FAILED] = [29, 30];
const [ILLEGAL_GENERATION, UNKNOWN_MEMBER_ID, FENCED_INSTANCE_ID] = [22, 25, 82];
const [INVALID_PRODUCER_EPOCH, INVALID_PRODUCER_ID_MAPPING, TRANSACTIONAL_ID_AUTHORIZATION_FAILED] = [47, 49, 53];
const [UNKNOWN_PRODUCER_ID, PRODUCER_FENCED, TRANSACTION_ABORTABLE] = [59, 90, 120];
const [COORDINATOR_NOT_AVAILABLE, NOT_COORDINATOR, CONCURRENT_TRANSACTIONS] = [15, 16, 51];

/** Of a coordinator's answers: the transaction is lost and the producer is not. All others that do not pass are fatal. */
const ABORTABLE_BY_COORDINATOR = new Set([
  TOPIC_AUTHORIZATION_FAILED,
  GROUP_AUTHORIZATION_FAILED,
  ILLEGAL_GENERATION,
  UNKNOWN_MEMBER_ID,
  FENCED_INSTANCE_ID,
  UNKNOWN_PRODUCER_ID,
  TRANSACTION_ABORTABLE,
]);

/** Of answers to Produce: the producer is lost. All others lose the transaction alone (`TransactionManager.maybeTransitionToErrorState`). */
const FATAL_FOR_BATCHES = new Set([
  CLUSTER_AUTHORIZATION_FAILED,
  TRANSACTIONAL_ID_AUTHORIZATION_FAILED,
  PRODUCER_FENCED,
  UNSUPPORTED_VERSION,
  INVALID_PRODUCER_ID_MAPPING,
]);

/** Whether the failure of a batch ends the producer, not just its transaction. */
export const isFatalForBatch = (error: ClientError): boolean =>
  error.code !== null && FATAL_FOR_BATCHES.has(error.code);

/** Whether a coordinator's refusal, or the lack of its answer, loses the transaction alone. */
export const isAbortable = (error: ClientError): boolean =>
  error.isRetriable || (error.code !== null && ABORTABLE_BY_COORDINATOR.has(error.code));

/** Whether the coordinator has to be looked for again. */
export const isCoordinatorGone = ({ code, isRetriable }: ClientError): boolean =>
  code === COORDINATOR_NOT_AVAILABLE ||
  code === NOT_COORDINATOR ||
  (isRetriable && (code === null || code === 13 || code === 7));

/** Whether the transaction before is not ended yet, which takes milliseconds. */
export const isConcurrent = (error: ClientError): boolean => error.code === CONCURRENT_TRANSACTIONS;

const isFencing = ({ code }: ClientError): boolean => code === PRODUCER_FENCED || code === INVALID_PRODUCER_EPOCH;

const whyFenced = (transactionalId: string): string =>
  `another producer has taken over transactional.id=${transactionalId}, or a transaction took longer than transaction.timeout.ms; give every producer that runs at the same time its own transactional.id`;

/** Why nothing more of a transaction is taken; it takes abort(). */
export const lostTransaction = (cause: ClientError, transactionalId: string): ClientError => {
  const why = isFencing(cause)
    ? `the transaction is lost: ${whyFenced(transactionalId)} (${cause.message})`
    : `the transaction is lost and must be aborted: ${cause.message}`;
  return new ClientError(cause.name, why, { code: cause.code, isAbortable: true, cause });
};

/** A commit's failure after a request that was not answered. */
export const unknownOutcome = (failure: ClientError): ClientError => {
  const { name, code, isRetriable } = failure;
  const message = `whether the transaction was committed is not known: ${failure.message}`;
  return new ClientError(name, message, { code, isRetriable, isOutcomeUnknown: true, cause: failure });
};

/** Whether a request was lost on its way or its answer was: what it asked for may have been done. */
export const isUnanswered = ({ code, isRetriable }: ClientError): boolean =>
  isRetriable && (code === null || code === 7 || code === 13);

/** The error of records that were never sent, because their transaction ends without them. */
export const droppedRecord = (why: string, cause?: ClientError): ClientError =>
  new ClientError('TRANSACTION_ABORTED', `the record was not sent: ${why}`, { isAbortable: true, cause });

/** What a producer is told that is no longer the one of its transactional id: in plain words, with Kafka's name and code. */
export const explainFencing = (error: ClientError, transactionalId: string): ClientError => {
  if (!isFencing(error)) return error;
  const message = `${whyFenced(transactionalId)} (${error.message})`;
  return new ClientError('PRODUCER_FENCED', message, { code: error.code, cause: error });
};
