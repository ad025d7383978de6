import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { OffsetIndex } from '../../../src/broker/log/offset-index.ts';
import { TimeIndex } from '../../../src/broker/log/time-index.ts';
import { temporaryFolder } from './support.ts';

const steps = fc.array(fc.tuple(fc.integer({ min: 1, max: 50 }), fc.integer({ min: 61, max: 5000 })), {
  maxLength: 200,
});

describe('the offset index', () => {
  test('finds the last entry at or before an offset or a position as a linear scan does', () => {
    fc.assert(
      fc.property(steps, fc.integer({ min: 0, max: 2 ** 40 }), fc.nat(12_000), (deltas, base, probe) => {
        const index = new OffsetIndex('unwritten', base);
        const entries: { offset: number; position: number }[] = [];
        for (const [offsetDelta, bytes] of deltas) {
          const last = entries.at(-1) ?? { offset: base, position: 0 };
          const entry = { offset: last.offset + offsetDelta, position: last.position + bytes };
          entries.push(entry);
          index.append(entry.offset, entry.position);
        }
        const byOffset = entries.findLast(({ offset }) => offset <= base + probe);
        expect(index.positionFor(base + probe)).toBe(byOffset?.position ?? 0);
        const byPosition = entries.findLast(({ position }) => position <= probe * 50);
        expect(index.boundaryAtOrBefore(probe * 50)).toBe(byPosition?.position ?? 0);
      }),
    );
  });

  test('is on disk what it is in memory, also after entries were taken back and others added', () => {
    const path = join(temporaryFolder(), 'i.index');
    const index = new OffsetIndex(path, 100);
    for (let count = 1; count <= 700; count++) index.append(100 + count, count * 70);
    index.write();
    index.truncate(3);
    index.append(150, 9000);
    index.write();
    const loaded = new OffsetIndex(path, 100);
    expect(loaded.load(10_000)).toBe(true);
    expect([loaded.count, loaded.positionFor(102), loaded.positionFor(1e6)]).toEqual([4, 140, 9000]);
    expect(readFileSync(path)).toHaveLength(32);
  });

  test('is refused when it is missing, cut, out of order, or points behind the log', () => {
    const path = join(temporaryFolder(), 'i.index');
    const load = (logBytes: number): boolean => new OffsetIndex(path, 0).load(logBytes);
    expect(load(1000)).toBe(false);
    const entries = (...values: number[]): void =>
      writeFileSync(path, Buffer.from(Int32Array.from(values).buffer).swap32());
    entries(1, 100, 2, 200);
    expect([load(201), load(200)]).toEqual([true, false]);
    entries(2, 100, 1, 200);
    expect(load(1000)).toBe(false);
    entries(0, 0, 0, 0, 0, 0);
    expect(load(1000)).toBe(false);
    writeFileSync(path, Buffer.alloc(7));
    expect(load(1000)).toBe(false);
  });

  test('that cannot be written is removed, so that nobody believes half of it', () => {
    const folder = temporaryFolder();
    const path = join(folder, 'gone', 'i.index');
    mkdirSync(join(folder, 'gone'));
    const index = new OffsetIndex(path, 0);
    index.append(1, 100);
    index.write();
    rmSync(join(folder, 'gone'), { recursive: true });
    expect(() => index.write()).not.toThrow();
    mkdirSync(join(folder, 'gone'));
    index.append(2, 200);
    index.write();
    const loaded = new OffsetIndex(path, 0);
    expect([loaded.load(1000), loaded.count]).toEqual([true, 2]);
  });
});

describe('the time index', () => {
  test('finds the last entry at or before a time as a linear scan does, and takes ascending times only', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: -1, max: 2 ** 45 }), { maxLength: 100 }),
        fc.nat(2 ** 31),
        (times, probe) => {
          const index = new TimeIndex('unwritten', 7);
          const kept: { timestampMs: number; offset: number }[] = [];
          for (const [at, timestampMs] of times.entries()) {
            index.append(timestampMs, 7 + at);
            if (timestampMs > (kept.at(-1)?.timestampMs ?? -1)) kept.push({ timestampMs, offset: 7 + at });
          }
          for (const wanted of [probe, probe * 16_000, ...times])
            expect(index.floor(wanted)).toEqual(kept.findLast(({ timestampMs }) => timestampMs <= wanted) ?? null);
          expect(index.last()).toEqual(kept.at(-1) ?? null);
        },
      ),
    );
  });

  test('is refused when its times or offsets do not ascend', () => {
    const path = join(temporaryFolder(), 't.timeindex');
    const write = (...entries: [bigint, number][]): void => {
      const bytes = Buffer.alloc(entries.length * 12);
      for (const [index, [timestampMs, offset]] of entries.entries()) {
        bytes.writeBigInt64BE(timestampMs, index * 12);
        bytes.writeInt32BE(offset, index * 12 + 8);
      }
      writeFileSync(path, bytes);
    };
    const load = (): boolean => new TimeIndex(path, 0).load();
    write([5n, 1], [6n, 2]);
    expect(load()).toBe(true);
    write([5n, 1], [5n, 2]);
    expect(load()).toBe(false);
    write([5n, 2], [6n, 1]);
    expect(load()).toBe(false);
  });
});
