import { api, int16, int32, int64, string, withDefault } from '../schema.ts';

/** AddOffsetsToTxn: the producer tells that its transaction is about to commit offsets of a group (KIP-98). */
export const addOffsetsToTxn = api({
  key: 25,
  name: 'AddOffsetsToTxn',
  versions: [0, 3],
  flexibleFrom: 3,
  request: { transactionalId: string, producerId: int64, producerEpoch: int16, groupId: string },
  response: { throttleTimeMs: withDefault(int32, 0), errorCode: int16 },
});
