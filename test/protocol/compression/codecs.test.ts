import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { CodecError, type CodecImplementation } from '../../../src/protocol/compression/codec.ts';
import {
  codecInfo,
  codecLevels,
  compressRecords,
  decompress,
  prepareCodecs,
} from '../../../src/protocol/compression/compression.ts';
import { gzipByNode } from '../../../src/protocol/compression/gzip.ts';
import { lz4ByPackage, lz4InJavaScript } from '../../../src/protocol/compression/lz4.ts';
import { snappyByPackage, snappyInJavaScript } from '../../../src/protocol/compression/snappy.ts';
import { loadZstdWasm, zstdByNode, zstdByPackage, zstdInWasm } from '../../../src/protocol/compression/zstd.ts';

const MIB = 1024 * 1024;

/** Every way there is to do a codec; those that this machine has no binary for are left out. */
const ways: readonly (readonly [
  codec: keyof typeof codecLevels,
  name: string,
  make: () => CodecImplementation | null,
])[] = [
  ['gzip', 'node:zlib', gzipByNode],
  ['snappy', 'the package', snappyByPackage],
  ['snappy', 'JavaScript', snappyInJavaScript],
  ['lz4', 'the package', lz4ByPackage],
  ['lz4', 'JavaScript', lz4InJavaScript],
  ['zstd', 'node:zlib', zstdByNode],
  ['zstd', 'the package', zstdByPackage],
  ['zstd', 'WebAssembly', zstdInWasm],
];

beforeAll(async () => {
  await loadZstdWasm();
});

const random = (length: number, seed: number): Buffer => {
  const bytes = Buffer.alloc(length);
  let state = seed;
  for (let at = 0; at < length; at++) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    bytes[at] = state >> 16;
  }
  return bytes;
};

const samples: Readonly<Record<string, Buffer>> = {
  nothing: Buffer.alloc(0),
  'one byte': Buffer.from('x'),
  'a sentence': Buffer.from('the quick brown fox jumps over the lazy dog, the quick brown fox again'),
  'one byte repeated': Buffer.alloc(300_000, 'a'),
  'what cannot be compressed': random(200_000, 7),
  'text over several blocks': Buffer.from('{"user":17,"name":"somebody","score":0.5}\n'.repeat(8000)),
  'a mix': Buffer.concat([random(70_000, 3), Buffer.alloc(70_000, 'mix'), random(10, 5), Buffer.alloc(40_000)]),
};

for (const [codec, name, make] of ways) {
  describe(`${codec} by ${name}`, () => {
    const way = (): CodecImplementation | null => make();
    const level = codecLevels[codec].default;

    it.for(Object.entries(samples))('gives back %s', ([, bytes], { skip }) => {
      const codecWay = way() ?? skip();
      expect(codecWay.decompress(codecWay.compress(bytes, level), bytes.length).equals(bytes)).toBe(true);
    });

    it('is read by every other way', ({ skip }) => {
      const mine = way() ?? skip();
      for (const [otherCodec, , makeOther] of ways) {
        const other = otherCodec === codec ? makeOther() : null;
        if (other === null) continue;
        for (const bytes of Object.values(samples))
          expect(other.decompress(mine.compress(bytes, level), MIB).equals(bytes)).toBe(true);
      }
    });

    it('refuses more than the bound', ({ skip }) => {
      const codecWay = way() ?? skip();
      for (const bytes of [Buffer.alloc(200_000, 'ab'), random(200_000, 9), Buffer.alloc(16 * MIB)]) {
        const compressed = codecWay.compress(bytes, level);
        expect(() => codecWay.decompress(compressed, bytes.length - 1)).toThrow(CodecError);
        expect(() => codecWay.decompress(compressed, 1000)).toThrow(`${codec} data is over 1000 bytes`);
      }
    });

    it('never throws anything but a CodecError, nor gives more than the bound, for damaged data', ({ skip }) => {
      const codecWay = way() ?? skip();
      const whole = codecWay.compress(Buffer.from('damage me, damage me not; '.repeat(60)), level);
      fc.assert(
        fc.property(
          fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { minLength: 1, maxLength: 6 }),
          fc.nat(whole.length),
          (changes, length) => {
            const damaged = Buffer.from(whole);
            for (const [at, byte] of changes) damaged[at] = byte;
            for (const bytes of [damaged, damaged.subarray(0, length)]) {
              try {
                expect(codecWay.decompress(bytes, 4000).length).toBeLessThanOrEqual(4000);
              } catch (error) {
                expect(error).toBeInstanceOf(CodecError);
              }
            }
          },
        ),
        { numRuns: 200 },
      );
    });

    it('gives back any bytes', ({ skip }) => {
      const codecWay = way() ?? skip();
      const repetitive = fc
        .array(fc.tuple(fc.uint8Array({ minLength: 1, maxLength: 40 }), fc.integer({ min: 1, max: 30 })), {
          maxLength: 20,
        })
        .map((parts) => Buffer.concat(parts.flatMap(([part, times]) => Array<Uint8Array>(times).fill(part))));
      fc.assert(
        fc.property(repetitive, (bytes) => {
          expect(codecWay.decompress(codecWay.compress(bytes, level), bytes.length).equals(bytes)).toBe(true);
        }),
        { numRuns: 60 },
      );
    });
  });
}

describe('the choice of codecs', () => {
  it('says what does the work', async () => {
    await prepareCodecs();
    expect(codecInfo('none')).toBe('none');
    expect(codecInfo('gzip')).toContain('node:zlib');
    for (const codec of ['snappy', 'lz4', 'zstd'] as const)
      for (const work of ['compress', 'decompress'] as const)
        expect(codecInfo(codec, work)).toMatch(/^(\S+ \d+\.\d+\.\d+|JavaScript|node:zlib, zstd \d.*)/);
    // Its blocks are those of LZ4's own library, which the package's are not; the package reads them quicker.
    expect(codecInfo('lz4')).toBe('JavaScript');
  });

  it('takes zstd from Node where Node has it, from 22.15 on, and else from a package', async () => {
    await prepareCodecs();
    const { node, zstd } = process.versions;
    const [major = 0, minor = 0] = node.split('.').map(Number);
    const isNew = major > 23 || (major === 23 && minor >= 8) || (major === 22 && minor >= 15);
    if (isNew) expect(codecInfo('zstd')).toContain(`node:zlib, zstd ${zstd ?? ''}`);
    else expect(codecInfo('zstd')).not.toContain('node:zlib');
  });

  it('changes nothing without a codec', () => {
    const bytes = Buffer.from('as it is');
    expect(compressRecords('none', bytes)).toBe(bytes);
    expect(decompress('none', bytes, 1)).toBe(bytes);
  });

  it.each([
    ['gzip', 0],
    ['gzip', 10],
    ['snappy', 1],
    ['lz4', 0],
    ['lz4', 18],
    ['zstd', 23],
  ] as const)('refuses %s at level %i, which it cannot do', (codec, level) => {
    expect(() => compressRecords(codec, Buffer.from('x'), level)).toThrow(CodecError);
  });

  it('compresses more at a higher level', () => {
    const text = Buffer.from(Array.from(random(20_000, 11), (byte) => `word-${byte % 60} `).join(''));
    for (const codec of ['gzip', 'zstd'] as const) {
      const [fast, slow] = codec === 'gzip' ? [1, 9] : [-50, 19];
      expect(compressRecords(codec, text, slow).length).toBeLessThan(compressRecords(codec, text, fast).length);
      expect(decompress(codec, compressRecords(codec, text, fast), text.length).equals(text)).toBe(true);
    }
  });

  it('compresses more at each higher level of lz4 but 9, which is the fast one', () => {
    const text = Buffer.from(Array.from(random(8_000, 11), (byte) => `word-${byte % 60} `).join(''));
    const sizes = [9, 1, 3, 6, 12].map((level) => compressRecords('lz4', text, level).length);
    expect(sizes.toSorted((one, other) => other - one)).toEqual(sizes);
    expect(new Set(sizes).size).toBe(sizes.length);
    expect(compressRecords('lz4', text, 17).length).toBe(compressRecords('lz4', text, 12).length);
  });
});

describe('lz4 at its default level', () => {
  const words = Buffer.from(Array.from(random(40_000, 11), (byte) => `word-${byte % 60} `).join(''));
  // SHA-256 of what `lz4 -1 -B4 -BI --no-frame-crc --no-content-size` (1.9.4) makes of the same bytes, its first 16 digits.
  it.each([
    ['one byte', samples['one byte'], '2494b927d8bffdf4'],
    ['a sentence', samples['a sentence'], 'f5311b0e1157ca78'],
    ['one byte repeated', samples['one byte repeated'], '2946377f64661f03'],
    ['what cannot be compressed', samples['what cannot be compressed'], '7ef38566bf950400'],
    ['text over several blocks', samples['text over several blocks'], 'eab1130a1fe689e5'],
    ['a mix', samples['a mix'], 'c0da0fe03eaa8081'],
    ['words', words, 'c6e8752ea10a075b'],
    ['the shortest block with a match', Buffer.alloc(13, 'a'), '0c19419e0563af44'],
    ['as much as a block holds', words.subarray(7, 65_543), '7089c82202019ea3'],
    ['one byte more than that', words.subarray(7, 65_544), 'bdede36f04662c7e'],
  ])("writes %s as LZ4's own tool does, byte for byte", (_, bytes = Buffer.alloc(0), digits) => {
    const written = lz4InJavaScript().compress(bytes, codecLevels.lz4.default);
    expect(createHash('sha256').update(written).digest('hex').slice(0, 16)).toBe(digits);
  });
});

describe('lz4 at a level that searches for longer', () => {
  const lz4 = lz4ByPackage() ?? lz4InJavaScript();

  it.each(Object.entries(samples))('gives back %s', (_, bytes) => {
    for (const level of [1, 2, 8, 10, 17])
      for (const reader of [lz4, lz4InJavaScript()])
        expect(reader.decompress(lz4.compress(bytes, level), bytes.length).equals(bytes)).toBe(true);
  });

  it('gives back any bytes', () => {
    const anyLevel = fc.constantFrom(1, 4, 12);
    const repetitive = fc
      .array(fc.tuple(fc.uint8Array({ minLength: 1, maxLength: 20 }), fc.integer({ min: 1, max: 30 })), {
        maxLength: 20,
      })
      .map((parts) => Buffer.concat(parts.flatMap(([part, times]) => Array<Uint8Array>(times).fill(part))));
    fc.assert(
      fc.property(repetitive, anyLevel, (bytes, level) => {
        expect(lz4.decompress(lz4.compress(bytes, level), bytes.length).equals(bytes)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });
});
