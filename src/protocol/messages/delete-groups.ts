import { api, array, int16, int32, string, withDefault } from '../schema.ts';

/** DeleteGroups: forgets groups that have no members, with their offsets (KIP-229). */
export const deleteGroups = api({
  key: 42,
  name: 'DeleteGroups',
  versions: [0, 2],
  flexibleFrom: 2,
  request: { groupsNames: array(string) },
  response: { throttleTimeMs: withDefault(int32, 0), results: array({ groupId: string, errorCode: int16 }) },
});
