import { describe, expect, it } from 'vitest';
import { type FlagTable, readFlags } from '../../src/cli/flags.ts';

const table: FlagTable = {
  output: { kind: 'value', description: 'A file' },
  set: { kind: 'list', description: 'Values' },
  history: { kind: 'optional', description: 'A run or none' },
  force: { kind: 'switch', description: 'Replaces' },
};
const read = (...argv: readonly string[]) => readFlags('report', table, argv, true);

describe('a dash by itself', () => {
  it('is the value of the flag that it stands behind, as it is behind an equals sign', () => {
    for (const argv of [
      ['run', '--output', '-', '--force'],
      ['run', '--output=-', '--force'],
    ]) {
      const flags = read(...argv);
      expect(flags.value('output')).toBe('-');
      expect(flags.words).toEqual(['run']);
      expect(flags.isOn('force')).toBe(true);
    }
    expect(read('--set', '-', 'a').list('set')).toEqual(['-', 'a']);
    expect(read('--history', '-').value('history')).toBe('-');
  });

  it('is a word behind a switch, a word and two dashes', () => {
    expect(read('--force', '-').words).toEqual(['-']);
    expect(read('run', '-').words).toEqual(['run', '-']);
    expect(read('--', '-').words).toEqual(['-']);
    expect(() => read('--output')).toThrow(/--output needs a value/);
    expect(() => read('--output', '--', '-')).toThrow(/--output needs a value/);
  });
});
