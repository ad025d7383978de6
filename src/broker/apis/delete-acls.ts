import { ErrorCode } from '../../protocol/errors.ts';
import { deleteAcls } from '../../protocol/messages/delete-acls.ts';
import type { ResponseInput } from '../../protocol/schema.ts';
import { handler } from '../handler.ts';
import { errorCode as systemErrorCode } from '../log/errors.ts';
import { mayOnCluster } from '../security/access.ts';
import type { Acl } from '../security/acl.ts';
import { aclCodes, aclFilter } from '../security/acl-filter.ts';
import { NO_AUTHORIZER, UNKNOWN_CODE } from './describe-acls.ts';

type Answered = ResponseInput<typeof deleteAcls>['filterResults'][number];

/** DeleteAcls: removes the ACLs that filters mean, and names them; they are gone from the disk when the answer comes. */
export const handleDeleteAcls = handler(deleteAcls, ({ request, broker, access }) => {
  const all = (errorCode: number, errorMessage: string) => ({
    filterResults: request.filters.map(() => failed(errorCode, errorMessage)),
  });
  const { authorizer } = broker.security;
  if (authorizer === null) return all(ErrorCode.SECURITY_DISABLED, NO_AUTHORIZER);
  if (!mayOnCluster(access, 'ALTER'))
    return all(ErrorCode.CLUSTER_AUTHORIZATION_FAILED, 'Deleting ACLs needs ALTER on the cluster.');
  const present = [...authorizer.acls.all()];
  const found = request.filters.map((fields) => {
    const filter = aclFilter(fields);
    return filter === null ? null : present.filter(filter);
  });
  try {
    const doomed = found.flatMap((acls) => acls ?? []);
    if (doomed.length > 0) authorizer.acls.remove(doomed);
  } catch (error) {
    broker.journal.say('acls', `cannot write the ACLs (${systemErrorCode(error)})`);
    return all(ErrorCode.KAFKA_STORAGE_ERROR, `The disk refused it: ${systemErrorCode(error)}.`);
  }
  return {
    filterResults: found.map((acls) =>
      acls === null
        ? failed(ErrorCode.INVALID_REQUEST, UNKNOWN_CODE)
        : { errorCode: ErrorCode.NONE, errorMessage: null, matchingAcls: acls.map(matching) },
    ),
  };
});

const failed = (errorCode: number, errorMessage: string): Answered => ({ errorCode, errorMessage, matchingAcls: [] });

const matching = (acl: Acl): Answered['matchingAcls'][number] => ({
  errorCode: ErrorCode.NONE,
  errorMessage: null,
  resourceName: acl.resourceName,
  principal: acl.principal,
  host: acl.host,
  ...aclCodes(acl),
});
