import { api, array, bool, bytes, ignorable, int16, int32, nullable, since, string } from '../schema.ts';
import { OPERATIONS_NOT_REQUESTED } from './metadata.ts';

/** DescribeGroups: state, protocol and members of classic groups. */
export const describeGroups = api({
  key: 15,
  name: 'DescribeGroups',
  versions: [0, 5],
  flexibleFrom: 5,
  request: { groups: array(string), includeAuthorizedOperations: since(3, bool) },
  response: {
    throttleTimeMs: ignorable(since(1, int32)),
    groups: array({
      errorCode: int16,
      groupId: string,
      groupState: string,
      protocolType: string,
      protocolData: string,
      members: array({
        memberId: string,
        groupInstanceId: ignorable(since(4, nullable(string), null)),
        clientId: string,
        clientHost: string,
        memberMetadata: bytes,
        memberAssignment: bytes,
      }),
      authorizedOperations: since(3, int32, OPERATIONS_NOT_REQUESTED),
    }),
  },
});
