import { initProducerId } from '../protocol/messages/init-producer-id.ts';
import { backoffMs } from './backoff.ts';
import { asClientError } from './client-error.ts';
import { type Cluster, sleep } from './cluster.ts';
import { kafkaError } from './connection.ts';
import type { ProducerConfig } from './properties/producer-properties.ts';

/** What a broker knows an idempotent producer by (KIP-98). */
export type ProducerIdentity = { readonly producerId: number; readonly epoch: number };

/**
 * Asks for a producer id, of whichever broker answers: one without a transactional id may come from any of them. Asks again
 * after errors that pass, for at most `max.block.ms`. Rejects with a ClientError.
 */
export const takeProducerId = async (cluster: Cluster, config: ProducerConfig): Promise<ProducerIdentity> => {
  const startedMs = performance.now();
  for (let attempt = 1; ; attempt++) {
    try {
      return await askForProducerId(cluster);
    } catch (error) {
      const failure = asClientError(error);
      const leftMs = startedMs + config.maxBlockMs - performance.now();
      if (!failure.isRetriable || leftMs <= 0) throw failure;
      await sleep(Math.min(backoffMs(config, attempt), leftMs));
    }
  }
};

const askForProducerId = async (cluster: Cluster): Promise<ProducerIdentity> => {
  const connection = await cluster.anyConnection();
  // The timeout is that of transactions; without a transactional id no broker looks at it.
  const request = { transactionalId: null, transactionTimeoutMs: 0 };
  const { errorCode, producerId, producerEpoch } = await connection.request(initProducerId, request);
  if (errorCode === 0) return { producerId, epoch: producerEpoch };
  throw kafkaError(errorCode, 'enable.idempotence=true needs a producer id, and the broker gives none');
};
