/** Values (with keys) in shared memory, so that every producer of a test sends them from the same bytes. */

/** A value with its key. */
export type KeyedValue = { readonly key: Uint8Array | null; readonly value: Uint8Array };

/** What packed memory holds, one entry of each for a record; views of the shared bytes. */
export type UnpackedValues = {
  readonly values: readonly Uint8Array[];
  readonly keys: readonly (Uint8Array | null)[];
};

const headBytes = 8;
const boundsPerRecord = 2;
const boundBytes = 4;
/** Bit of a key's length that says there is none. */
const noKey = 0x8000_0000;

/** Bytes that packed records take at most; 32-bit lengths and one allocation. */
export const mostPackedBytes = 1024 * 1024 * 1024;

/** Puts records into shared memory: their count, the lengths of keys and values, then the bytes. Throws a RangeError over `mostPackedBytes`. */
export const packValues = (records: readonly KeyedValue[]): SharedArrayBuffer => {
  const bytes = records.reduce((sum, { key, value }) => sum + (key?.length ?? 0) + value.length, 0);
  const start = headBytes + records.length * boundsPerRecord * boundBytes;
  if (start + bytes > mostPackedBytes)
    throw new RangeError(`values take ${start + bytes} bytes; the most is ${mostPackedBytes}`);
  const shared = new SharedArrayBuffer(start + bytes);
  const bounds = new Uint32Array(shared, 0, headBytes / boundBytes + records.length * boundsPerRecord);
  const all = new Uint8Array(shared);
  bounds[0] = records.length;
  let position = start;
  for (const [place, { key, value }] of records.entries()) {
    bounds[(place + 1) * boundsPerRecord] = key === null ? noKey : key.length;
    bounds[(place + 1) * boundsPerRecord + 1] = value.length;
    if (key !== null) all.set(key, position);
    position += key?.length ?? 0;
    all.set(value, position);
    position += value.length;
  }
  return shared;
};

/** The records of `packValues()`. */
export const readPacked = (shared: SharedArrayBuffer): UnpackedValues => {
  const bounds = new Uint32Array(shared, 0, Math.floor(shared.byteLength / boundBytes));
  const count = bounds[0] ?? 0;
  const values: Uint8Array[] = [];
  const keys: (Uint8Array | null)[] = [];
  let position = headBytes + count * boundsPerRecord * boundBytes;
  for (let place = 1; place <= count; place++) {
    const keyLength = bounds[place * boundsPerRecord] ?? noKey;
    const valueLength = bounds[place * boundsPerRecord + 1] ?? 0;
    keys.push(keyLength === noKey ? null : new Uint8Array(shared, position, keyLength));
    position += keyLength === noKey ? 0 : keyLength;
    values.push(new Uint8Array(shared, position, valueLength));
    position += valueLength;
  }
  return { values, keys };
};
