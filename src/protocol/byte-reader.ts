import { ProtocolError } from './errors.ts';
import type { Uuid } from './uuid.ts';

const TWO_POW_32 = 0x1_0000_0000;

/**
 * Reads Kafka's primitive types, big-endian, in place from `buffer[start, end)`.
 * Every length is held against the bytes that remain before anything is allocated, and byte strings come back as
 * subarrays of the buffer. Every method throws ProtocolError when the bytes end too early or cannot be what they should be.
 * Formats: Kafka protocol guide, "Protocol Primitive Types"; KIP-482 for the compact ones.
 */
export class ByteReader {
  readonly buffer: Buffer;
  readonly end: number;
  #position: number;

  constructor(buffer: Buffer, start = 0, end: number = buffer.length) {
    if (start < 0 || start > end || end > buffer.length) {
      throw new RangeError(`[${start}, ${end}) does not lie within a buffer of ${buffer.length} bytes`);
    }
    this.buffer = buffer;
    this.end = end;
    this.#position = start;
  }

  /** Where in the buffer the next byte is read. */
  get position(): number {
    return this.#position;
  }

  /** How many bytes are left. */
  get remaining(): number {
    return this.end - this.#position;
  }

  #take(sizeBytes: number): number {
    const at = this.#position;
    const next = at + sizeBytes;
    if (next > this.end) {
      throw new ProtocolError(`the message ends too early: ${sizeBytes} bytes expected, ${this.end - at} left`);
    }
    this.#position = next;
    return at;
  }

  // The bytes up to `end` exist, so the `?? 0` below never counts; it costs nothing and keeps the types honest.
  #byte(at: number): number {
    return this.buffer[at] ?? 0;
  }

  int8(): number {
    return (this.#byte(this.#take(1)) << 24) >> 24;
  }

  bool(): boolean {
    return this.#byte(this.#take(1)) !== 0;
  }

  int16(): number {
    return (this.uint16() << 16) >> 16;
  }

  uint16(): number {
    const at = this.#take(2);
    return (this.#byte(at) << 8) | this.#byte(at + 1);
  }

  int32(): number {
    const at = this.#take(4);
    return (this.#byte(at) << 24) | (this.#byte(at + 1) << 16) | (this.#byte(at + 2) << 8) | this.#byte(at + 3);
  }

  uint32(): number {
    return this.int32() >>> 0;
  }

  /**
   * Exact within ±2^53, beyond that the nearest JavaScript number: peers do send `Long.MAX_VALUE` for "no bound", and such an
   * offset or time is to be compared, not refused. What is written must be exact (`ByteWriter.int64`).
   */
  int64(): number {
    const high = this.int32();
    return high * TWO_POW_32 + (this.int32() >>> 0);
  }

  float64(): number {
    return this.buffer.readDoubleBE(this.#take(8));
  }

  /** An unsigned 32-bit number in 1 to 5 bytes of seven bits, the lowest first. */
  unsignedVarint(): number {
    let value = 0;
    for (let shift = 0; shift < 28; shift += 7) {
      const byte = this.#byte(this.#take(1));
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    const last = this.#byte(this.#take(1));
    if (last > 0x0f) throw new ProtocolError('a varint is longer than 32 bits');
    return (value | (last << 28)) >>> 0;
  }

  /** A signed 32-bit number, zigzag-coded. */
  varint(): number {
    const coded = this.unsignedVarint();
    return (coded >>> 1) ^ -(coded & 1);
  }

  /** A signed 64-bit number, zigzag-coded. @throws ProtocolError outside the safe integers. */
  varlong(): number {
    let coded = this.#byte(this.#take(1));
    const isNegative = (coded & 1) === 1;
    let magnitude = (coded & 0x7f) >>> 1;
    let scale = 64;
    for (let count = 1; coded >= 0x80; count++) {
      if (count === 10) throw new ProtocolError('a varlong is longer than 64 bits');
      coded = this.#byte(this.#take(1));
      magnitude += (coded & 0x7f) * scale;
      scale *= 128;
    }
    const value = isNegative ? -magnitude - 1 : magnitude;
    if (!Number.isSafeInteger(value)) throw new ProtocolError('a varlong lies beyond the safe integers');
    return value;
  }

  /** UTF-8 after an int16 length. */
  string(): string {
    const size = this.int16();
    if (size < 0) throw new ProtocolError(`a string that may not be null has length ${size}`);
    return this.#utf8(size);
  }

  /** As `string`; length -1 is null. */
  nullableString(): string | null {
    const size = this.int16();
    if (size < -1) throw new ProtocolError(`a string has length ${size}`);
    return size === -1 ? null : this.#utf8(size);
  }

  /** UTF-8 after an unsigned varint of length + 1 (KIP-482). */
  compactString(): string {
    const size = this.unsignedVarint() - 1;
    if (size < 0) throw new ProtocolError('a string that may not be null is null');
    return this.#utf8(size);
  }

  /** As `compactString`; 0 is null. */
  compactNullableString(): string | null {
    const size = this.unsignedVarint() - 1;
    return size < 0 ? null : this.#utf8(size);
  }

  #utf8(sizeBytes: number): string {
    const at = this.#take(sizeBytes);
    return this.buffer.toString('utf8', at, at + sizeBytes);
  }

  /** Bytes after an int32 length; a subarray, not a copy. */
  bytes(): Buffer {
    const size = this.int32();
    if (size < 0) throw new ProtocolError(`bytes that may not be null have length ${size}`);
    return this.raw(size);
  }

  /** As `bytes`; length -1 is null. */
  nullableBytes(): Buffer | null {
    const size = this.int32();
    if (size < -1) throw new ProtocolError(`bytes have length ${size}`);
    return size === -1 ? null : this.raw(size);
  }

  /** Bytes after an unsigned varint of length + 1 (KIP-482); a subarray, not a copy. */
  compactBytes(): Buffer {
    const size = this.unsignedVarint() - 1;
    if (size < 0) throw new ProtocolError('bytes that may not be null are null');
    return this.raw(size);
  }

  /** As `compactBytes`; 0 is null. */
  compactNullableBytes(): Buffer | null {
    const size = this.unsignedVarint() - 1;
    return size < 0 ? null : this.raw(size);
  }

  /** 16 bytes in Kafka's 22-character form. */
  uuid(): Uuid {
    const at = this.#take(16);
    return this.buffer.toString('base64url', at, at + 16);
  }

  /** The next `sizeBytes` bytes as they are; a subarray, not a copy. */
  raw(sizeBytes: number): Buffer {
    if (sizeBytes < 0) throw new ProtocolError(`${sizeBytes} bytes cannot be read`);
    const at = this.#take(sizeBytes);
    return this.buffer.subarray(at, at + sizeBytes);
  }

  /** Passes over `sizeBytes` bytes. */
  skip(sizeBytes: number): void {
    if (sizeBytes < 0) throw new ProtocolError(`${sizeBytes} bytes cannot be skipped`);
    this.#take(sizeBytes);
  }

  /** @throws ProtocolError when bytes are left that the message should not have. */
  expectEnd(): void {
    if (this.remaining > 0) throw new ProtocolError(`${this.remaining} bytes follow the end of the message`);
  }
}
