/** `retry.backoff.ms` and `retry.backoff.max.ms`. */
export type BackoffBounds = { readonly retryBackoffMs: number; readonly retryBackoffMaxMs: number };

/**
 * How long to wait before attempt `attempt` is made again, milliseconds: twice as long each time from `retry.backoff.ms` on, at most
 * `retry.backoff.max.ms`, and a random fifth more or less so that clients do not come back together (KIP-580).
 * @param attempt 1 after the first failure
 * @param random from 0 to 1
 */
export const backoffMs = (bounds: BackoffBounds, attempt: number, random: () => number = Math.random): number => {
  const { retryBackoffMs, retryBackoffMaxMs } = bounds;
  return Math.min(retryBackoffMaxMs, retryBackoffMs * 2 ** (attempt - 1)) * (0.8 + 0.4 * random());
};
