import { ErrorCode } from '../../protocol/errors.ts';
import { listTransactions } from '../../protocol/messages/list-transactions.ts';
import { handler } from '../handler.ts';
import { may } from '../security/access.ts';
import { STATUS_NAMES, TransactionStatus } from '../transactions/transaction.ts';

const names: readonly string[] = Object.values(STATUS_NAMES);
/** States of Kafka that this coordinator has no use for; asking for them is no mistake. */
const UNUSED = ['Dead', 'PrepareEpochFence'];

/** ListTransactions: transactional ids by state, producer, age of their open transaction and pattern of their name. */
export const handleListTransactions = handler(listTransactions, ({ request, broker, access }) => {
  const { stateFilters, producerIdFilters, durationFilter, transactionalIdPattern } = request;
  const pattern = patternOf(transactionalIdPattern);
  if (pattern === 'broken')
    return { errorCode: ErrorCode.INVALID_REGULAR_EXPRESSION, unknownStateFilters: [], transactionStates: [] };
  const nowMs = Date.now();
  const found = [];
  for (const { transactionalId, record } of broker.transactions.all()) {
    const transactionState = STATUS_NAMES[record.status];
    if (stateFilters.length > 0 && !stateFilters.includes(transactionState)) continue;
    if (producerIdFilters.length > 0 && !producerIdFilters.includes(record.producerId)) continue;
    const isOldEnough = record.status === TransactionStatus.ONGOING && nowMs - record.startedMs > durationFilter;
    if (durationFilter >= 0 && !isOldEnough) continue;
    if (pattern !== null && !pattern.test(transactionalId)) continue;
    if (!may(access, 'DESCRIBE', 'TRANSACTIONAL_ID', transactionalId)) continue;
    found.push({ transactionalId, producerId: record.producerId, transactionState });
  }
  return {
    errorCode: ErrorCode.NONE,
    unknownStateFilters: stateFilters.filter((name) => !names.includes(name) && !UNUSED.includes(name)),
    transactionStates: found,
  };
});

/** The whole name must match, as with Kafka's patterns. */
const patternOf = (text: string | null): RegExp | null | 'broken' => {
  if (text === null || text === '') return null;
  try {
    return new RegExp(`^(?:${text})$`, 'u');
  } catch {
    return 'broken';
  }
};
