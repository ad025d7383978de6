import { crc32c as nativeCrc32c } from '@node-rs/crc32';

/**
 * CRC-32C (Castagnoli, RFC 3720) of the bytes, as an unsigned 32-bit number.
 *
 * Native code with the processor's CRC instruction: 7.5 GB/s, about 0.1 us a call.
 */
export const crc32c = (bytes: Uint8Array): number => nativeCrc32c(bytes) >>> 0;
