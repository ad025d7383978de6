/**
 * Turns keys or values into bytes; null stays null (a key that is none, a value that deletes its key in a compacted topic).
 * @throws whatever the value deserves; send() rejects with it
 */
export type Serializer<T> = (value: T, topic: string) => Uint8Array | null;

const encoder = new TextEncoder();

/** Bytes as they are (Kafka's `ByteArraySerializer`). */
export const bytesSerializer: Serializer<Uint8Array | null> = (value) => value;

/** Text as UTF-8 (Kafka's `StringSerializer`). */
export const stringSerializer: Serializer<string | null> = (value) => (value === null ? null : encoder.encode(value));

/** Any value as JSON in UTF-8. Throws a TypeError for what JSON has no form for. */
export const jsonSerializer: Serializer<unknown> = (value) => {
  if (value === null) return null;
  const text = JSON.stringify(value);
  if (text === undefined) throw new TypeError(`a ${typeof value} has no form in JSON`);
  return encoder.encode(text);
};

/** Bytes as they are, and text as UTF-8: what createProducer() uses unless it is given another. */
export const plainSerializer: Serializer<Uint8Array | string | null> = (value) =>
  typeof value === 'string' ? encoder.encode(value) : value;
