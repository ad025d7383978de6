import { api, array, bool, int8, int16, int32, nullable, string, withDefault } from '../schema.ts';

/**
 * AlterConfigs: replaces the whole configuration of resources (KIP-133). IncrementalAlterConfigs has taken its place.
 */
export const alterConfigs = api({
  key: 33,
  name: 'AlterConfigs',
  versions: [0, 2],
  flexibleFrom: 2,
  request: {
    resources: array({
      resourceType: int8,
      resourceName: string,
      configs: array({ name: string, value: nullable(string) }),
    }),
    validateOnly: bool,
  },
  response: {
    throttleTimeMs: withDefault(int32, 0),
    responses: array({ errorCode: int16, errorMessage: nullable(string), resourceType: int8, resourceName: string }),
  },
});
