import { ErrorCode } from '../../protocol/errors.ts';
import { describeClientQuotas } from '../../protocol/messages/describe-client-quotas.ts';
import type { RequestOf } from '../../protocol/schema.ts';
import { handler } from '../handler.ts';
import { mayOnCluster } from '../security/access.ts';
import { ENTITY_TYPES, type EntityType, fieldsOf, type QuotaEntity } from '../security/quota-entity.ts';

const EXACT = 0;
const DEFAULT = 1;
const ANY = 2;

type Components = RequestOf<typeof describeClientQuotas>['components'];

/** DescribeClientQuotas: entities that a filter means, and their quotas. */
export const handleDescribeClientQuotas = handler(describeClientQuotas, ({ request, broker, access }) => {
  const failed = (errorCode: number, errorMessage: string) => ({ errorCode, errorMessage, entries: null });
  if (!mayOnCluster(access, 'DESCRIBE_CONFIGS'))
    return failed(ErrorCode.CLUSTER_AUTHORIZATION_FAILED, 'Describing quotas needs DESCRIBE_CONFIGS on the cluster.');
  const { components, strict } = request;
  const fault = filterFault(components);
  if (fault !== null) return failed(ErrorCode.INVALID_REQUEST, fault);
  const found = Array.from(broker.security.quotas.entries()).filter(({ entity }) =>
    isMeant(entity, components, strict),
  );
  return {
    errorCode: ErrorCode.NONE,
    errorMessage: null,
    entries: found.map(({ entity, values }) => ({
      entity: fieldsOf(entity),
      values: Array.from(values, ([key, value]) => ({ key, value })),
    })),
  };
});

const filterFault = (components: Components): string | null => {
  const types = components.map(({ entityType }) => entityType);
  const unknown = types.find((type) => !ENTITY_TYPES.some((each) => each === type));
  if (unknown !== undefined) return `There are quotas for ${ENTITY_TYPES.join(', ')}; got ${JSON.stringify(unknown)}.`;
  if (new Set(types).size < types.length) return 'The filter names a type of entity twice.';
  if (types.includes('ip') && types.length > 1) return 'An ip cannot go with a user or a client-id.';
  for (const { matchType, match } of components) {
    if (matchType !== EXACT && matchType !== DEFAULT && matchType !== ANY)
      return `Match type ${matchType} is not known.`;
    if ((matchType === EXACT) !== (match !== null)) return 'An exact match needs a name, and no other takes one.';
  }
  return null;
};

const isMeant = (entity: QuotaEntity, components: Components, isStrict: boolean): boolean => {
  if (isStrict && entity.size !== components.length) return false;
  return components.every(({ entityType, matchType, match }) => {
    const name = entity.get(entityType as EntityType);
    if (name === undefined) return false;
    return matchType === ANY || name === (matchType === DEFAULT ? null : match);
  });
};
