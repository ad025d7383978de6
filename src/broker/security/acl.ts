/** Kinds of resources by name, with Kafka's numbers (`org.apache.kafka.common.resource.ResourceType`). */
export const resourceTypes = {
  TOPIC: 2,
  GROUP: 3,
  CLUSTER: 4,
  TRANSACTIONAL_ID: 5,
  DELEGATION_TOKEN: 6,
  USER: 7,
} as const;

/** Operations by name, with Kafka's numbers (`org.apache.kafka.common.acl.AclOperation`). */
export const operations = {
  ALL: 2,
  READ: 3,
  WRITE: 4,
  CREATE: 5,
  DELETE: 6,
  ALTER: 7,
  DESCRIBE: 8,
  CLUSTER_ACTION: 9,
  DESCRIBE_CONFIGS: 10,
  ALTER_CONFIGS: 11,
  IDEMPOTENT_WRITE: 12,
  CREATE_TOKENS: 13,
  DESCRIBE_TOKENS: 14,
  TWO_PHASE_COMMIT: 15,
} as const;

/** How the name of an ACL's resource is meant (KIP-290). */
export const patternTypes = { LITERAL: 3, PREFIXED: 4 } as const;

/** What an ACL says. */
export const permissions = { DENY: 2, ALLOW: 3 } as const;

/** In filters: everything. */
export const ANY_CODE = 1;
/** As a pattern type of filters: all ACLs that apply to the resource of that name. */
export const MATCH_CODE = 2;

/** Such as `TOPIC`. */
export type ResourceType = keyof typeof resourceTypes;
/** Such as `READ`. */
export type Operation = keyof typeof operations;
/** `LITERAL` or `PREFIXED`. */
export type PatternType = keyof typeof patternTypes;
/** `DENY` or `ALLOW`. */
export type Permission = keyof typeof permissions;

/** As a literal resource name, a host or the name of a user: all. */
export const WILDCARD = '*';
/** The principal that stands for all users. */
export const ALL_USERS = 'User:*';
/** The one name of the CLUSTER resource. */
export const CLUSTER_NAME = 'kafka-cluster';

/** An access control list's entry: a principal may or must not do something with resources. */
export type Acl = {
  readonly resourceType: ResourceType;
  readonly resourceName: string;
  readonly patternType: PatternType;
  /** Such as `User:alice`. */
  readonly principal: string;
  /** An address, or `*`. */
  readonly host: string;
  readonly operation: Operation;
  readonly permission: Permission;
};

/** The name that has a code; undefined for codes that are unknown. */
export const nameOf = <T extends string>(table: Readonly<Record<T, number>>, code: number): T | undefined => {
  for (const name in table) if (table[name] === code) return name;
  return undefined;
};

/** Whether an ACL's pattern covers the resource of that name. */
export const coversName = ({ patternType, resourceName }: Acl, name: string): boolean =>
  patternType === 'PREFIXED' ? name.startsWith(resourceName) : resourceName === name || resourceName === WILDCARD;

/** Whether two ACLs say the same. */
export const aclKey = (acl: Acl): string =>
  JSON.stringify([
    acl.resourceType,
    acl.patternType,
    acl.resourceName,
    acl.principal,
    acl.host,
    acl.operation,
    acl.permission,
  ]);

/** Whether a value read from a file is an ACL. */
export const isAcl = (value: unknown): value is Acl =>
  typeof value === 'object' &&
  value !== null &&
  'resourceType' in value &&
  isNameOf(resourceTypes, value.resourceType) &&
  'resourceName' in value &&
  typeof value.resourceName === 'string' &&
  'patternType' in value &&
  isNameOf(patternTypes, value.patternType) &&
  'principal' in value &&
  typeof value.principal === 'string' &&
  'host' in value &&
  typeof value.host === 'string' &&
  'operation' in value &&
  isNameOf(operations, value.operation) &&
  'permission' in value &&
  isNameOf(permissions, value.permission);

const isNameOf = (table: Readonly<Record<string, number>>, value: unknown): boolean =>
  typeof value === 'string' && Object.hasOwn(table, value);
