import { join } from 'node:path';
import type { Client } from './authorizer.ts';
import { MAX_QUOTA_ENTITIES, MAX_QUOTA_METERS } from './limits.ts';
import { type EntityFields, entityKey, entityOf, fieldsOf, type QuotaEntity } from './quota-entity.ts';
import type { QuotaSettings } from './security-settings.ts';
import { StoredFile } from './stored-file.ts';

/** File of the data directory with the quotas. */
const FILE = 'client-quotas.json';

/** Quotas that are enforced; the others are kept and shown. */
export type ByteRate = 'producer_byte_rate' | 'consumer_byte_rate';

/** An entity and its quotas by name. */
export type QuotaEntry = { readonly entity: QuotaEntity; readonly values: ReadonlyMap<string, number> };

type StoredEntry = { readonly entity: EntityFields; readonly values: Readonly<Record<string, number>> };

/** What is left of a client's allowance, bytes, below 0 when it took too much; and when that was counted. */
type Meter = { leftBytes: number; atMs: number };

/**
 * Quotas of clients, kept in the data directory. A client may send or fetch `(quota.window.num - 1) *
 * quota.window.size.seconds` seconds' worth of bytes at once, as with Kafka's windows; with what is beyond it, it has to wait.
 */
export class ClientQuotas {
  readonly #file: StoredFile<StoredEntry>;
  readonly #entries = new Map<string, QuotaEntry>();
  readonly #burstSeconds: number;
  readonly #now: () => number;
  /** By quota, user and client id; the one that was used last is the last. */
  readonly #meters = new Map<string, Meter>();
  #hasByteRates = false;

  /**
   * @param now milliseconds of a clock that only goes on
   * @throws DataDirectoryError when the file is damaged
   */
  constructor(directory: string, settings: QuotaSettings, now: () => number = () => performance.now()) {
    this.#file = new StoredFile(join(directory, FILE), isStoredEntry);
    this.#burstSeconds = (settings.windowCount - 1) * settings.windowSeconds;
    this.#now = now;
    for (const { entity, values } of this.#file.read()) {
      const read = entityOf(entity);
      if (typeof read !== 'string') this.#put({ entity: read, values: new Map(Object.entries(values)) });
    }
    this.#look();
  }

  /** All entities with quotas. */
  entries(): Iterable<QuotaEntry> {
    return this.#entries.values();
  }

  /** The quotas of an entity by name; none when it has none. */
  valuesOf(entity: QuotaEntity): ReadonlyMap<string, number> {
    return this.#entries.get(entityKey(entity))?.values ?? new Map();
  }

  /** True when there is room for so many more entities. */
  hasRoomFor(count: number): boolean {
    return this.#entries.size + count <= MAX_QUOTA_ENTITIES;
  }

  /** Puts the quotas of entities in the place of those they had, and writes them. Throws the file system's error, with nothing changed. */
  replace(entries: readonly QuotaEntry[]): void {
    const before = entries.map(({ entity }) => ({ entity, values: this.valuesOf(entity) }));
    for (const entry of entries) this.#put(entry);
    try {
      this.#file.write(
        Array.from(this.#entries.values(), ({ entity, values }) => ({
          entity: fieldsOf(entity),
          values: Object.fromEntries(values),
        })),
      );
    } catch (error) {
      for (const entry of before) this.#put(entry);
      throw error;
    }
    this.#look();
  }

  /**
   * Counts bytes of a client, and says how long it has to wait, milliseconds.
   * @param client its principal is read only when there are quotas
   */
  throttleMs(rate: ByteRate, client: Pick<Client, 'principal'>, clientId: string, sizeBytes: number): number {
    if (!this.#hasByteRates) return 0;
    const { principal } = client;
    const user = principal.slice(principal.indexOf(':') + 1);
    const found = this.#limitOf(rate, user, clientId);
    if (found === null) return 0;
    const { bytesPerSecond, isForUser, isForClient } = found;
    const key = JSON.stringify([rate, isForUser ? user : null, isForClient ? clientId : null]);
    const nowMs = this.#now();
    const burstBytes = bytesPerSecond * this.#burstSeconds;
    const meter = this.#meters.get(key) ?? { leftBytes: burstBytes, atMs: nowMs };
    const gainedBytes = ((nowMs - meter.atMs) / 1000) * bytesPerSecond;
    meter.leftBytes = Math.min(burstBytes, meter.leftBytes + gainedBytes) - sizeBytes;
    meter.atMs = nowMs;
    this.#meters.delete(key);
    this.#meters.set(key, meter);
    if (this.#meters.size > MAX_QUOTA_METERS) this.#forgetOldest();
    return waitMs(meter, bytesPerSecond);
  }

  #forgetOldest(): void {
    const { value: oldest } = this.#meters.keys().next();
    if (oldest !== undefined) this.#meters.delete(oldest);
  }

  /** The quota that counts: the one for both before the one for the user before the one for the client, names before defaults (KIP-55). */
  #limitOf(rate: ByteRate, user: string, clientId: string) {
    for (const userName of [user, null, undefined])
      for (const clientName of [clientId, null, undefined]) {
        const entity = new Map<'user' | 'client-id', string | null>();
        if (userName !== undefined) entity.set('user', userName);
        if (clientName !== undefined) entity.set('client-id', clientName);
        const bytesPerSecond = this.#entries.get(entityKey(entity))?.values.get(rate);
        if (bytesPerSecond !== undefined)
          return { bytesPerSecond, isForUser: userName !== undefined, isForClient: clientName !== undefined };
      }
    return null;
  }

  #put({ entity, values }: QuotaEntry): void {
    if (values.size === 0) this.#entries.delete(entityKey(entity));
    else this.#entries.set(entityKey(entity), { entity, values });
  }

  #look(): void {
    this.#hasByteRates = [...this.#entries.values()].some(
      ({ values }) => values.has('producer_byte_rate') || values.has('consumer_byte_rate'),
    );
    this.#meters.clear();
  }
}

const waitMs = ({ leftBytes }: Meter, bytesPerSecond: number): number =>
  leftBytes >= 0 ? 0 : Math.min(Math.ceil((-leftBytes / bytesPerSecond) * 1000), MAX_WAIT_MS);

/** Longest wait that a response can carry and a timer can keep, milliseconds. */
const MAX_WAIT_MS = 2 ** 31 - 1;

const isStoredEntry = (value: unknown): value is StoredEntry =>
  typeof value === 'object' &&
  value !== null &&
  'entity' in value &&
  Array.isArray(value.entity) &&
  value.entity.every(isEntityField) &&
  'values' in value &&
  typeof value.values === 'object' &&
  value.values !== null &&
  Object.values(value.values).every((each) => typeof each === 'number');

const isEntityField = (value: unknown): boolean =>
  typeof value === 'object' &&
  value !== null &&
  'entityType' in value &&
  typeof value.entityType === 'string' &&
  'entityName' in value &&
  (value.entityName === null || typeof value.entityName === 'string');
