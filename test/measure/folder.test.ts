import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { makeFolder } from '../../src/measure/folder.ts';

describe('a folder', () => {
  let place = '';
  beforeEach(() => {
    place = mkdtempSync(join(tmpdir(), 'spillway-folder-'));
  });
  afterEach(() => rmSync(place, { recursive: true }));

  test('is made with its missing parents', () => {
    makeFolder(join(place, 'a', 'b', 'c'));
    expect(existsSync(join(place, 'a', 'b', 'c'))).toBe(true);
  });

  test('that is there stays as it is', () => {
    mkdirSync(join(place, 'a'));
    writeFileSync(join(place, 'a', 'file'), 'x');
    makeFolder(join(place, 'a'));
    expect(existsSync(join(place, 'a', 'file'))).toBe(true);
  });

  test('where a file stands is refused with the error of the system', () => {
    writeFileSync(join(place, 'file'), '');
    expect(() => makeFolder(join(place, 'file'))).toThrow(/EEXIST/);
    expect(() => makeFolder(join(place, 'file', 'below'))).toThrow(/ENOTDIR/);
    expect(() => makeFolder(join(place, 'file', 'far', 'below'))).toThrow(/ENOTDIR/);
  });

  test.skipIf(!existsSync('/proc/self'))('where the kernel lets nobody make one is refused, not tried for ever', () => {
    expect(() => makeFolder('/proc/spillway')).toThrow(/ENOENT/);
    expect(() => makeFolder('/proc/spillway/deep/down')).toThrow(/ENOENT/);
  });
});
