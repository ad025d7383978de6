/** What programs give to be sent, checked: a mistake there is told by the promise, in a line, and not by what it breaks further on. */
import type { RecordHeaders } from '../protocol/record-headers.ts';
import { ClientError } from './client-error.ts';

/** A header's value; text is sent as UTF-8. */
export type HeaderValue = Uint8Array | string | null;

/** Headers in their order, as pairs (a key may come more than once) or by key. */
export type GivenHeaders =
  | readonly (readonly [key: string, value: HeaderValue])[]
  | Readonly<Record<string, HeaderValue>>;

const encoder = new TextEncoder();

const illegal = (what: string): ClientError => new ClientError('ILLEGAL_ARGUMENT', what);

const kindOf = (value: unknown): string => {
  if (value === null || value === undefined || typeof value === 'number') return String(value);
  if (typeof value === 'string') return JSON.stringify(value);
  return Array.isArray(value) ? 'an array' : `a value of type ${typeof value}`;
};

/** Throws a ClientError for what is no record: not an object, without a topic, or with a partition or time that cannot be. */
export const checkRecord = (given: unknown): void => {
  if (typeof given !== 'object' || given === null)
    throw illegal(`send() takes a record, as in { topic, value }; got ${kindOf(given)}`);
  const { topic, partition, timestampMs }: { topic?: unknown; partition?: unknown; timestampMs?: unknown } = given;
  if (typeof topic !== 'string' || topic === '') throw illegal(`a record's topic must be a name; got ${kindOf(topic)}`);
  if (partition !== undefined && !isCount(partition))
    throw illegal(
      `a record's partition must be a whole number from 0 on; got ${kindOf(partition)}: leave it out for the partitioner to choose`,
    );
  if (timestampMs !== undefined && !isCount(timestampMs))
    throw illegal(`a record's timestampMs must be whole milliseconds since the epoch; got ${kindOf(timestampMs)}`);
};

const isCount = (value: unknown): boolean => typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;

/** What a serializer made of a key or value. Throws a ClientError when that is not bytes or null. */
export const serialized = (part: 'key' | 'value', bytes: unknown): Uint8Array | null => {
  if (bytes === null || bytes instanceof Uint8Array) return bytes;
  const hint = part === 'value' && bytes === undefined ? ' (null deletes the key in a compacted topic)' : '';
  throw illegal(
    `a record's ${part} must be bytes, text or null${hint}; got ${kindOf(bytes)}: give a ${part}Serializer for anything else`,
  );
};

/** A record's headers, packed as pairs of bytes. Throws a ClientError for what is neither pairs nor values by key. */
export const headersOf = (given: GivenHeaders | undefined): RecordHeaders => {
  if (given === undefined) return [];
  if (typeof given !== 'object' || given === null || given instanceof Uint8Array || given instanceof Map)
    throw illegal(`a record's headers must be an object or an array of [key, value]; got ${kindOf(given)}`);
  const pairs: readonly unknown[] = Array.isArray(given) ? given : Object.entries(given);
  return pairs.map((pair) => {
    const [key, value]: readonly unknown[] = Array.isArray(pair) ? pair : [];
    if (typeof key !== 'string')
      throw illegal(`a header must be [key, value], with text as its key; got ${kindOf(pair)}`);
    if (typeof value === 'string') return [key, encoder.encode(value)] as const;
    if (value === null || value instanceof Uint8Array) return [key, value] as const;
    throw illegal(`the header ${JSON.stringify(key)} must be bytes, text or null; got ${kindOf(value)}`);
  });
};
