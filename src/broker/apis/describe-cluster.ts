import { ErrorCode } from '../../protocol/errors.ts';
import { describeCluster } from '../../protocol/messages/describe-cluster.ts';
import { clusterOperations } from '../authorized-operations.ts';
import { handler } from '../handler.ts';

/** The endpoint type of brokers; 2 is that of controllers. */
const BROKERS = 1;

/** DescribeCluster: this one broker, which is its own controller. */
export const handleDescribeCluster = handler(describeCluster, ({ request, version, broker, advertised }) => {
  const { nodeId } = broker.settings;
  if (request.endpointType !== BROKERS)
    return {
      errorCode: ErrorCode.MISMATCHED_ENDPOINT_TYPE,
      errorMessage: 'The request was sent to an endpoint of type BROKER, but we wanted an endpoint of another type.',
      ...(version >= 1 && { endpointType: BROKERS }),
      clusterId: '',
      brokers: [],
    };
  return {
    errorCode: ErrorCode.NONE,
    clusterId: broker.clusterId,
    controllerId: nodeId,
    brokers: [{ brokerId: nodeId, ...advertised }],
    ...clusterOperations(request.includeClusterAuthorizedOperations),
  };
});
