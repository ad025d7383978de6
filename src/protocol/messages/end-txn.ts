import { api, bool, int16, int32, int64, string, withDefault } from '../schema.ts';

/** EndTxn: commits or aborts the open transaction of a transactional id (KIP-98). */
export const endTxn = api({
  key: 26,
  name: 'EndTxn',
  versions: [0, 3],
  flexibleFrom: 3,
  request: { transactionalId: string, producerId: int64, producerEpoch: int16, committed: bool },
  response: { throttleTimeMs: withDefault(int32, 0), errorCode: int16 },
});
