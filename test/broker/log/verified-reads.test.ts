import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CorruptLogError } from '../../../src/broker/log/errors.ts';
import { VerifiedRanges } from '../../../src/broker/log/verified-ranges.ts';
import { append, makeBatch, openLog, readBytes, temporaryFolder } from './support.ts';

describe('a bit that flipped on disk', () => {
  test('anywhere in a batch is found when it is read, and what stands before it is served', async () => {
    const folder = temporaryFolder();
    const settings = { segmentBytes: 3 * makeBatch(2, 100).length };
    const log = openLog(folder, { settings });
    append(log, ...[1000, 2000, 3000, 4000].map((timestampMs) => makeBatch(2, 100, timestampMs)));
    log.close();
    const path = join(folder, '00000000000000000000.log');
    const whole = readFileSync(path);
    const size = whole.length / 3;
    for (let at = 0; at < size; at += at < 61 ? 1 : 29) {
      // The leader epoch is covered by no CRC, and any value would do.
      if (at >= 12 && at < 16) continue;
      const broken = Buffer.from(whole);
      broken[size + at] = (broken[size + at] ?? 0) ^ 0x20;
      writeFileSync(path, broken);
      const reopened = openLog(folder, { settings });
      const read = async (offset: number) => (await readBytes(reopened, offset, 1e6)).equals(whole.subarray(0, size));
      expect([at, await read(0)]).toEqual([at, true]);
      await expect(async () => readBytes(reopened, 2, 1e6)).rejects.toThrow(CorruptLogError);
      await expect(async () => readBytes(reopened, 2, 1e6)).rejects.toThrow(
        `${path} holds no whole record batch at byte ${size}`,
      );
      reopened.close();
    }
  });
});

describe('verified ranges', () => {
  test('know exactly the positions that were added', () => {
    const range = fc.tuple(fc.nat(200), fc.nat(40));
    fc.assert(
      fc.property(fc.array(range, { maxLength: 12 }), (added) => {
        const ranges = new VerifiedRanges();
        const known = new Set<number>();
        for (const [start, length] of added) {
          ranges.add(start, start + length);
          for (let at = start; at < start + length; at++) known.add(at);
        }
        for (let at = 0; at < 260; at++) {
          let end = at;
          while (known.has(end)) end++;
          expect(ranges.endFrom(at)).toBe(end);
        }
      }),
    );
  });
});
