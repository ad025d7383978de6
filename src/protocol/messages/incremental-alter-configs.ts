import { api, array, bool, int8, int16, int32, nullable, string, withDefault } from '../schema.ts';

/** A configuration operation: takes the value given. */
export const SET_CONFIG = 0;
/** A configuration operation: goes back to the default. */
export const DELETE_CONFIG = 1;
/** A configuration operation: adds the values given to those of a list. */
export const APPEND_CONFIG = 2;
/** A configuration operation: takes the values given out of a list. */
export const SUBTRACT_CONFIG = 3;

/**
 * IncrementalAlterConfigs: changes single keys in the configuration of resources and leaves the others alone
 * (KIP-339).
 */
export const incrementalAlterConfigs = api({
  key: 44,
  name: 'IncrementalAlterConfigs',
  versions: [0, 1],
  flexibleFrom: 1,
  request: {
    resources: array({
      resourceType: int8,
      resourceName: string,
      configs: array({ name: string, configOperation: int8, value: nullable(string) }),
    }),
    validateOnly: bool,
  },
  response: {
    throttleTimeMs: withDefault(int32, 0),
    responses: array({ errorCode: int16, errorMessage: nullable(string), resourceType: int8, resourceName: string }),
  },
});
