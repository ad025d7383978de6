import { api, array, between, ignorable, int16, int32, nullable, since, string, withDefault } from '../schema.ts';

/** LeaveGroup: one member leaves a classic group (up to version 2), or several do (from 3, KIP-345). */
export const leaveGroup = api({
  key: 13,
  name: 'LeaveGroup',
  versions: [0, 5],
  flexibleFrom: 4,
  request: {
    groupId: string,
    memberId: between(0, 2, string),
    members: since(
      3,
      array({
        memberId: string,
        groupInstanceId: withDefault(nullable(string), null),
        reason: ignorable(since(5, nullable(string), null)),
      }),
    ),
  },
  response: {
    throttleTimeMs: ignorable(since(1, int32)),
    errorCode: int16,
    members: since(3, array({ memberId: string, groupInstanceId: nullable(string), errorCode: int16 })),
  },
});
