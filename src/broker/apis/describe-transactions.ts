import { ErrorCode } from '../../protocol/errors.ts';
import { describeTransactions } from '../../protocol/messages/describe-transactions.ts';
import { handler } from '../handler.ts';
import { may } from '../security/access.ts';
import { STATUS_NAMES, type TransactionRecord } from '../transactions/transaction.ts';

/** DescribeTransactions: where transactional ids stand, and what their open transactions write to. */
export const handleDescribeTransactions = handler(describeTransactions, ({ request, broker, access }) => ({
  transactionStates: request.transactionalIds.map((transactionalId) => {
    if (!may(access, 'DESCRIBE', 'TRANSACTIONAL_ID', transactionalId))
      return { ...UNKNOWN, errorCode: ErrorCode.TRANSACTIONAL_ID_AUTHORIZATION_FAILED, transactionalId };
    const record = broker.transactions.get(transactionalId)?.record;
    if (record === undefined) {
      const errorCode = transactionalId === '' ? ErrorCode.INVALID_REQUEST : ErrorCode.TRANSACTIONAL_ID_NOT_FOUND;
      return { ...UNKNOWN, errorCode, transactionalId };
    }
    return {
      errorCode: ErrorCode.NONE,
      transactionalId,
      transactionState: STATUS_NAMES[record.status],
      transactionTimeoutMs: record.timeoutMs,
      transactionStartTimeMs: record.startedMs,
      producerId: record.producerId,
      producerEpoch: record.producerEpoch,
      topics: topicsOf(record).filter(({ topic }) => may(access, 'DESCRIBE', 'TOPIC', topic)),
    };
  }),
}));

const UNKNOWN = {
  transactionState: '',
  transactionTimeoutMs: 0,
  transactionStartTimeMs: 0,
  producerId: 0,
  producerEpoch: 0,
  topics: [],
} as const;

const topicsOf = ({ partitions }: TransactionRecord): { topic: string; partitions: number[] }[] => {
  const byTopic = new Map<string, number[]>();
  for (const { topic, index } of partitions.values()) byTopic.set(topic, [...(byTopic.get(topic) ?? []), index]);
  return Array.from(byTopic, ([topic, indexes]) => ({ topic, partitions: indexes }));
};
