import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FrameError, FrameReader } from '../../src/protocol/frame-reader.ts';
import { type Slab, SlabPool } from '../../src/protocol/slab.ts';

const pools = () => ({
  idlePool: new SlabPool({ slabBytes: 64, maxFreeBytes: 256 }),
  busyPool: new SlabPool({ slabBytes: 1024, maxFreeBytes: 4096 }),
});

const framed = (body: Uint8Array): Buffer => {
  const frame = Buffer.alloc(4 + body.length);
  frame.writeInt32BE(body.length, 0);
  frame.set(body, 4);
  return frame;
};

/** Puts a stream into the reader as a socket would: each read at most as long as the target, and at most `reads` bytes. */
const feed = (reader: FrameReader, stream: Buffer, reads: readonly number[]): void => {
  let at = 0;
  for (let index = 0; at < stream.length; index++) {
    const target = reader.target();
    expect(target.length).toBeGreaterThan(0);
    const count = Math.min(target.length, stream.length - at, reads[index % reads.length] ?? 1);
    stream.copy(target, 0, at, at + count);
    at += count;
    reader.received(count);
  }
};

describe('a frame reader', () => {
  it('hands over the same frames however the stream was cut, also while others hold its slabs', () => {
    const bodies = fc.array(fc.uint8Array({ maxLength: 2500 }), { maxLength: 30 });
    const reads = fc.array(fc.integer({ min: 1, max: 3000 }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(bodies, reads, fc.boolean(), (sent, cuts, isHeld) => {
        const held: { slab: Slab; bytes: Buffer; copy: Buffer }[] = [];
        const got: Buffer[] = [];
        const reader = new FrameReader({
          ...pools(),
          maxFrameBytes: 4000,
          onFrame: (slab, start, end) => {
            const bytes = slab.bytes.subarray(start, end);
            got.push(Buffer.from(bytes));
            if (!isHeld) return;
            slab.retain();
            held.push({ slab, bytes, copy: Buffer.from(bytes) });
          },
        });
        feed(reader, Buffer.concat(sent.map(framed)), cuts);
        expect(got.map((body) => body.toString('hex'))).toEqual(sent.map((body) => Buffer.from(body).toString('hex')));
        // What was retained was not overwritten by what came later.
        for (const { slab, bytes, copy } of held) {
          expect(bytes.equals(copy)).toBe(true);
          slab.release();
        }
        reader.close();
      }),
    );
  });

  it('reads into a large slab when busy, and into a small one again when quiet', () => {
    const reader = new FrameReader({ ...pools(), maxFrameBytes: 4000, onFrame: () => undefined });
    expect(reader.target().length).toBe(64);
    feed(reader, framed(Buffer.alloc(900)), [5000]);
    expect(reader.target().length).toBeGreaterThan(900);
    for (let count = 0; count < 200; count++) feed(reader, framed(Buffer.alloc(2)), [6]);
    expect(reader.target().length).toBe(64);
  });

  it.each([
    [-1, 'negative'],
    [4001, 'over the bound of 4000'],
    [0x47455420, 'over the bound'],
  ])('refuses a frame of %i bytes', (size, message) => {
    const reader = new FrameReader({ ...pools(), maxFrameBytes: 4000, onFrame: () => undefined });
    const head = Buffer.alloc(4);
    head.writeInt32BE(size, 0);
    expect(() => feed(reader, head, [4])).toThrow(FrameError);
    expect(() => feed(reader, head, [4])).toThrow(message);
  });

  it('hands nothing over after it was closed in the middle of a read', () => {
    const seen: number[] = [];
    const reader = new FrameReader({
      ...pools(),
      maxFrameBytes: 4000,
      onFrame: (_slab, start, end) => {
        seen.push(end - start);
        reader.close();
      },
    });
    feed(reader, Buffer.concat([framed(Buffer.alloc(3)), framed(Buffer.alloc(5))]), [100]);
    expect(seen).toEqual([3]);
  });
});

describe('a slab', () => {
  it('goes back to its pool when the last holder lets go, and is used again', () => {
    const pool = new SlabPool({ slabBytes: 16, maxFreeBytes: 16 });
    const slab = pool.take();
    slab.retain();
    slab.release();
    expect(pool.take().bytes).not.toBe(slab.bytes);
    slab.release();
    expect(pool.take().bytes).toBe(slab.bytes);
  });

  it('refuses to be released or retained when nobody holds it', () => {
    const slab = new SlabPool({ slabBytes: 16, maxFreeBytes: 16 }).take();
    slab.release();
    expect(() => slab.release()).toThrow('twice');
    expect(() => slab.retain()).toThrow('released');
  });

  it('keeps no more free memory than its bound, and no oversized block', () => {
    const pool = new SlabPool({ slabBytes: 16, maxFreeBytes: 32 });
    const slabs = [pool.take(), pool.take(), pool.take(), pool.take(100)];
    for (const slab of slabs) slab.release();
    const free = new Set(slabs.slice(0, 3).map((slab) => slab.bytes));
    const reused = [pool.take(), pool.take(), pool.take()].filter((slab) => free.has(slab.bytes));
    expect(reused).toHaveLength(2);
  });
});
