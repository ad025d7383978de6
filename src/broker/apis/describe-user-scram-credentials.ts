import { ErrorCode } from '../../protocol/errors.ts';
import { describeUserScramCredentials } from '../../protocol/messages/describe-user-scram-credentials.ts';
import type { ResponseInput } from '../../protocol/schema.ts';
import { scramMechanisms } from '../../protocol/security/scram-math.ts';
import { handler } from '../handler.ts';
import { mayOnCluster } from '../security/access.ts';
import type { ScramStore } from '../security/scram-store.ts';

type Answered = ResponseInput<typeof describeUserScramCredentials>['results'][number];

/** DescribeUserScramCredentials: mechanisms and iterations of users that were made by AlterUserScramCredentials; never a hash. */
export const handleDescribeUserScramCredentials = handler(
  describeUserScramCredentials,
  ({ request, broker, access }) => {
    if (!mayOnCluster(access, 'DESCRIBE'))
      return {
        errorCode: ErrorCode.CLUSTER_AUTHORIZATION_FAILED,
        errorMessage: 'Describing credentials needs DESCRIBE on the cluster.',
        results: [],
      };
    const { scram } = broker.security;
    const asked = request.users === null || request.users.length === 0 ? null : request.users.map(({ name }) => name);
    const results =
      asked === null
        ? scram.users().map((user) => describe(user, scram))
        : [...new Set(asked)].map((user) =>
            asked.filter((each) => each === user).length > 1
              ? failed(user, ErrorCode.DUPLICATE_RESOURCE, `The user ${user} was asked for twice.`)
              : describe(user, scram),
          );
    return { errorCode: ErrorCode.NONE, errorMessage: null, results };
  },
);

const describe = (user: string, scram: ScramStore): Answered => {
  const credentials = scram.describe(user);
  if (credentials.length === 0)
    return failed(user, ErrorCode.RESOURCE_NOT_FOUND, `The user ${user} has no SCRAM credentials.`);
  return {
    user,
    errorCode: ErrorCode.NONE,
    errorMessage: null,
    credentialInfos: credentials.map(({ mechanism, iterations }) => ({
      mechanism: scramMechanisms[mechanism].code,
      iterations,
    })),
  };
};

const failed = (user: string, errorCode: number, errorMessage: string): Answered => ({
  user,
  errorCode,
  errorMessage,
  credentialInfos: [],
});
