import type { IHeaders, Message } from 'kafkajs';
import type { ProduceBatch } from '../../client/produce-batch.ts';
import { walkRecords } from '../../protocol/record-batch.ts';

/** Headers as kafkajs takes them. Throws a RangeError for a null value, which kafkajs cannot encode. */
export const kafkajsHeaders = (
  headers: readonly (readonly [key: string, value: Uint8Array | null])[],
): IHeaders | undefined => {
  if (headers.length === 0) return undefined;
  const made: Record<string, Buffer[]> = {};
  for (const [key, value] of headers) {
    if (value === null) throw new RangeError(`driver kafkajs does not have null values of headers; ${key} has one`);
    const bytes = Buffer.from(value.buffer, value.byteOffset, value.length);
    const known = made[key];
    if (known === undefined) made[key] = [bytes];
    else known.push(bytes);
  }
  return made;
};

/** Appends a batch's records as kafkajs takes them; keys and values stay where they lie in the batch. */
export const appendMessages = (batch: ProduceBatch, headers: IHeaders | undefined, messages: Message[]): void => {
  const { bytes, partition, start } = batch;
  // Most records share their millisecond with the one before: one text serves them all.
  let lastTimestampMs = Number.NaN;
  let timestamp = '';
  walkRecords(bytes, start, 0, (_offset, timestampMs, keyStart, keyEnd, valueStart, valueEnd) => {
    if (timestampMs !== lastTimestampMs) {
      lastTimestampMs = timestampMs;
      timestamp = String(timestampMs);
    }
    const key = keyStart < 0 ? null : bytes.subarray(keyStart, keyEnd);
    const value = valueStart < 0 ? null : bytes.subarray(valueStart, valueEnd);
    messages.push(
      headers === undefined ? { key, value, partition, timestamp } : { key, value, partition, timestamp, headers },
    );
    return true;
  });
};
