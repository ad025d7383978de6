import { api, array, bool, float64, int16, int32, nullable, string, withDefault } from '../schema.ts';

/**
 * AlterClientQuotas: sets or removes quotas of users, client ids and IP addresses; a null name is the default entity
 * (KIP-546).
 */
export const alterClientQuotas = api({
  key: 49,
  name: 'AlterClientQuotas',
  versions: [0, 1],
  flexibleFrom: 1,
  request: {
    entries: array({
      entity: array({ entityType: string, entityName: nullable(string) }),
      ops: array({ key: string, value: float64, remove: bool }),
    }),
    validateOnly: bool,
  },
  response: {
    throttleTimeMs: withDefault(int32, 0),
    entries: array({
      errorCode: int16,
      errorMessage: nullable(string),
      entity: array({ entityType: string, entityName: nullable(string) }),
    }),
  },
});
