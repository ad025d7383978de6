import { ErrorCode } from '../../protocol/errors.ts';
import { createAcls } from '../../protocol/messages/create-acls.ts';
import type { RequestOf } from '../../protocol/schema.ts';
import { handler } from '../handler.ts';
import { errorCode as systemErrorCode } from '../log/errors.ts';
import { mayOnCluster } from '../security/access.ts';
import {
  type Acl,
  CLUSTER_NAME,
  nameOf,
  operations,
  patternTypes,
  permissions,
  resourceTypes,
} from '../security/acl.ts';
import { MAX_NAME_LENGTH } from '../security/limits.ts';
import { NO_AUTHORIZER } from './describe-acls.ts';

type Asked = RequestOf<typeof createAcls>['creations'][number];

/** CreateAcls: adds ACLs; each is answered by itself, and they are written when the answer comes. */
export const handleCreateAcls = handler(createAcls, ({ request, broker, access }) => {
  const all = (errorCode: number, errorMessage: string | null) => ({
    results: request.creations.map(() => ({ errorCode, errorMessage })),
  });
  const { authorizer } = broker.security;
  if (authorizer === null) return all(ErrorCode.SECURITY_DISABLED, NO_AUTHORIZER);
  if (!mayOnCluster(access, 'ALTER'))
    return all(ErrorCode.CLUSTER_AUTHORIZATION_FAILED, 'Creating ACLs needs ALTER on the cluster.');
  const read = request.creations.map(aclOf);
  const acls = read.filter((each) => typeof each !== 'string');
  if (!authorizer.acls.hasRoomFor(acls.length))
    return all(ErrorCode.POLICY_VIOLATION, 'This broker keeps no more ACLs.');
  try {
    if (acls.length > 0) authorizer.acls.add(acls);
  } catch (error) {
    broker.journal.say('acls', `cannot write the ACLs (${systemErrorCode(error)})`);
    return all(ErrorCode.KAFKA_STORAGE_ERROR, `The disk refused it: ${systemErrorCode(error)}.`);
  }
  return {
    results: read.map((each) =>
      typeof each === 'string'
        ? { errorCode: ErrorCode.INVALID_REQUEST, errorMessage: each }
        : { errorCode: ErrorCode.NONE, errorMessage: null },
    ),
  };
});

/** The ACL, or what is wrong with it. */
const aclOf = (asked: Asked): Acl | string => {
  const { resourceName, principal, host } = asked;
  const resourceType = nameOf(resourceTypes, asked.resourceType);
  const patternType = nameOf(patternTypes, asked.resourcePatternType);
  const operation = nameOf(operations, asked.operation);
  const permission = nameOf(permissions, asked.permissionType);
  if (resourceType === undefined) return `Resource type ${asked.resourceType} is not one that ACLs are for.`;
  if (patternType === undefined) return 'The pattern type of an ACL is LITERAL or PREFIXED.';
  if (operation === undefined) return `Operation ${asked.operation} is not known.`;
  if (permission === undefined) return 'The permission of an ACL is ALLOW or DENY.';
  if (resourceName === '') return 'The name of the resource is empty.';
  if (resourceType === 'CLUSTER' && resourceName !== CLUSTER_NAME)
    return `The only valid name for the CLUSTER resource is ${CLUSTER_NAME}.`;
  if (!/^[^:]+:./s.test(principal)) return 'A principal has the form type:name, such as User:alice.';
  if (host === '') return 'The host is an address or *.';
  if ([resourceName, principal, host].some((text) => text.length > MAX_NAME_LENGTH))
    return `Names in an ACL have at most ${MAX_NAME_LENGTH} characters.`;
  return { resourceType, resourceName, patternType, principal, host, operation, permission };
};
