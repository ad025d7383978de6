import { AclStore } from './acl-store.ts';
import { Authorizer } from './authorizer.ts';
import { ClientQuotas } from './client-quotas.ts';
import { ScramStore } from './scram-store.ts';
import type { SecuritySettings } from './security-settings.ts';

/** What the broker knows of its users. */
export type Security = {
  readonly scram: ScramStore;
  /** Null when everybody may do everything. */
  readonly authorizer: Authorizer | null;
  readonly quotas: ClientQuotas;
};

/**
 * Reads what the data directory keeps of users.
 * @param users passwords by user name that the broker is started with
 * @throws DataDirectoryError when a file is damaged
 */
export const openSecurity = (
  directory: string,
  { authorizer, quotas }: SecuritySettings,
  users: Readonly<Record<string, string>>,
): Security => ({
  scram: new ScramStore(directory, new Map(Object.entries(users))),
  authorizer: authorizer === null ? null : new Authorizer(new AclStore(directory), authorizer),
  quotas: new ClientQuotas(directory, quotas),
});
