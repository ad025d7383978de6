import { api, ignorable, int16, int32, nullable, since, string } from '../schema.ts';

/**
 * Heartbeat: tells the coordinator that a member of a classic group is alive, and learns whether the group
 * rebalances.
 */
export const heartbeat = api({
  key: 12,
  name: 'Heartbeat',
  versions: [0, 4],
  flexibleFrom: 4,
  request: {
    groupId: string,
    generationId: int32,
    memberId: string,
    groupInstanceId: since(3, nullable(string), null),
  },
  response: { throttleTimeMs: ignorable(since(1, int32)), errorCode: int16 },
});
