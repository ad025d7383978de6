import { api, array, int16, int32, int64, nullable, since, string, withDefault } from '../schema.ts';

/**
 * ListTransactions: the transactional ids a broker coordinates (KIP-664), filtered by state and producer id, from
 * version 1 by how long their transaction has been open (KIP-994) and from 2 by a pattern (KIP-1152).
 */
export const listTransactions = api({
  key: 66,
  name: 'ListTransactions',
  versions: [0, 2],
  flexibleFrom: 0,
  request: {
    stateFilters: array(string),
    producerIdFilters: array(int64),
    durationFilter: since(1, int64, -1),
    transactionalIdPattern: since(2, nullable(string), null),
  },
  response: {
    throttleTimeMs: withDefault(int32, 0),
    errorCode: int16,
    unknownStateFilters: array(string),
    transactionStates: array({ transactionalId: string, producerId: int64, transactionState: string }),
  },
});
