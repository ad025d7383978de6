import { execFileSync } from 'node:child_process';
import { lstatSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { checkOutput, isSameOutput, writeOutput } from '../../src/cli/write-output.ts';

const folder = mkdtempSync(join(tmpdir(), 'spillway-output-'));
afterAll(() => rmSync(folder, { recursive: true }));
const at = (name: string): string => join(folder, name);

test('a link stays one, and what it leads to is written', () => {
  writeFileSync(at('real'), 'old');
  symlinkSync(at('real'), at('link'));
  checkOutput(at('link'), true);
  writeOutput(at('link'), 'new', true);
  expect(lstatSync(at('link')).isSymbolicLink()).toBe(true);
  expect(readFileSync(at('real'), 'utf8')).toBe('new');
  expect(isSameOutput(at('link'), at('real'))).toBe(true);
  expect(readdirSync(folder).toSorted()).toEqual(['link', 'real']);
});

test('devices and pipes are written to and stay; a pipe that nobody reads is an error', () => {
  checkOutput('/dev/null', true);
  writeOutput('/dev/null', 'text', true);
  expect(lstatSync('/dev/null').isCharacterDevice()).toBe(true);
  expect(isSameOutput('/dev/null', '/dev/null')).toBe(false);
  execFileSync('mkfifo', [at('pipe')]);
  expect(() => writeOutput(at('pipe'), 'text', true)).toThrow('ENXIO');
  expect(lstatSync(at('pipe')).isFIFO()).toBe(true);
});

test('a name that no file can have is refused beforehand', () => {
  expect(() => checkOutput(at('x'.repeat(300)), true)).toThrow('cannot be written to');
  expect(() => checkOutput('/proc/nothing', true)).toThrow('cannot be written to');
});
