import { ErrorCode, type ErrorName } from '../protocol/errors.ts';
import { MAX_TOPIC_NAME_LENGTH } from './limits.ts';

/** Why a topic cannot be made, changed or deleted, with Kafka's error. */
export class TopicError extends Error {
  override readonly name = 'TopicError';
  readonly code: number;
  constructor(error: ErrorName, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = ErrorCode[error];
  }
}

/**
 * Holds a topic name against Kafka's rules (`org.apache.kafka.common.internals.Topic`).
 * @throws TopicError INVALID_TOPIC_EXCEPTION
 */
export const checkTopicName = (name: string): void => {
  const refuse = (why: string): TopicError =>
    new TopicError('INVALID_TOPIC_EXCEPTION', `Topic name is invalid: ${why}`);
  if (name === '') throw refuse('the empty string is not allowed');
  if (name === '.' || name === '..') throw refuse(`'${name}' is not allowed`);
  if (name.length > MAX_TOPIC_NAME_LENGTH)
    throw refuse(`it has ${name.length} characters and may have ${MAX_TOPIC_NAME_LENGTH}`);
  if (!/^[a-zA-Z0-9._-]+$/.test(name))
    throw refuse(`${JSON.stringify(name)} contains characters other than ASCII letters, digits, '.', '_' and '-'`);
};

/** What a topic is called in Kafka's metrics, which cannot tell '.' and '_' apart: two topics must not share it. */
export const metricName = (name: string): string => name.replaceAll('.', '_');
