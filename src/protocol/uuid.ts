import { randomBytes } from 'node:crypto';

/** A topic id or directory id as Kafka prints it: 16 bytes in base64url without padding, 22 characters. */
export type Uuid = string;

/** The id of nothing: 16 zero bytes (`Uuid.ZERO_UUID`). */
export const ZERO_UUID: Uuid = 'AAAAAAAAAAAAAAAAAAAAAA';

const FORM = /^[A-Za-z0-9_-]{21}[AQgw]$/;

/** True when `text` is a UUID in Kafka's form. The last character carries two bits only, hence its few values. */
export const isUuid = (text: string): boolean => FORM.test(text);

/** A new random id (RFC 9562 version 4) that, like those of `Uuid.randomUuid`, never begins with a dash. */
export const randomUuid = (): Uuid => {
  for (;;) {
    const bytes = randomBytes(16);
    bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
    bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
    const text = bytes.toString('base64url');
    if (!text.startsWith('-')) return text;
  }
};
