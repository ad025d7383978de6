import { ErrorCode } from '../../protocol/errors.ts';
import { createPartitions } from '../../protocol/messages/create-partitions.ts';
import type { RequestOf, ResponseInput } from '../../protocol/schema.ts';
import { laterHandler } from '../handler.ts';
import { may } from '../security/access.ts';
import type { BrokerState } from '../state.ts';
import { TopicError } from '../topics.ts';
import { checkReplicas } from './create-topics.ts';

type Asked = RequestOf<typeof createPartitions>['topics'][number];
type Answered = ResponseInput<typeof createPartitions>['results'][number];

/** CreatePartitions: raises topics to a number of partitions; each topic has its own error. */
export const handleCreatePartitions = laterHandler(createPartitions, async ({ request, broker, access }) => {
  const counts = new Map<string, number>();
  for (const { name } of request.topics) counts.set(name, (counts.get(name) ?? 0) + 1);
  const results: (Answered | Promise<Answered>)[] = [];
  for (const asked of request.topics) {
    const count = counts.get(asked.name) ?? 0;
    counts.delete(asked.name);
    if (count > 1) results.push(failed(asked.name, new TopicError('INVALID_REQUEST', 'Duplicate topic in request.')));
    else if (count === 1 && !may(access, 'ALTER', 'TOPIC', asked.name))
      results.push(failed(asked.name, new TopicError('TOPIC_AUTHORIZATION_FAILED', 'Not allowed to alter the topic.')));
    else if (count === 1) results.push(grow(asked, request.validateOnly, broker));
  }
  return { results: await Promise.all(results) };
});

const grow = async (asked: Asked, isValidateOnly: boolean, broker: BrokerState): Promise<Answered> => {
  const { name, count, assignments } = asked;
  try {
    broker.topics.checkGrowth(name, count);
    if (assignments !== null) {
      const added = count - (broker.topics.get(name)?.partitions.length ?? 0);
      if (assignments.length !== added)
        throw new TopicError(
          'INVALID_REPLICA_ASSIGNMENT',
          `${added} partitions are to be added, but ${assignments.length} assignments were given.`,
        );
      for (const { brokerIds } of assignments) checkReplicas(brokerIds, broker.settings.nodeId);
    }
    if (!isValidateOnly) await broker.topics.grow(name, count);
    return { name, errorCode: ErrorCode.NONE };
  } catch (error) {
    if (error instanceof TopicError) return failed(name, error);
    throw error;
  }
};

const failed = (name: string, error: TopicError): Answered => ({
  name,
  errorCode: error.code,
  errorMessage: error.message,
});
