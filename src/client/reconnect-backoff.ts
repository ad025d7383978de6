import { backoffMs } from './backoff.ts';

/** `reconnect.backoff.ms` and its bound, and `socket.connection.setup.timeout.ms` and its bound; milliseconds. */
export type ReconnectBounds = {
  /** At most reconnectBackoffMaxMs. */
  readonly reconnectBackoffMs: number;
  readonly reconnectBackoffMaxMs: number;
  readonly socketConnectionSetupTimeoutMs: number;
  readonly socketConnectionSetupTimeoutMaxMs: number;
};

type Trouble = { failures: number; notBeforeMs: number };

/** When a broker that could not be reached, or whose connection was lost, is tried again, and for how long. */
export class ReconnectBackoff {
  readonly #bounds: ReconnectBounds;
  readonly #troubles = new Map<string, Trouble>();

  constructor(bounds: ReconnectBounds) {
    this.#bounds = bounds;
  }

  /** How long to wait before an address is tried, milliseconds. */
  waitMs(address: string): number {
    const trouble = this.#troubles.get(address);
    return trouble === undefined ? 0 : Math.max(0, trouble.notBeforeMs - performance.now());
  }

  /** How long an attempt may take: twice as long after each failure, up to the bound; milliseconds. */
  timeoutMs(address: string): number {
    const { socketConnectionSetupTimeoutMs: first, socketConnectionSetupTimeoutMaxMs: most } = this.#bounds;
    return Math.min(first * 2 ** (this.#troubles.get(address)?.failures ?? 0), Math.max(first, most));
  }

  /** An attempt has failed: the next waits twice as long as this one did. */
  failed(address: string): void {
    this.#wait(address, (this.#troubles.get(address)?.failures ?? 0) + 1);
  }

  /** A connection that was open was lost: the first attempt waits `reconnect.backoff.ms`. */
  lost(address: string): void {
    this.#wait(address, 0);
  }

  /** A connection is open. */
  connected(address: string): void {
    this.#troubles.delete(address);
  }

  #wait(address: string, failures: number): void {
    const { reconnectBackoffMs, reconnectBackoffMaxMs } = this.#bounds;
    const bounds = { retryBackoffMs: reconnectBackoffMs, retryBackoffMaxMs: reconnectBackoffMaxMs };
    const notBeforeMs = performance.now() + backoffMs(bounds, Math.max(1, failures));
    this.#troubles.set(address, { failures, notBeforeMs });
  }
}
