import { api, array, int8, int16, int32, nullable, string, withDefault } from '../schema.ts';

/** CreateAcls: adds ACLs, each to a resource (KIP-140). Pattern type 3 is a name as it stands (KIP-290). */
export const createAcls = api({
  key: 30,
  name: 'CreateAcls',
  versions: [1, 3],
  flexibleFrom: 2,
  request: {
    creations: array({
      resourceType: int8,
      resourceName: string,
      resourcePatternType: withDefault(int8, 3),
      principal: string,
      host: string,
      operation: int8,
      permissionType: int8,
    }),
  },
  response: {
    throttleTimeMs: withDefault(int32, 0),
    results: array({ errorCode: int16, errorMessage: nullable(string) }),
  },
});
