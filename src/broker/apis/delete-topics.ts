import { ErrorCode, type ErrorName } from '../../protocol/errors.ts';
import { deleteTopics } from '../../protocol/messages/delete-topics.ts';
import type { ResponseInput } from '../../protocol/schema.ts';
import { ZERO_UUID } from '../../protocol/uuid.ts';
import { laterHandler } from '../handler.ts';
import { type Access, may } from '../security/access.ts';
import type { BrokerState } from '../state.ts';
import { TopicError } from '../topics.ts';

type Asked = { readonly name: string | null; readonly topicId: string };
type Answered = ResponseInput<typeof deleteTopics>['responses'][number];

const FIRST_WITH_IDS = 6;
const FIRST_WITH_DISABLED_ERROR = 3;

/** DeleteTopics: by name, from version 6 also by id; the files are gone when the answer comes. */
export const handleDeleteTopics = laterHandler(deleteTopics, async ({ request, version, broker, access }) => {
  const asked: readonly Asked[] =
    version >= FIRST_WITH_IDS ? request.topics : request.topicNames.map((name) => ({ name, topicId: ZERO_UUID }));
  return { responses: await Promise.all(asked.map((each) => remove(each, version, broker, access))) };
});

const remove = async (asked: Asked, version: number, broker: BrokerState, access: Access | null): Promise<Answered> => {
  const { name, topicId } = asked;
  const failed = (error: ErrorName, errorMessage: string | null): Answered => ({
    name,
    topicId,
    errorCode: ErrorCode[error],
    errorMessage,
  });
  if (!broker.settings.deleteTopicEnable)
    return failed(
      version >= FIRST_WITH_DISABLED_ERROR ? 'TOPIC_DELETION_DISABLED' : 'INVALID_REQUEST',
      'delete.topic.enable is false.',
    );
  if (name !== null && topicId !== ZERO_UUID) return failed('INVALID_REQUEST', 'Give a name or an id, not both.');
  const topic = name === null ? broker.topics.getById(topicId) : broker.topics.get(name);
  // Whether a topic of that name exists is told to those only who may see it.
  const hidden = name ?? topic?.name;
  if (hidden !== undefined && !may(access, 'DELETE', 'TOPIC', hidden)) {
    const visible = may(access, 'DESCRIBE', 'TOPIC', hidden) ? hidden : name;
    return { ...failed('TOPIC_AUTHORIZATION_FAILED', null), name: visible };
  }
  if (topic === undefined) return failed(name === null ? 'UNKNOWN_TOPIC_ID' : 'UNKNOWN_TOPIC_OR_PARTITION', null);
  try {
    await broker.topics.delete(topic.name);
    broker.groups.topicDeleted(topic.name);
    return { name: topic.name, topicId: topic.id, errorCode: ErrorCode.NONE };
  } catch (error) {
    if (!(error instanceof TopicError)) throw error;
    return { name, topicId, errorCode: error.code, errorMessage: error.message };
  }
};
