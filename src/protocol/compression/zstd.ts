import * as zlib from 'node:zlib';
import { brokenStream, CodecError, type CodecImplementation, tooLarge } from './codec.ts';
import { isInstalled, nameAndVersion, optionalPackage } from './optional-package.ts';
import { type ZstdBounds, zstdBounds } from './zstd-frame.ts';

/** Binaries of node-zstd, the only ones it has; its main package names others that do not exist, and so cannot be locked. */
const BINARIES = ['@toondepauw/node-zstd-linux-x64-gnu', '@toondepauw/node-zstd-linux-x64-musl'];
const WASM_PACKAGE = '@bokuweb/zstd-wasm';
/** `ZSTD_c_compressionLevel` of zstd's parameters, which node:zlib takes by number. */
const PARAMETER_LEVEL = 100;

type ZlibCodec = (input: Uint8Array, options: object) => Buffer;

/** A function of node:zlib that came with Node 22.15. */
const fromZlib = (name: string): ZlibCodec | null => {
  const found: unknown = Reflect.get(zlib, name);
  return typeof found === 'function' ? (found as ZlibCodec) : null;
};

/** Zstandard by the zlib module of Node 22.15 and later; null before. */
export const zstdByNode = (): CodecImplementation | null => {
  const compressSync = fromZlib('zstdCompressSync');
  const decompressSync = fromZlib('zstdDecompressSync');
  if (compressSync === null || decompressSync === null) return null;
  return guarded({
    implementation: `node:zlib, zstd ${process.versions.zstd ?? ''}`.trim(),
    compress: (bytes, level) => compressSync(bytes, { params: { [PARAMETER_LEVEL]: level } }),
    decompress: (bytes, maxBytes) => decompressSync(bytes, { maxOutputLength: Math.max(maxBytes, 1) }),
  });
};

/** What the binaries export. */
type Binary = {
  readonly Decoder: new () => { decodeSync(bytes: Buffer): Buffer };
  readonly Encoder: new (level: number) => { encodeSync(bytes: Buffer): Buffer };
};

/** Zstandard by node-zstd; null where it has no binary. */
export const zstdByPackage = (): CodecImplementation | null => {
  const name = BINARIES.find((each) => optionalPackage(each) !== null);
  if (name === undefined) return null;
  const { Decoder, Encoder } = optionalPackage(name) as Binary;
  const decoder = new Decoder();
  let encoder = new Encoder(3);
  let encoderLevel = 3;
  return guarded({
    implementation: nameAndVersion(name),
    compress: (bytes, level) => {
      if (level !== encoderLevel) {
        encoder = new Encoder(level);
        encoderLevel = level;
      }
      return encoder.encodeSync(asBuffer(bytes));
    },
    decompress: (bytes) => decoder.decodeSync(asBuffer(bytes)),
  });
};

let wasm: CodecImplementation | null = null;

/** Zstandard in WebAssembly, which is loaded in the background; null until `loadZstdWasm()` is done. */
export const zstdInWasm = (): CodecImplementation | null => wasm;

/** Loads the WebAssembly module. Rejects when it cannot be loaded. */
export const loadZstdWasm = async (): Promise<CodecImplementation> => {
  if (wasm !== null) return wasm;
  const { compress, decompress, init } = await import('@bokuweb/zstd-wasm');
  await init();
  wasm = guarded({
    implementation: `${nameAndVersion(WASM_PACKAGE)} (WebAssembly)`,
    compress: (bytes, level) => asBuffer(compress(asBuffer(bytes), level)),
    decompress: (bytes, maxBytes, { mostBytes }) =>
      asBuffer(decompress(asBuffer(bytes), { defaultHeapSize: Math.min(mostBytes, maxBytes) })),
  });
  return wasm;
};

/** Whether zstd needs the WebAssembly module here: Node has none, and there is no binary for this machine. */
export const needsZstdWasm = (): boolean => fromZlib('zstdCompressSync') === null && !hasBinary();

const hasBinary = (): boolean =>
  process.platform === 'linux' && process.arch === 'x64' && BINARIES.some((name) => isInstalled(name));

const asBuffer = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);

/** What decompresses once the frames were looked at. */
type Unguarded = Omit<CodecImplementation, 'decompress'> & {
  readonly decompress: (bytes: Uint8Array, maxBytes: number, bounds: ZstdBounds) => Buffer;
};

/**
 * Libraries without a bound would take as much memory as a few bytes tell them to, so frames are looked at first. Their blocks
 * may say up to twice the bound, since one that was flushed early counts as a full one; what came out is counted again.
 */
const guarded = ({ implementation, compress, decompress }: Unguarded): CodecImplementation => ({
  implementation,
  compress,
  decompress: (bytes, maxBytes) => {
    const bounds = zstdBounds(bytes);
    const { mostBytes, declaredBytes } = bounds;
    if ((declaredBytes ?? 0) > maxBytes || mostBytes > 2 * Math.max(maxBytes, 128 * 1024))
      throw tooLarge('zstd', maxBytes);
    if ((declaredBytes ?? 0) > mostBytes)
      throw brokenStream('zstd', `it declares ${declaredBytes} bytes; its blocks hold at most ${mostBytes}`);
    let output: Buffer;
    try {
      output = decompress(bytes, maxBytes, bounds);
    } catch (error) {
      if (error instanceof CodecError) throw error;
      if (error instanceof RangeError) throw tooLarge('zstd', maxBytes);
      throw brokenStream('zstd', error instanceof Error ? error.message : String(error), error);
    }
    if (output.length > maxBytes) throw tooLarge('zstd', maxBytes);
    return output;
  },
});
