import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { extremeValues, loadPayloadFile, splitPayloads } from '../../src/harness/payload-file.ts';
import { readPacked } from '../../src/load/packed-values.ts';

const textOf = (value: Uint8Array): string => Buffer.from(value).toString('utf8');

describe('a payload file', () => {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'spillway-payload-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));
  const fileOf = (text: string): string => {
    const path = join(folder, 'values.txt');
    writeFileSync(path, text);
    return path;
  };

  test('holds the parts between delimiters, empty ones dropped', () => {
    expect(splitPayloads(Buffer.from('one\n\ntwo\nthree\n'), '\n').map(textOf)).toEqual(['one', 'two', 'three']);
    expect(splitPayloads(Buffer.from('a||b||||c'), '||').map(textOf)).toEqual(['a', 'b', 'c']);
    expect(splitPayloads(Buffer.from('whole'), '').map(textOf)).toEqual(['whole']);
    expect(splitPayloads(Buffer.from('\n\n'), '\n')).toEqual([]);
  });

  test('leaves out a byte order mark at its start, and keeps bytes that are not UTF-8', () => {
    const path = join(folder, 'marked.txt');
    const mark = [0xef, 0xbb, 0xbf];
    writeFileSync(path, Buffer.from([...mark, 0x61, 0x0a, 0xff, 0xfe, 0xe2, 0x0a, ...mark]));
    const { values } = readPacked(loadPayloadFile(path, '\n'));
    expect(values.map((value) => Buffer.from(value).toString('hex'))).toEqual(['61', 'fffee2', 'efbbbf']);
    expect(extremeValues(path, '\n')?.longest).toEqual({ bytes: 3, line: 2 });
    writeFileSync(path, Buffer.from(mark));
    expect(() => loadPayloadFile(path, '\n')).toThrow('holds no value');
  });

  test('keeps every byte of UTF-8 text', () => {
    // Any code point but halves of pairs; fast-check's own unit for that takes two seconds to be made.
    const character = fc
      .nat(0x10_ffff)
      .filter((code) => code < 0xd800 || code > 0xdfff)
      .map((code) => String.fromCodePoint(code));
    fc.assert(
      fc.property(fc.array(fc.string({ unit: character }), { maxLength: 20 }), (values) => {
        const kept = values.filter((value) => value !== '' && !value.includes('\n'));
        expect(splitPayloads(Buffer.from(kept.join('\n')), '\n').map(textOf)).toEqual(
          kept.map((value) => textOf(Buffer.from(value))),
        );
      }),
      { numRuns: 30 },
    );
  });

  test('tells its longest value and the line that it begins in', () => {
    expect(extremeValues(fileOf('one\nthree\nseven\n'), '\n')).toEqual({
      longest: { bytes: 5, line: 2 },
      shortest: { bytes: 3, line: 1 },
    });
    expect(extremeValues(fileOf('a;b\nc;\n\ndddd;e'), ';')).toEqual({
      longest: { bytes: 6, line: 2 },
      shortest: { bytes: 1, line: 1 },
    });
    expect(extremeValues(fileOf('\n\n'), '\n')).toBeNull();
  });

  test('goes into shared memory, and is refused without a value', () => {
    const { values, keys } = readPacked(loadPayloadFile(fileOf('one\n\nzwei\n'), '\n'));
    expect(values.map(textOf)).toEqual(['one', 'zwei']);
    expect(keys).toEqual([null, null]);
    expect(() => loadPayloadFile(fileOf('\n'), '\n')).toThrow(/holds no value/);
  });
});
