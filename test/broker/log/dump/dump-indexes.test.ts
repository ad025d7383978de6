import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { append, makeBatch, openLog, temporaryFolder } from '../support.ts';
import { BATCHES, dump, flipBit, INDEX, TIME_INDEX, TIME_MS, writeLog } from './support.ts';

describe('index files', () => {
  const filledLog = (): string => {
    const folder = join(temporaryFolder(), 't-0');
    mkdirSync(folder);
    const log = openLog(folder);
    append(log, ...Array.from({ length: 40 }, (_, index) => makeBatch(5, 200, TIME_MS + index * 10)));
    log.close();
    return folder;
  };

  it('of our own log are right', () => {
    const folder = filledLog();

    for (const name of [INDEX, TIME_INDEX]) {
      const { lines, found } = dump(join(folder, name), BATCHES);
      expect(lines.length).toBeGreaterThan(2);
      expect(lines.every((line) => /^(offset: \d+ position|timestamp: \d+ offset): \d+$/.test(line))).toBe(true);
      expect(found).toEqual([]);
    }
  });

  it('are verified without printing their entries', () => {
    expect(dump(join(filledLog(), INDEX), { ...BATCHES, indexes: 'verify' })).toEqual({
      lines: [],
      found: [],
      hasDamage: false,
    });
  });

  it('pass the check that a broker makes', () => {
    const path = join(filledLog(), TIME_INDEX);

    expect(dump(path, { ...BATCHES, indexes: 'sanity' }).lines).toEqual([`${path} passed sanity check.`]);
  });

  it('fail it when they hold no whole number of entries', () => {
    const path = join(filledLog(), INDEX);
    writeFileSync(path, readFileSync(path).subarray(0, -3));

    const { lines, found, hasDamage } = dump(path, { ...BATCHES, indexes: 'sanity' });

    expect(lines).toEqual([]);
    expect(found.at(-1)).toMatch(/which is not a multiple of 8$/);
    expect(hasDamage).toBe(true);
  });

  it('are held against the log: an offset that is not that of its batch', () => {
    const path = join(filledLog(), INDEX);
    flipBit(path, 3);

    const { found, hasDamage } = dump(path, BATCHES);

    expect(found[0]).toBe(`Mismatches in :${path}`);
    expect(found[1]).toMatch(/^ {2}Index offset: \d+, log offset: \d+$/);
    expect(hasDamage).toBe(true);
  });

  it('are held against the log: a time that is not that of its batch', () => {
    const path = join(filledLog(), TIME_INDEX);
    flipBit(path, 7);

    expect(dump(path, BATCHES).found).toEqual([
      `Found timestamp mismatch in :${path}`,
      expect.stringMatching(/^ {2}Index timestamp: \d+, log timestamp: \d+$/),
    ]);
  });

  it('of a running broker end in zeros that are no entries', () => {
    const folder = filledLog();
    const path = join(folder, INDEX);
    const before = dump(path, BATCHES).lines;
    writeFileSync(path, Buffer.concat([readFileSync(path), Buffer.alloc(800)]));

    expect(dump(path, BATCHES)).toEqual({ lines: before, found: [], hasDamage: false });
    expect(dump(join(folder, TIME_INDEX), BATCHES).found).toEqual([]);
  });

  it('without entries are called empty', () => {
    const folder = temporaryFolder();
    writeLog(folder, makeBatch(1, 1));
    const path = join(folder, INDEX);
    writeFileSync(path, '');

    expect(dump(path, BATCHES).lines).toEqual([`${path} is empty.`]);
  });
});
