/**
 * Variable-length integers as record batches use them: little groups of seven bits, the high bit says that more follow;
 * signed numbers are zigzag-encoded first (Kafka's `ByteUtils`, Protocol Buffers' encoding).
 */

/** Bytes that `writeVarint` takes for a 32-bit signed number. */
export const varintSize = (value: number): number => uvarintSize(((value << 1) ^ (value >> 31)) >>> 0);

/** Bytes that `writeUvarint` takes for a 32-bit unsigned number. */
export const uvarintSize = (value: number): number => {
  if (value < 0x80) return 1;
  if (value < 0x4000) return 2;
  if (value < 0x200000) return 3;
  if (value < 0x10000000) return 4;
  return 5;
};

/** Writes a 32-bit unsigned number at `at`; returns the position behind it. The caller has made sure of the room. */
export const writeUvarint = (bytes: Uint8Array, at: number, value: number): number => {
  let position = at;
  let rest = value >>> 0;
  while (rest > 0x7f) {
    bytes[position++] = (rest & 0x7f) | 0x80;
    rest >>>= 7;
  }
  bytes[position++] = rest;
  return position;
};

/** Writes a 32-bit signed number at `at`, zigzag; returns the position behind it. */
export const writeVarint = (bytes: Uint8Array, at: number, value: number): number =>
  writeUvarint(bytes, at, ((value << 1) ^ (value >> 31)) >>> 0);

/** Bytes that `writeVarlong` takes for a safe integer. */
export const varlongSize = (value: number): number => {
  if (value >= -0x40000000 && value <= 0x3fffffff) return varintSize(value);
  let size = 1;
  for (let rest = value >= 0 ? value * 2 : -value * 2 - 1; rest > 0x7f; rest = Math.floor(rest / 128)) size++;
  return size;
};

/**
 * Writes a signed number of up to 53 bits at `at`, zigzag; returns the position behind it. Magnitudes over 2^52, which
 * zigzag doubles past a double's exact integers, do not occur as time stamp deltas and are refused with a RangeError.
 */
export const writeVarlong = (bytes: Uint8Array, at: number, value: number): number => {
  if (value >= -0x40000000 && value <= 0x3fffffff) return writeVarint(bytes, at, value);
  if (value > 2 ** 52 || value < -(2 ** 52)) throw new RangeError(`varlong out of range: ${value}`);
  let position = at;
  let rest = value >= 0 ? value * 2 : -value * 2 - 1;
  while (rest > 0x7f) {
    bytes[position++] = (rest % 128) | 0x80;
    rest = Math.floor(rest / 128);
  }
  bytes[position++] = rest;
  return position;
};

/**
 * A position in a buffer that moves as varints are read, so that a hot loop reads them without allocating.
 * Reads past `end` or over-long varints set `isBroken` and yield 0 instead of throwing: a loop checks once a record.
 */
export class VarintCursor {
  bytes: Uint8Array;
  at: number;
  end: number;
  isBroken = false;

  constructor(bytes: Uint8Array, at: number, end: number) {
    this.bytes = bytes;
    this.at = at;
    this.end = end;
  }

  /** Signed 32-bit, zigzag. */
  varint(): number {
    const { bytes } = this;
    let at = this.at;
    let byte = at < this.end ? (bytes[at++] ?? 0) : this.#fail();
    let result = byte & 0x7f;
    if (byte > 0x7f) {
      let shift = 7;
      do {
        if (shift > 28) return this.#fail();
        byte = at < this.end ? (bytes[at++] ?? 0) : this.#fail();
        result |= (byte & 0x7f) << shift;
        shift += 7;
      } while (byte > 0x7f);
    }
    this.at = at;
    return (result >>> 1) ^ -(result & 1);
  }

  /** Signed 64-bit, zigzag, as a number: exact up to 2^53. */
  varlong(): number {
    const { bytes } = this;
    let at = this.at;
    let byte = at < this.end ? (bytes[at++] ?? 0) : this.#fail();
    if (byte <= 0x7f) {
      this.at = at;
      return (byte >>> 1) ^ -(byte & 1);
    }
    let result = byte & 0x7f;
    let scale = 128;
    let count = 1;
    do {
      if (++count > 10) return this.#fail();
      byte = at < this.end ? (bytes[at++] ?? 0) : this.#fail();
      result += (byte & 0x7f) * scale;
      scale *= 128;
    } while (byte > 0x7f);
    this.at = at;
    return result % 2 === 0 ? result / 2 : -(result + 1) / 2;
  }

  #fail(): number {
    this.isBroken = true;
    return 0;
  }
}
