import { api, int16, int32, int64, nullable, since, string, withDefault } from '../schema.ts';

/**
 * InitProducerId: a producer id and epoch for an idempotent or transactional producer (KIP-98). From version 3 a
 * producer may name the id and epoch it has, to have the epoch raised (KIP-360).
 */
export const initProducerId = api({
  key: 22,
  name: 'InitProducerId',
  versions: [0, 4],
  flexibleFrom: 2,
  request: {
    transactionalId: nullable(string),
    transactionTimeoutMs: int32,
    producerId: since(3, int64, -1),
    producerEpoch: since(3, int16, -1),
  },
  response: {
    throttleTimeMs: withDefault(int32, 0),
    errorCode: int16,
    producerId: withDefault(int64, -1),
    producerEpoch: int16,
  },
});
