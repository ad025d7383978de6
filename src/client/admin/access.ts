import { backoffMs } from '../backoff.ts';
import { asClientError, type ClientError } from '../client-error.ts';
import { type Cluster, sleep } from '../cluster.ts';
import type { Connection } from '../connection.ts';

/** How administrative requests reach a cluster. Times in milliseconds. */
export type AdminAccess = {
  readonly cluster: Cluster;
  /** Longest wait of a broker until what was asked for is done (`request.timeout.ms`). */
  readonly timeoutMs: number;
  /** Longest time that a request is made again after errors which pass. */
  readonly patienceMs: number;
  readonly retryBackoffMs: number;
  readonly retryBackoffMaxMs: number;
};

/** Does `work` again after errors that may pass, until `patienceMs` is over. Rejects with a ClientError. */
export const withRetries = async <Value>(access: AdminAccess, work: () => Promise<Value>): Promise<Value> => {
  const startedMs = performance.now();
  for (let attempt = 1; ; attempt++) {
    let failure: ClientError;
    try {
      return await work();
    } catch (error) {
      failure = asClientError(error);
    }
    if (!failure.isRetriable || performance.now() - startedMs > access.patienceMs) throw failure;
    await sleep(backoffMs(access, attempt));
  }
};

/** A connection to the controller. Brokers of KRaft clusters pass such requests on, and name any broker as the controller. */
export const controllerConnection = async ({ cluster }: AdminAccess): Promise<Connection> => {
  const { controllerId } = await cluster.describeTopics([], { allowAutoCreation: false });
  return controllerId >= 0 ? cluster.connectionTo(controllerId) : cluster.anyConnection();
};
