import { isIP } from 'node:net';
import { MAX_NAME_LENGTH } from './limits.ts';

/** What quotas are for (KIP-546). */
export const ENTITY_TYPES = ['user', 'client-id', 'ip'] as const;

/** `user`, `client-id` or `ip`. */
export type EntityType = (typeof ENTITY_TYPES)[number];

/** Whom a quota is for: a name by type, null for all that have none of their own. */
export type QuotaEntity = ReadonlyMap<EntityType, string | null>;

/** Quotas by name. */
export const QUOTA_KEYS = {
  client: ['producer_byte_rate', 'consumer_byte_rate', 'request_percentage', 'controller_mutation_rate'],
  ip: ['connection_creation_rate'],
} as const;

/** The same entity has the same key. */
export const entityKey = (entity: QuotaEntity): string =>
  JSON.stringify(ENTITY_TYPES.map((type) => (entity.has(type) ? [entity.get(type)] : null)));

/** As it travels and as it is stored. */
export type EntityFields = readonly { readonly entityType: string; readonly entityName: string | null }[];

/** The entity that fields name, or what is wrong with them. */
export const entityOf = (fields: EntityFields): QuotaEntity | string => {
  const entity = new Map<EntityType, string | null>();
  for (const { entityType, entityName } of fields) {
    const type = ENTITY_TYPES.find((each) => each === entityType);
    if (type === undefined)
      return `There are quotas for ${ENTITY_TYPES.join(', ')}; got ${JSON.stringify(entityType)}.`;
    if (entity.has(type)) return `The entity names ${type} twice.`;
    if (entityName === '') return `The name of a ${type} is empty; null means the default.`;
    if (entityName !== null && entityName.length > MAX_NAME_LENGTH)
      return `The name of a ${type} has at most ${MAX_NAME_LENGTH} characters.`;
    if (type === 'ip' && entityName !== null && isIP(entityName) === 0)
      return `${JSON.stringify(entityName)} is not an IP address.`;
    entity.set(type, entityName);
  }
  if (entity.size === 0) return 'The entity is empty.';
  if (entity.has('ip') && entity.size > 1) return 'An ip cannot go with a user or a client-id.';
  return entity;
};

/** An entity as it travels. */
export const fieldsOf = (entity: QuotaEntity): { entityType: string; entityName: string | null }[] =>
  Array.from(entity, ([entityType, entityName]) => ({ entityType, entityName }));

/** What is wrong with a quota for an entity; null when nothing is. */
export const quotaFault = (entity: QuotaEntity, key: string, value: number): string | null => {
  const keys: readonly string[] = entity.has('ip') ? QUOTA_KEYS.ip : QUOTA_KEYS.client;
  if (!keys.includes(key)) return `Quotas of this entity are ${keys.join(', ')}; got ${JSON.stringify(key)}.`;
  if (!(value > 0) || value === Number.POSITIVE_INFINITY)
    return `The quota ${key} must be greater than 0; got ${value}.`;
  return null;
};
