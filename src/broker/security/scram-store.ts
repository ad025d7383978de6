import { join } from 'node:path';
import type { ScramMechanism } from '../../protocol/security/scram-math.ts';
import { MAX_SCRAM_CREDENTIALS } from './limits.ts';
import { credentialFromPassword, SCRAM_MECHANISMS, type ScramCredential } from './scram.ts';
import { StoredFile } from './stored-file.ts';

/** File of the data directory with the salted hashes of passwords. */
const FILE = 'scram-credentials.json';

type StoredCredential = {
  readonly user: string;
  readonly mechanism: ScramMechanism;
  readonly iterations: number;
  /** These three in base64. */
  readonly salt: string;
  readonly storedKey: string;
  readonly serverKey: string;
};

/** One change: a credential to set, or null to remove it. */
export type ScramChange = {
  readonly user: string;
  readonly mechanism: ScramMechanism;
  readonly credential: ScramCredential | null;
};

/** SCRAM credentials: those that admin clients made, kept in the data directory, and before them those the broker was started with. */
export class ScramStore {
  readonly #file: StoredFile<StoredCredential>;
  readonly #stored = new Map<string, Map<ScramMechanism, ScramCredential>>();
  readonly #given = new Map<string, Map<ScramMechanism, ScramCredential>>();
  #count = 0;

  /**
   * @param passwords of users that the broker was started with; they stay in memory, hashed
   * @throws DataDirectoryError when the file is damaged
   */
  constructor(directory: string, passwords: ReadonlyMap<string, string>) {
    this.#file = new StoredFile(join(directory, FILE), isStoredCredential);
    for (const { user, mechanism, iterations, ...keys } of this.#file.read())
      this.#put({
        user,
        mechanism,
        credential: {
          iterations,
          salt: Buffer.from(keys.salt, 'base64'),
          storedKey: Buffer.from(keys.storedKey, 'base64'),
          serverKey: Buffer.from(keys.serverKey, 'base64'),
        },
      });
    for (const [user, password] of passwords)
      this.#given.set(user, new Map(SCRAM_MECHANISMS.map((each) => [each, credentialFromPassword(each, password)])));
  }

  /** What a user's proof is checked with. */
  find(user: string, mechanism: ScramMechanism): ScramCredential | undefined {
    return this.#stored.get(user)?.get(mechanism) ?? this.#given.get(user)?.get(mechanism);
  }

  /** Whether admin clients have made this credential. */
  isStored(user: string, mechanism: ScramMechanism): boolean {
    return this.#stored.get(user)?.has(mechanism) === true;
  }

  /** Mechanisms and iterations that admin clients have set for a user; none when there is no such user. */
  describe(user: string): readonly { readonly mechanism: ScramMechanism; readonly iterations: number }[] {
    const credentials = this.#stored.get(user);
    return SCRAM_MECHANISMS.flatMap((mechanism) => {
      const credential = credentials?.get(mechanism);
      return credential === undefined ? [] : [{ mechanism, iterations: credential.iterations }];
    });
  }

  /** Users with credentials that admin clients made. */
  users(): readonly string[] {
    return [...this.#stored.keys()];
  }

  /** True when there is room for so many more. */
  hasRoomFor(count: number): boolean {
    return this.#count + count <= MAX_SCRAM_CREDENTIALS;
  }

  /** Makes changes and writes them. Throws the file system's error, with nothing changed. */
  change(changes: readonly ScramChange[]): void {
    const before = changes.map(({ user, mechanism }) => ({
      user,
      mechanism,
      credential: this.#stored.get(user)?.get(mechanism) ?? null,
    }));
    for (const change of changes) this.#put(change);
    try {
      this.#file.write(this.#entries());
    } catch (error) {
      for (const change of before.reverse()) this.#put(change);
      throw error;
    }
  }

  #put({ user, mechanism, credential }: ScramChange): void {
    const credentials = this.#stored.get(user) ?? new Map<ScramMechanism, ScramCredential>();
    this.#count -= credentials.size;
    if (credential === null) credentials.delete(mechanism);
    else credentials.set(mechanism, credential);
    this.#count += credentials.size;
    if (credentials.size === 0) this.#stored.delete(user);
    else this.#stored.set(user, credentials);
  }

  #entries(): StoredCredential[] {
    return Array.from(this.#stored).flatMap(([user, credentials]) =>
      Array.from(credentials, ([mechanism, { iterations, salt, storedKey, serverKey }]) => ({
        user,
        mechanism,
        iterations,
        salt: salt.toString('base64'),
        storedKey: storedKey.toString('base64'),
        serverKey: serverKey.toString('base64'),
      })),
    );
  }
}

const isStoredCredential = (value: unknown): value is StoredCredential =>
  typeof value === 'object' &&
  value !== null &&
  'user' in value &&
  typeof value.user === 'string' &&
  'mechanism' in value &&
  SCRAM_MECHANISMS.some((each) => each === value.mechanism) &&
  'iterations' in value &&
  Number.isSafeInteger(value.iterations) &&
  'salt' in value &&
  typeof value.salt === 'string' &&
  'storedKey' in value &&
  typeof value.storedKey === 'string' &&
  'serverKey' in value &&
  typeof value.serverKey === 'string';
