import { ProtocolError } from './errors.ts';
import { isUuid, type Uuid } from './uuid.ts';

const DEFAULT_CAPACITY_BYTES = 512;
const TWO_POW_32 = 0x1_0000_0000;
const MAX_STRING_BYTES = 0x7fff;

const outOfRange = (type: string, value: unknown): ProtocolError =>
  new ProtocolError(`${type} cannot hold ${String(value)}`);

/**
 * Writes Kafka's primitive types, big-endian, into a buffer that grows when it must.
 * Every method throws ProtocolError for a value its type cannot hold.
 * Formats: Kafka protocol guide, "Protocol Primitive Types"; KIP-482 for the compact ones.
 */
export class ByteWriter {
  #buffer: Buffer;
  #position = 0;

  /** @param target what to write into: a buffer of the caller's (from a pool), or the capacity in bytes of a new one. */
  constructor(target: Buffer | number = DEFAULT_CAPACITY_BYTES) {
    this.#buffer = typeof target === 'number' ? Buffer.allocUnsafe(target) : target;
  }

  /** How many bytes have been written; where the next one goes. */
  get position(): number {
    return this.#position;
  }

  /** The buffer written into. It is another one after a write that did not fit. */
  get buffer(): Buffer {
    return this.#buffer;
  }

  /** A view of what has been written, valid until the next write or reset. */
  written(): Buffer {
    return this.#buffer.subarray(0, this.#position);
  }

  /** Forgets what has been written and begins again in the same buffer. */
  reset(): void {
    this.#position = 0;
  }

  /** Makes room for `sizeBytes` more, so that the writes that follow do not grow the buffer one by one. */
  reserve(sizeBytes: number): void {
    const needed = this.#position + sizeBytes;
    if (needed > this.#buffer.length) this.#grow(needed);
  }

  #grow(needed: number): void {
    const grown = Buffer.allocUnsafe(Math.max(needed, this.#buffer.length * 2, 64));
    this.#buffer.copy(grown, 0, 0, this.#position);
    this.#buffer = grown;
  }

  #take(sizeBytes: number): number {
    const at = this.#position;
    const next = at + sizeBytes;
    if (next > this.#buffer.length) this.#grow(next);
    this.#position = next;
    return at;
  }

  int8(value: number): void {
    if ((value << 24) >> 24 !== value) throw outOfRange('int8', value);
    const at = this.#take(1);
    this.#buffer[at] = value;
  }

  bool(value: boolean): void {
    const at = this.#take(1);
    this.#buffer[at] = value ? 1 : 0;
  }

  int16(value: number): void {
    if ((value << 16) >> 16 !== value) throw outOfRange('int16', value);
    this.#put16(value);
  }

  uint16(value: number): void {
    if ((value & 0xffff) !== value) throw outOfRange('uint16', value);
    this.#put16(value);
  }

  #put16(value: number): void {
    const at = this.#take(2);
    const buffer = this.#buffer;
    buffer[at] = value >>> 8;
    buffer[at + 1] = value;
  }

  int32(value: number): void {
    if ((value | 0) !== value) throw outOfRange('int32', value);
    this.#put32(this.#take(4), value);
  }

  uint32(value: number): void {
    if (value >>> 0 !== value) throw outOfRange('uint32', value);
    this.#put32(this.#take(4), value);
  }

  #put32(at: number, value: number): void {
    const buffer = this.#buffer;
    buffer[at] = value >>> 24;
    buffer[at + 1] = value >>> 16;
    buffer[at + 2] = value >>> 8;
    buffer[at + 3] = value;
  }

  /** @throws ProtocolError outside ±(2^53 - 1), where a JavaScript number is not exact. */
  int64(value: number): void {
    if (!Number.isSafeInteger(value)) throw outOfRange('int64 (here a safe integer)', value);
    const at = this.#take(8);
    this.#put32(at, Math.floor(value / TWO_POW_32));
    this.#put32(at + 4, value);
  }

  float64(value: number): void {
    const at = this.#take(8);
    this.#buffer.writeDoubleBE(value, at);
  }

  /** An unsigned 32-bit number in 1 to 5 bytes of seven bits, the lowest first. */
  unsignedVarint(value: number): void {
    if (value >>> 0 !== value) throw outOfRange('unsigned varint', value);
    const at = this.#take(5);
    const buffer = this.#buffer;
    let next = at;
    let rest = value;
    while (rest > 0x7f) {
      buffer[next++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    buffer[next++] = rest;
    this.#position = next;
  }

  /** A signed 32-bit number, zigzag-coded. */
  varint(value: number): void {
    if ((value | 0) !== value) throw outOfRange('varint', value);
    this.unsignedVarint(((value << 1) ^ (value >> 31)) >>> 0);
  }

  /** A signed 64-bit number, zigzag-coded. @throws ProtocolError outside the safe integers. */
  varlong(value: number): void {
    if (!Number.isSafeInteger(value)) throw outOfRange('varlong (here a safe integer)', value);
    const isNegative = value < 0;
    const magnitude = isNegative ? -(value + 1) : value;
    const at = this.#take(10);
    const buffer = this.#buffer;
    let next = at;
    // The first seven bits apart, because twice the magnitude may not be exact in a double.
    let bits = (magnitude % 64) * 2 + (isNegative ? 1 : 0);
    let rest = Math.floor(magnitude / 64);
    while (rest > 0) {
      buffer[next++] = bits | 0x80;
      bits = rest % 128;
      rest = Math.floor(rest / 128);
    }
    buffer[next++] = bits;
    this.#position = next;
  }

  /** UTF-8 after an int16 length. */
  string(value: string): void {
    const size = this.#stringSize(value);
    this.#put16(size);
    this.#utf8(value, size);
  }

  /** As `string`; null is length -1. */
  nullableString(value: string | null): void {
    if (value === null) this.#put16(-1);
    else this.string(value);
  }

  /** UTF-8 after an unsigned varint of length + 1 (KIP-482). */
  compactString(value: string): void {
    const size = this.#stringSize(value);
    this.unsignedVarint(size + 1);
    this.#utf8(value, size);
  }

  /** As `compactString`; null is 0. */
  compactNullableString(value: string | null): void {
    if (value === null) this.unsignedVarint(0);
    else this.compactString(value);
  }

  #stringSize(value: string): number {
    const size = Buffer.byteLength(value);
    if (size > MAX_STRING_BYTES) {
      throw new ProtocolError(`a string holds at most ${MAX_STRING_BYTES} bytes of UTF-8; got ${size}`);
    }
    return size;
  }

  #utf8(value: string, sizeBytes: number): void {
    const at = this.#take(sizeBytes);
    this.#buffer.write(value, at, sizeBytes, 'utf8');
  }

  /** Bytes after an int32 length. */
  bytes(value: Uint8Array): void {
    this.int32(value.length);
    this.raw(value);
  }

  /** As `bytes`; null is length -1. */
  nullableBytes(value: Uint8Array | null): void {
    if (value === null) this.int32(-1);
    else this.bytes(value);
  }

  /** Bytes after an unsigned varint of length + 1 (KIP-482). */
  compactBytes(value: Uint8Array): void {
    this.unsignedVarint(value.length + 1);
    this.raw(value);
  }

  /** As `compactBytes`; null is 0. */
  compactNullableBytes(value: Uint8Array | null): void {
    if (value === null) this.unsignedVarint(0);
    else this.compactBytes(value);
  }

  /** 16 bytes. @throws ProtocolError when `value` is not a UUID in Kafka's 22-character form. */
  uuid(value: Uuid): void {
    if (!isUuid(value)) {
      throw new ProtocolError(`a UUID is 22 characters of base64url; got ${JSON.stringify(value)}`);
    }
    const at = this.#take(16);
    this.#buffer.write(value, at, 16, 'base64url');
  }

  /** The bytes as they are, no length before them. */
  raw(value: Uint8Array): void {
    const at = this.#take(value.length);
    this.#buffer.set(value, at);
  }

  /** Writes an int32 over what was written at `at`, such as a size that is known only at the end. */
  setInt32(at: number, value: number): void {
    if ((value | 0) !== value) throw outOfRange('int32', value);
    if (at < 0 || at + 4 > this.#position) throw new RangeError(`nothing was written at ${at} yet`);
    this.#put32(at, value);
  }
}
