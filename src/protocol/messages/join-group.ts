import { api, array, bool, bytes, ignorable, int16, int32, nullable, since, string, withDefault } from '../schema.ts';

/**
 * JoinGroup: becomes a member of a classic group, and waits until all members have joined. The leader alone is told
 * of the others. Static members from version 5 (KIP-345), `skipAssignment` from 9 (KIP-814).
 */
export const joinGroup = api({
  key: 11,
  name: 'JoinGroup',
  versions: [0, 9],
  flexibleFrom: 6,
  request: {
    groupId: string,
    sessionTimeoutMs: int32,
    rebalanceTimeoutMs: ignorable(since(1, int32, -1)),
    memberId: string,
    groupInstanceId: since(5, nullable(string), null),
    protocolType: string,
    protocols: array({ name: string, metadata: bytes }),
    reason: ignorable(since(8, nullable(string), null)),
  },
  response: {
    throttleTimeMs: ignorable(since(2, int32)),
    errorCode: int16,
    generationId: withDefault(int32, -1),
    protocolType: ignorable(since(7, nullable(string), null)),
    protocolName: nullable(string, 7),
    leader: string,
    skipAssignment: since(9, bool),
    memberId: string,
    members: array({ memberId: string, groupInstanceId: ignorable(since(5, nullable(string), null)), metadata: bytes }),
  },
});
