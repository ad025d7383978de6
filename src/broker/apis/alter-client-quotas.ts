import { ErrorCode } from '../../protocol/errors.ts';
import { alterClientQuotas } from '../../protocol/messages/alter-client-quotas.ts';
import type { RequestOf } from '../../protocol/schema.ts';
import { handler } from '../handler.ts';
import { errorCode as systemErrorCode } from '../log/errors.ts';
import { mayOnCluster } from '../security/access.ts';
import type { ClientQuotas, QuotaEntry } from '../security/client-quotas.ts';
import { entityKey, entityOf, quotaFault } from '../security/quota-entity.ts';

type Asked = RequestOf<typeof alterClientQuotas>['entries'][number];

/** AlterClientQuotas: sets and removes quotas; each entity is answered by itself, and they are on disk when the answer comes. */
export const handleAlterClientQuotas = handler(alterClientQuotas, ({ request, broker, access }) => {
  const { entries, validateOnly } = request;
  const answer = (asked: Asked, errorCode: number, errorMessage: string | null) => ({
    errorCode,
    errorMessage,
    entity: asked.entity.map(({ entityType, entityName }) => ({ entityType, entityName })),
  });
  const all = (errorCode: number, errorMessage: string) => ({
    entries: entries.map((asked) => answer(asked, errorCode, errorMessage)),
  });
  if (!mayOnCluster(access, 'ALTER_CONFIGS'))
    return all(ErrorCode.CLUSTER_AUTHORIZATION_FAILED, 'Altering quotas needs ALTER_CONFIGS on the cluster.');
  const { quotas } = broker.security;
  const seen = new Set<string>();
  const altered = entries.map((asked) => alteredEntry(asked, quotas, seen));
  const good = altered.filter((each) => typeof each !== 'string');
  if (!quotas.hasRoomFor(good.length))
    return all(ErrorCode.POLICY_VIOLATION, 'This broker keeps quotas of no more entities.');
  try {
    if (!validateOnly && good.length > 0) quotas.replace(good);
  } catch (error) {
    broker.journal.say('quotas', `cannot write the quotas (${systemErrorCode(error)})`);
    return all(ErrorCode.KAFKA_STORAGE_ERROR, `The disk refused it: ${systemErrorCode(error)}.`);
  }
  return {
    entries: entries.map((asked, index) => {
      const entry = altered[index];
      return typeof entry === 'string'
        ? answer(asked, ErrorCode.INVALID_REQUEST, entry)
        : answer(asked, ErrorCode.NONE, null);
    }),
  };
});

/** The entity with its new quotas, or what is wrong with the request for it. */
const alteredEntry = (asked: Asked, quotas: ClientQuotas, seen: Set<string>): QuotaEntry | string => {
  const entity = entityOf(asked.entity);
  if (typeof entity === 'string') return entity;
  const key = entityKey(entity);
  if (seen.has(key)) return 'The request alters the entity twice.';
  seen.add(key);
  const values = new Map(quotas.valuesOf(entity));
  for (const op of asked.ops) {
    const fault = quotaFault(entity, op.key, op.remove ? 1 : op.value);
    if (fault !== null) return fault;
    if (op.remove) values.delete(op.key);
    else values.set(op.key, op.value);
  }
  return { entity, values };
};
