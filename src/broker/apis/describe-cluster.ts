import { ErrorCode } from '../../protocol/errors.ts';
import { describeCluster } from '../../protocol/messages/describe-cluster.ts';
import { clusterOperations } from '../authorized-operations.ts';
import { handler } from '../handler.ts';

/** Types of endpoints. */
const BROKERS = 1;
const CONTROLLERS = 2;

/** DescribeCluster: this one broker, which is its own controller. */
export const handleDescribeCluster = handler(describeCluster, ({ request, version, broker, advertised, access }) => {
  const { nodeId } = broker.settings;
  if (request.endpointType !== BROKERS)
    return {
      errorCode:
        request.endpointType === CONTROLLERS ? ErrorCode.MISMATCHED_ENDPOINT_TYPE : ErrorCode.UNSUPPORTED_ENDPOINT_TYPE,
      errorMessage: `This is an endpoint of brokers (${BROKERS}); the request is for one of type ${request.endpointType}.`,
      ...(version >= 1 && { endpointType: BROKERS }),
      clusterId: '',
      brokers: [],
    };
  return {
    errorCode: ErrorCode.NONE,
    clusterId: broker.clusterId,
    controllerId: nodeId,
    brokers: [{ brokerId: nodeId, ...advertised }],
    ...clusterOperations(request.includeClusterAuthorizedOperations, access),
  };
});
