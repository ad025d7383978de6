/** Values of random letters and bytes, and of bytes that a codec makes as small as is asked for. */
import { below, type Random } from './random.ts';

/** Fills a part of a value. */
export type Filler = (value: Uint8Array, random: Random) => void;

const letterA = 0x41;
const letters = 26;

/** Letters 'A' to 'Z', as Kafka's tool sends them: about 4.7 bits a byte, and nothing alike between records. */
export const fillWithLetters: Filler = (value, random) => {
  for (let position = 0; position < value.length; position++) value[position] = letterA + below(random(), letters);
};

/** Bytes of every kind: no codec makes them smaller. */
export const fillWithBytes: Filler = (value, random) => {
  let bits = 0;
  for (let position = 0; position < value.length; position++) {
    bits = position % 4 === 0 ? random() : bits >>> 8;
    value[position] = bits & 0xff;
  }
};

/** Random and redundant bytes take turns within a value at this distance, so that a codec with a small window sees both. */
const stretchBytes = 1024;
const redundant = new TextEncoder().encode('the same text again and again, ');

/** Bytes of which a share is random and the rest the same text again and again. What the share comes to is found by trying. */
export const partlyRandom = (randomShare: number): Filler => {
  // What one stretch rounds away the next one gets, so that short values have their share on average.
  let owed = 0;
  return (value, random) => {
    for (let start = 0; start < value.length; start += stretchBytes) {
      const stretch = value.subarray(start, start + stretchBytes);
      owed += stretch.length * randomShare;
      const randomBytes = Math.min(stretch.length, Math.floor(owed));
      owed -= randomBytes;
      fillWithBytes(stretch.subarray(0, randomBytes), random);
      for (let position = randomBytes; position < stretch.length; position++)
        stretch[position] = redundant[(position - randomBytes) % redundant.length] ?? 0;
    }
  };
};
