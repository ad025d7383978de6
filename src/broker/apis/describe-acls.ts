import { ErrorCode } from '../../protocol/errors.ts';
import { describeAcls } from '../../protocol/messages/describe-acls.ts';
import { handler } from '../handler.ts';
import { mayOnCluster } from '../security/access.ts';
import type { Acl } from '../security/acl.ts';
import { aclCodes, aclFilter } from '../security/acl-filter.ts';

/** DescribeAcls: the ACLs that a filter means, by resource. */
export const handleDescribeAcls = handler(describeAcls, ({ request, broker, access }) => {
  const failed = (errorCode: number, errorMessage: string) => ({ errorCode, errorMessage, resources: [] });
  const { authorizer } = broker.security;
  if (authorizer === null) return failed(ErrorCode.SECURITY_DISABLED, NO_AUTHORIZER);
  if (!mayOnCluster(access, 'DESCRIBE'))
    return failed(ErrorCode.CLUSTER_AUTHORIZATION_FAILED, 'Describing ACLs needs DESCRIBE on the cluster.');
  const filter = aclFilter(request);
  if (filter === null) return failed(ErrorCode.INVALID_REQUEST, UNKNOWN_CODE);
  const byResource = new Map<string, { readonly first: Acl; readonly acls: Acl[] }>();
  for (const acl of authorizer.acls.all()) {
    if (!filter(acl)) continue;
    const key = `${acl.resourceType} ${acl.patternType} ${acl.resourceName}`;
    const resource = byResource.get(key) ?? { first: acl, acls: [] };
    resource.acls.push(acl);
    byResource.set(key, resource);
  }
  return {
    errorCode: ErrorCode.NONE,
    errorMessage: null,
    resources: Array.from(byResource.values(), ({ first, acls }) => {
      const { resourceType, patternType } = aclCodes(first);
      return { resourceType, resourceName: first.resourceName, patternType, acls: acls.map(entryOf) };
    }),
  };
});

const entryOf = (acl: Acl) => {
  const { operation, permissionType } = aclCodes(acl);
  return { principal: acl.principal, host: acl.host, operation, permissionType };
};

/** What is said where ACLs are not enforced. */
export const NO_AUTHORIZER = 'No authorizer is configured: start the broker with authorizer.class.name (--acls).';

/** What is said to a filter that cannot be read. */
export const UNKNOWN_CODE = 'The filter has a resource type, pattern type, operation or permission that is not known.';
