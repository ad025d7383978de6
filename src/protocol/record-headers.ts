import { encodeHeaders } from './record-batch.ts';
import { varintSize, varlongSize, writeVarint, writeVarlong } from './varint.ts';

/** A record's headers in their order; a value may be null, a key not. */
export type RecordHeaders = readonly (readonly [key: string, value: Uint8Array | null])[];

/** Headers as they stand in a record, their count in front; null for none. */
export const packHeaders = (headers: RecordHeaders): Buffer | null =>
  headers.length === 0 ? null : encodeHeaders(headers);

/**
 * Writes a record with packed headers at `at` and returns the position behind it. The caller has made sure of
 * `maxRecordSizeBytes` of room, the headers' bytes on top, and counts offset deltas from 0.
 */
export const writeRecordWithHeaders = (
  bytes: Buffer,
  at: number,
  offsetDelta: number,
  timestampDelta: number,
  key: Uint8Array | null,
  value: Uint8Array | null,
  headers: Uint8Array,
): number => {
  const partBytes = (part: Uint8Array | null): number =>
    part === null ? varintSize(-1) : varintSize(part.length) + part.length;
  const bodyBytes =
    1 + varlongSize(timestampDelta) + varintSize(offsetDelta) + partBytes(key) + partBytes(value) + headers.length;
  let position = writeVarint(bytes, at, bodyBytes);
  bytes[position++] = 0;
  position = writeVarlong(bytes, position, timestampDelta);
  position = writeVarint(bytes, position, offsetDelta);
  for (const part of [key, value]) {
    position = writeVarint(bytes, position, part === null ? -1 : part.length);
    if (part === null) continue;
    bytes.set(part, position);
    position += part.length;
  }
  bytes.set(headers, position);
  return position + headers.length;
};
