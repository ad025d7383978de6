import { errorCode, explainCode } from './log/errors.ts';
import { TopicError } from './topic-name.ts';

/** Changes of topics and of the broker's settings: those of one name run one after the other. */
export class TopicChanges {
  /** The last change of each name. */
  readonly #last = new Map<string, Promise<unknown>>();
  #isClosed = false;

  /**
   * Runs a change after the ones of that name before it, and says what went wrong in Kafka's words.
   * @throws TopicError (rejects) the change's own, or KAFKA_STORAGE_ERROR for anything else
   */
  run<T>(name: string, change: () => Promise<T>): Promise<T> {
    const before = this.#last.get(name) ?? Promise.resolve();
    const done = before.then(
      () => this.#inWords(change),
      () => this.#inWords(change),
    );
    this.#last.set(name, done);
    const forget = (): void => {
      if (this.#last.get(name) === done) this.#last.delete(name);
    };
    done.then(forget, forget);
    return done;
  }

  /** Waits for the changes that have begun; those that have not fail. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.allSettled(this.#last.values());
  }

  async #inWords<T>(change: () => Promise<T>): Promise<T> {
    try {
      if (this.#isClosed) throw new TopicError('KAFKA_STORAGE_ERROR', 'The broker is stopping.');
      return await change();
    } catch (error) {
      if (error instanceof TopicError) throw error;
      throw new TopicError('KAFKA_STORAGE_ERROR', `The disk refused it: ${explainCode(errorCode(error))}.`, {
        cause: error,
      });
    }
  }
}
