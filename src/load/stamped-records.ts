/** The records of a test that follows each one: values of any kind with a stamp at their end, known again byte for byte. */
import { changed, foreign, lettersOf } from './e2e-records.ts';
import { createKeys, type KeySpec, type Keys } from './keys.ts';
import { type PayloadSpec, type Payloads, payloadsOf } from './payload.ts';
import { RecordStamp } from './record-stamp.ts';

/** What the records of a test are made of; plain data. */
export type StampedSpec = {
  readonly payload: PayloadSpec;
  readonly keys: KeySpec | null;
  /** Where `keys` is null, every record has the same key of this length; 0 for none. */
  readonly keyBytes: number;
  /** Whether a record carries when it was due and sent. */
  readonly isTimed: boolean;
  /** A number of 32 bits that other runs do not have. */
  readonly mark: number;
  /** How many producers there are. */
  readonly producers: number;
};

const sampleOf = ({ payload }: StampedSpec): SharedArrayBuffer | null =>
  payload.kind === 'given' ? payload.values : null;

const keysFor = (spec: StampedSpec, producer: number): Keys => {
  if (spec.keys !== null) return createKeys(spec.keys, sampleOf(spec), producer, spec.producers);
  const key = spec.keyBytes === 0 ? null : lettersOf(spec.keyBytes);
  return () => key;
};

/** What a producer sends. */
export type StampedSender = {
  /** The value of record `index`, stamped; valid until the next call. The times are looked at only where stamps hold some. */
  value(index: number, dueAtUs: number, sentAtUs: number): Uint8Array;
  readonly keyOf: Keys;
};

/** The records of producer `producer`. Throws an Error when a value is shorter than its stamp. */
export const stampedSender = (spec: StampedSpec, producer: number): StampedSender => {
  const payloads = payloadsOf(spec.payload, true)(producer, spec.producers);
  const stamp = new RecordStamp(spec.mark, spec.isTimed);
  return {
    value(index, dueAtUs, sentAtUs) {
      const value = payloads(index);
      stamp.write(value, index, dueAtUs, sentAtUs);
      return value;
    },
    keyOf: keysFor(spec, producer),
  };
};

/** What is wrong with a record of this run. */
export type Damage = 'stamp' | 'size' | 'value' | 'key';

/** Reads the records of all producers. */
export class StampedReader {
  /** Of the record that was read last; 0 where stamps hold no times. */
  get dueAtUs(): number {
    return this.#stamp.dueAtUs;
  }
  get sentAtUs(): number {
    return this.#stamp.sentAtUs;
  }
  /** Of the record that was `changed` last. */
  damage: Damage = 'stamp';
  /** Its index where the stamp is whole, else -1. */
  damagedIndex = -1;
  readonly #stamp: RecordStamp;
  readonly #producers: number;
  readonly #endIndex: number;
  readonly #payloads: readonly Payloads[];
  readonly #keys: readonly Keys[];

  /** @param endIndex no record of the run has this index or one above it */
  constructor(spec: StampedSpec, endIndex: number) {
    const { producers } = spec;
    const payloadsFor = payloadsOf(spec.payload);
    this.#stamp = new RecordStamp(spec.mark, spec.isTimed);
    this.#producers = producers;
    this.#endIndex = endIndex;
    this.#payloads = Array.from({ length: producers }, (_, producer) => payloadsFor(producer, producers));
    // Keys but sampled ones are functions of the index alone.
    const isShared = spec.keys?.kind !== 'sampled';
    const keys = keysFor(spec, 0);
    this.#keys = Array.from({ length: producers }, (_, producer) => (isShared ? keys : keysFor(spec, producer)));
  }

  /** The index of a record that came, or `foreign` or `changed`. */
  read(bytes: Buffer, keyStart: number, keyEnd: number, valueStart: number, valueEnd: number): number {
    const stampAt = valueEnd - this.#stamp.sizeBytes;
    if (valueStart < 0 || stampAt < valueStart) return foreign;
    const index = this.#stamp.read(bytes, valueEnd);
    if (index === foreign) return foreign;
    if (index === changed || index >= this.#endIndex) return this.#changed('stamp', -1);
    const producer = this.#producers === 1 ? 0 : index % this.#producers;
    const value = this.#payloads[producer]?.(index);
    if (value === undefined || value.length !== valueEnd - valueStart) return this.#changed('size', index);
    if (stampAt > valueStart && bytes.compare(value, 0, stampAt - valueStart, valueStart, stampAt) !== 0)
      return this.#changed('value', index);
    const key = this.#keys[producer]?.(index) ?? null;
    const isKey =
      key === null ? keyStart < 0 : keyStart >= 0 && bytes.compare(key, 0, key.length, keyStart, keyEnd) === 0;
    return isKey ? index : this.#changed('key', index);
  }

  #changed(damage: Damage, index: number): number {
    this.damage = damage;
    this.damagedIndex = index;
    return changed;
  }
}
