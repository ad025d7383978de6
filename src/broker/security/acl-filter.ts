import {
  type Acl,
  ANY_CODE,
  coversName,
  MATCH_CODE,
  nameOf,
  type Operation,
  operations,
  type PatternType,
  type Permission,
  patternTypes,
  permissions,
  type ResourceType,
  resourceTypes,
} from './acl.ts';

/** Which ACLs are meant, as it travels; null and ANY mean all. */
export type FilterFields = {
  readonly resourceTypeFilter: number;
  readonly resourceNameFilter: string | null;
  readonly patternTypeFilter: number;
  readonly principalFilter: string | null;
  readonly hostFilter: string | null;
  readonly operation: number;
  readonly permissionType: number;
};

/** Whether an ACL is meant. */
export type AclFilter = (acl: Acl) => boolean;

/** Reads a filter (`AclBindingFilter` of Apache Kafka); null when it holds a code that is unknown. */
export const aclFilter = (fields: FilterFields): AclFilter | null => {
  const { resourceNameFilter: name, principalFilter: principal, hostFilter: host } = fields;
  const type = codeOf<ResourceType>(resourceTypes, fields.resourceTypeFilter);
  const operation = codeOf<Operation>(operations, fields.operation);
  const permission = codeOf<Permission>(permissions, fields.permissionType);
  const isMatch = fields.patternTypeFilter === MATCH_CODE;
  const pattern = isMatch ? 'any' : codeOf<PatternType>(patternTypes, fields.patternTypeFilter);
  if (type === null || operation === null || permission === null || pattern === null) return null;
  return (acl) =>
    (type === 'any' || acl.resourceType === type) &&
    (operation === 'any' || acl.operation === operation) &&
    (permission === 'any' || acl.permission === permission) &&
    (pattern === 'any' || acl.patternType === pattern) &&
    (name === null || (isMatch ? coversName(acl, name) : acl.resourceName === name)) &&
    (principal === null || acl.principal === principal) &&
    (host === null || acl.host === host);
};

const codeOf = <T extends string>(table: Readonly<Record<T, number>>, code: number): T | 'any' | null =>
  code === ANY_CODE ? 'any' : (nameOf(table, code) ?? null);

/** An ACL with the numbers that travel. */
export const aclCodes = ({ resourceType, patternType, operation, permission }: Acl) => ({
  resourceType: resourceTypes[resourceType],
  patternType: patternTypes[patternType],
  operation: operations[operation],
  permissionType: permissions[permission],
});
