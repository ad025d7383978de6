// Reads what was recorded while a case ran: the injector's trace, and the records as they stand in the log.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const TRACE_MAGIC = 'spillway-trace-1';
const TRACE_ENTRY_BYTES = 48;
/** Of a record batch: what stands before the records. */
const BATCH_OVERHEAD_BYTES = 61;

/**
 * Batches of a trace file (src/broker/faults/trace-file.ts), in the order in which their answers left.
 * @param {string} path
 * @param {bigint} originNs what times count from
 * @returns {import('./truth.mjs').Request[]}
 */
export const readTrace = (path, originNs) => {
  const bytes = readFileSync(path);
  if (bytes.toString('latin1', 0, TRACE_MAGIC.length) !== TRACE_MAGIC) throw new Error(`${path} is no trace`);
  const requests = [];
  for (let at = TRACE_MAGIC.length; at + TRACE_ENTRY_BYTES <= bytes.length; at += TRACE_ENTRY_BYTES) {
    const errorCode = bytes.readInt32LE(at + 36);
    if (errorCode !== 0) throw new Error(`the broker refused a batch with error ${errorCode}`);
    requests.push({
      arrivalUs: Number(bytes.readBigInt64LE(at) - originNs) / 1e3,
      releaseUs: Number(bytes.readBigInt64LE(at + 8) - originNs) / 1e3,
      offset: Number(bytes.readBigInt64LE(at + 16)),
      count: bytes.readInt32LE(at + 24),
      correlationId: bytes.readInt32LE(at + 32),
    });
  }
  return requests;
};

/**
 * Time stamps of a partition's records, milliseconds since the Unix epoch, by their offsets. Reads format 2 without compression.
 * @param {string} directory the partition's folder
 * @returns {number[]}
 */
export const readTimestamps = (directory) => {
  const stamps = [];
  const segments = readdirSync(directory).filter((name) => name.endsWith('.log'));
  for (const name of segments.sort()) {
    const bytes = readFileSync(join(directory, name));
    let at = 0;
    while (at + BATCH_OVERHEAD_BYTES <= bytes.length) {
      const end = at + 12 + bytes.readInt32BE(at + 8);
      const baseMs = Number(bytes.readBigInt64BE(at + 27));
      const count = bytes.readInt32BE(at + 57);
      const cursor = { at: at + BATCH_OVERHEAD_BYTES };
      for (let index = 0; index < count; index++) {
        const sizeBytes = readVarint(bytes, cursor);
        const next = cursor.at + sizeBytes;
        cursor.at++;
        stamps.push(baseMs + readVarint(bytes, cursor));
        cursor.at = next;
      }
      at = end;
    }
  }
  return stamps;
};

/** A zigzag varint, as records have them. @param {Buffer} bytes @param {{ at: number }} cursor */
const readVarint = (bytes, cursor) => {
  let value = 0;
  let factor = 1;
  for (;;) {
    const byte = bytes.readUInt8(cursor.at++);
    value += (byte & 0x7f) * factor;
    if (byte < 0x80) break;
    factor *= 128;
  }
  return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
};
