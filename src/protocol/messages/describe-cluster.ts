import { api, array, bool, int8, int16, int32, nullable, since, string, withDefault } from '../schema.ts';
import { OPERATIONS_NOT_REQUESTED } from './metadata.ts';

/**
 * DescribeCluster: the id of the cluster, its controller and its brokers (KIP-700), from version 1 from brokers or
 * controllers (KIP-919), from 2 with fenced brokers on demand (KIP-1073).
 */
export const describeCluster = api({
  key: 60,
  name: 'DescribeCluster',
  versions: [0, 2],
  flexibleFrom: 0,
  request: {
    includeClusterAuthorizedOperations: bool,
    endpointType: since(1, int8, 1),
    includeFencedBrokers: since(2, bool),
  },
  response: {
    throttleTimeMs: withDefault(int32, 0),
    errorCode: int16,
    errorMessage: withDefault(nullable(string), null),
    endpointType: since(1, int8, 1),
    clusterId: string,
    controllerId: withDefault(int32, -1),
    brokers: array({
      brokerId: int32,
      host: string,
      port: int32,
      rack: withDefault(nullable(string), null),
      isFenced: since(2, bool),
    }),
    clusterAuthorizedOperations: withDefault(int32, OPERATIONS_NOT_REQUESTED),
  },
});
