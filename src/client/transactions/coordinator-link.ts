import { backoffMs } from '../backoff.ts';
import { asClientError, ClientError } from '../client-error.ts';
import { sleep } from '../cluster.ts';
import type { Connection } from '../connection.ts';
import type { ProducerConfig } from '../properties/producer-properties.ts';
import { isConcurrent, isCoordinatorGone } from './transaction-errors.ts';

/** Wait while the transaction before is being ended; Java's client has the same (`ADD_PARTITIONS_RETRY_BACKOFF_MS`). */
const CONCURRENT_WAIT_MS = 20;

/** A coordinator that is found when it is needed, and again when it has moved. */
export class CoordinatorLink {
  readonly #config: ProducerConfig;
  readonly #find: () => Promise<{ readonly connection: Connection }>;
  #connection: Connection | null = null;

  /** @param find one attempt to find the coordinator; rejects with a ClientError */
  constructor(config: ProducerConfig, find: () => Promise<{ readonly connection: Connection }>) {
    this.#config = config;
    this.#find = find;
  }

  /**
   * Asks until it is answered or refused for good. Rejects with that refusal, and after `limitMs` with a retriable TIMED_OUT
   * that names the bound.
   * @param attempt one request; rejects with the answer's error
   */
  async ask<T>(
    bound: { readonly name: string; readonly ms: number },
    attempt: (to: Connection) => Promise<T>,
  ): Promise<T> {
    const startedMs = performance.now();
    for (let count = 1; ; count++) {
      try {
        return await attempt(await this.#connected());
      } catch (error) {
        const failure = asClientError(error);
        if (!failure.isRetriable) throw failure;
        if (isCoordinatorGone(failure)) this.#connection = null;
        const leftMs = startedMs + bound.ms - performance.now();
        if (leftMs <= 0) throw timedOut(bound, failure);
        const waitMs = backoffMs(this.#config, count);
        await sleep(Math.min(isConcurrent(failure) ? Math.min(CONCURRENT_WAIT_MS, waitMs) : waitMs, leftMs));
      }
    }
  }

  async #connected(): Promise<Connection> {
    if (this.#connection === null || this.#connection.closedBy !== null)
      this.#connection = (await this.#find()).connection;
    return this.#connection;
  }
}

const timedOut = ({ name, ms }: { readonly name: string; readonly ms: number }, last: ClientError): ClientError =>
  new ClientError('TIMED_OUT', `the coordinator did not do it within ${name}=${ms}; last error: ${last.message}`, {
    code: 7,
    isRetriable: true,
    cause: last,
  });
