import { api, array, between, ignorable, int8, int16, int32, nullable, since, string } from '../schema.ts';

/** The key is the id of a group. */
export const GROUP_COORDINATOR = 0;
/** The key is a transactional id. */
export const TRANSACTION_COORDINATOR = 1;

/**
 * FindCoordinator: which broker looks after a group or a transactional id. Up to version 3 for one `key`, from
 * version 4 for several in `coordinatorKeys` (KIP-699).
 */
export const findCoordinator = api({
  key: 10,
  name: 'FindCoordinator',
  versions: [0, 4],
  flexibleFrom: 3,
  request: { key: between(0, 3, string), keyType: since(1, int8), coordinatorKeys: since(4, array(string)) },
  response: {
    throttleTimeMs: ignorable(since(1, int32)),
    errorCode: between(0, 3, int16),
    errorMessage: ignorable(between(1, 3, nullable(string))),
    nodeId: between(0, 3, int32),
    host: between(0, 3, string),
    port: between(0, 3, int32),
    coordinators: since(
      4,
      array({
        key: string,
        nodeId: int32,
        host: string,
        port: int32,
        errorCode: int16,
        errorMessage: nullable(string),
      }),
    ),
  },
});
