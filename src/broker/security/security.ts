import { ScramStore } from './scram-store.ts';

/** What the broker knows of its users. */
export type Security = {
  readonly scram: ScramStore;
};

/**
 * Reads what the data directory keeps of users.
 * @param users passwords by user name that the broker is started with
 * @throws DataDirectoryError when a file is damaged
 */
export const openSecurity = (directory: string, users: Readonly<Record<string, string>>): Security => ({
  scram: new ScramStore(directory, new Map(Object.entries(users))),
});
