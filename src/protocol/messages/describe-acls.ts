import { api, array, int8, int16, int32, nullable, string, withDefault } from '../schema.ts';

/**
 * DescribeAcls: the ACLs that match a filter, grouped by resource (KIP-140). Pattern type 3 is a name as it stands
 * (KIP-290).
 */
export const describeAcls = api({
  key: 29,
  name: 'DescribeAcls',
  versions: [1, 3],
  flexibleFrom: 2,
  request: {
    resourceTypeFilter: int8,
    resourceNameFilter: nullable(string),
    patternTypeFilter: withDefault(int8, 3),
    principalFilter: nullable(string),
    hostFilter: nullable(string),
    operation: int8,
    permissionType: int8,
  },
  response: {
    throttleTimeMs: withDefault(int32, 0),
    errorCode: int16,
    errorMessage: nullable(string),
    resources: array({
      resourceType: int8,
      resourceName: string,
      patternType: withDefault(int8, 3),
      acls: array({ principal: string, host: string, operation: int8, permissionType: int8 }),
    }),
  },
});
