import { ClientError } from '../../client/client-error.ts';
import { errorByCode } from '../../protocol/errors.ts';
import { DriverFailure } from '../driver.ts';

/** What went wrong in kafkajs, under the names that the native client has for it. */
export type KafkajsFault = {
  readonly name: string;
  /** Kafka's error code, or null for a failure on our side of the wire. */
  readonly code: number | null;
  readonly message: string;
  /** Whether the same request may succeed later. */
  readonly isRetriable: boolean;
};

/** Errors that kafkajs makes itself, by their class: Kafka's name and code, and whether Java's client tries again after them. */
const ownErrors: Readonly<Record<string, readonly [name: string, code: number | null, isRetriable: boolean]>> = {
  KafkaJSRequestTimeoutError: ['REQUEST_TIMED_OUT', 7, true],
  KafkaJSConnectionClosedError: ['NETWORK_EXCEPTION', 13, true],
  KafkaJSConnectionError: ['CONNECT_FAILED', null, true],
  KafkaJSBrokerNotFound: ['BROKER_NOT_AVAILABLE', null, true],
  KafkaJSNoBrokerAvailableError: ['BROKER_NOT_AVAILABLE', null, true],
  KafkaJSLockTimeout: ['CONNECT_FAILED', null, true],
  KafkaJSMetadataNotLoaded: ['LEADER_NOT_AVAILABLE', 5, true],
  KafkaJSTopicMetadataNotLoaded: ['LEADER_NOT_AVAILABLE', 5, true],
  KafkaJSGroupCoordinatorNotFound: ['COORDINATOR_NOT_AVAILABLE', 15, true],
  KafkaJSSASLAuthenticationError: ['SASL_AUTHENTICATION_FAILED', 58, false],
  KafkaJSServerDoesNotSupportApiKey: ['UNSUPPORTED_VERSION', 35, false],
};

/** Wrappers that say only that kafkajs gave up: what they wrap says why. */
const wrappers = new Set(['KafkaJSNumberOfRetriesExceeded', 'KafkaJSNonRetriableError', 'KafkaJSError']);
/** Causes are looked for this deep. */
const mostWrappers = 8;

const property = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** What kafkajs threw or rejected with, in our words. */
export const kafkajsFault = (thrown: unknown): KafkajsFault => {
  let error = thrown;
  for (let depth = 0; depth < mostWrappers; depth++) {
    const cause = property(error, 'cause');
    if (!wrappers.has(String(property(error, 'name'))) || !(cause instanceof Error) || cause === error) break;
    error = cause;
  }
  if (error instanceof ClientError) return error;
  const code = property(error, 'code');
  const known = typeof code === 'number' ? errorByCode(code) : undefined;
  const message = messageOf(error);
  if (known !== undefined)
    return {
      name: known.name,
      code: known.code,
      message: `${known.name} (${known.code}): ${message}`,
      isRetriable: known.retriable,
    };
  const own = ownErrors[String(property(error, 'name'))];
  if (own !== undefined) return { name: own[0], code: own[1], message, isRetriable: own[2] };
  return { name: 'CLIENT_ERROR', code: null, message, isRetriable: property(error, 'retriable') === true };
};

/** What kafkajs threw or rejected with, as the load reads it. */
export const kafkajsFailure = (thrown: unknown): DriverFailure => {
  if (thrown instanceof DriverFailure) return thrown;
  const { name, code, message } = kafkajsFault(thrown);
  return new DriverFailure(name, code, message, { cause: thrown });
};
