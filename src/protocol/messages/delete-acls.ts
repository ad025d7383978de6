import { api, array, int8, int16, int32, nullable, string, withDefault } from '../schema.ts';

/**
 * DeleteAcls: removes the ACLs that match filters, and names those that did (KIP-140). Pattern type 3 is a name as it
 * stands (KIP-290).
 */
export const deleteAcls = api({
  key: 31,
  name: 'DeleteAcls',
  versions: [1, 3],
  flexibleFrom: 2,
  request: {
    filters: array({
      resourceTypeFilter: int8,
      resourceNameFilter: nullable(string),
      patternTypeFilter: withDefault(int8, 3),
      principalFilter: nullable(string),
      hostFilter: nullable(string),
      operation: int8,
      permissionType: int8,
    }),
  },
  response: {
    throttleTimeMs: withDefault(int32, 0),
    filterResults: array({
      errorCode: int16,
      errorMessage: nullable(string),
      matchingAcls: array({
        errorCode: int16,
        errorMessage: nullable(string),
        resourceType: int8,
        resourceName: string,
        patternType: withDefault(int8, 3),
        principal: string,
        host: string,
        operation: int8,
        permissionType: int8,
      }),
    }),
  },
});
