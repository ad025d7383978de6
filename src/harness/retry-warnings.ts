/** Says once that clients met an error and try again. */
import type { RetryMessage } from '../load/messages.ts';
import type { TestObserver } from './observer.ts';
import type { Session } from './session.ts';

/** What these errors say of a broker of our own, its process has said itself, and the test ends with it. */
const saidByOurBroker = ['KAFKA_STORAGE_ERROR', 'NETWORK_EXCEPTION', 'CONNECT_FAILED'];

/**
 * Makes a function that passes on each kind of error once over all clients of a test.
 * @param until what ends the attempts, such as `delivery.timeout.ms`
 */
export const retryWarnings = (
  session: Session,
  observer: TestObserver,
  until: string,
): ((message: RetryMessage) => void) => {
  const told = new Set(session.broker === null ? [] : saidByOurBroker);
  return ({ name, message }) => {
    if (told.has(name)) return;
    told.add(name);
    observer.onWarning(`${message}; trying again until ${until}`);
  };
};
