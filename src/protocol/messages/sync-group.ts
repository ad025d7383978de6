import { api, array, bytes, ignorable, int16, int32, nullable, since, string } from '../schema.ts';

/** SyncGroup: the leader of a classic group hands in the assignments, and each member gets its own. */
export const syncGroup = api({
  key: 14,
  name: 'SyncGroup',
  versions: [0, 5],
  flexibleFrom: 4,
  request: {
    groupId: string,
    generationId: int32,
    memberId: string,
    groupInstanceId: since(3, nullable(string), null),
    protocolType: ignorable(since(5, nullable(string), null)),
    protocolName: ignorable(since(5, nullable(string), null)),
    assignments: array({ memberId: string, assignment: bytes }),
  },
  response: {
    throttleTimeMs: ignorable(since(1, int32)),
    errorCode: int16,
    protocolType: ignorable(since(5, nullable(string), null)),
    protocolName: ignorable(since(5, nullable(string), null)),
    assignment: bytes,
  },
});
