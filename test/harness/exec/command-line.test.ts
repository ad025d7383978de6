import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fillPlaces, splitCommandLine } from '../../../src/harness/exec/command-line.ts';

describe('a command line', () => {
  test('is parted by blanks, and kept together by quotes and backslashes', () => {
    expect(splitCommandLine(`  tool  -b {bootstrap} "two words" 'a "b" \\' c\\ d "" x'y'z "\\""`)).toEqual([
      ...['tool', '-b', '{bootstrap}', 'two words', 'a "b" \\', 'c d', '', 'xyz', '"'],
    ]);
  });

  test('is refused when a quote stays open, or when it is empty', () => {
    expect(() => splitCommandLine('tool "a')).toThrow('a quote (") is not closed in "tool \\"a"');
    expect(() => splitCommandLine('  ')).toThrow('it names no program');
  });

  test('gives words back that were quoted', () => {
    const quote = (word: string): string => `'${word.replaceAll("'", `'"'"'`)}'`;
    fc.assert(
      fc.property(fc.array(fc.string(), { minLength: 1 }), (words) => {
        expect(splitCommandLine(words.map(quote).join(' '))).toEqual(words);
      }),
    );
  });

  test('has places that are filled in, each as often as it stands there', () => {
    const places = { topic: 't', 'batch.size': '16384' };
    expect(fillPlaces(['{topic}', '-X{batch.size}:{topic}', '{}', '{ topic }'], places, () => '')).toEqual([
      ...['t', '-X16384:t', '{}', '{ topic }'],
    ]);
    expect(() => fillPlaces(['{topics}'], places, (name) => `known are {topic}, not ${name}`)).toThrow(
      '{topics} is not filled in; known are {topic}, not topics',
    );
  });
});
