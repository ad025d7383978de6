import { spawn, spawnSync } from 'node:child_process';
import { closeSync, constants, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readFailure, readInputFile } from '../../src/cli/input-file.ts';
import { payloadFile } from '../../src/cli/payload-file.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'spillway-input-'));
  writeFileSync(join(folder, 'file'), 'linger.ms=5\n');
  writeFileSync(join(folder, 'empty'), '');
  spawnSync('mkfifo', [join(folder, 'silent'), join(folder, 'fed'), join(folder, 'payloads'), join(folder, 'left')]);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Why a file could not be read. */
const refusal = (path: string): string => {
  try {
    readInputFile(path);
  } catch (error) {
    return readFailure(path, error);
  }
  throw new Error(`read: ${path}`);
};

describe('a file that a flag names', () => {
  it('is read whole, and an empty device as nothing', () => {
    expect(readInputFile(join(folder, 'file')).toString()).toBe('linger.ms=5\n');
    expect(readInputFile('/dev/null')).toHaveLength(0);
  });

  it('may be a pipe, which is read to its end', () => {
    const pipe = join(folder, 'fed');
    // More than a pipe holds, and something that comes late.
    spawn('bash', ['-c', `{ head -c 300000 /dev/zero; sleep 0.05; echo end; } > ${pipe}`], { stdio: 'ignore' });
    const bytes = readInputFile(pipe);
    expect(bytes).toHaveLength(300_004);
    expect(bytes.subarray(-4).toString()).toBe('end\n');
  });

  it('is empty when it is a pipe that somebody opened and wrote nothing to', () => {
    spawn('bash', ['-c', `exec 3> ${join(folder, 'left')}; sleep 0.2`], { stdio: 'ignore' });
    expect(readInputFile(join(folder, 'left'))).toHaveLength(0);
    // As a shell hands one over: opened, and its writer gone.
    const descriptor = openSync(join(folder, 'silent'), constants.O_RDONLY | constants.O_NONBLOCK);
    const path = `/proc/self/fd/${descriptor}`;
    try {
      expect(readInputFile(path)).toHaveLength(0);
      expect(() => payloadFile(path)).toThrow(`--payload-file must hold payloads; "${path}" is empty`);
    } finally {
      closeSync(descriptor);
    }
  });

  it('is refused when it is a pipe that nobody writes to, or a device', () => {
    expect(refusal(join(folder, 'silent'))).toMatch(/silent" is a pipe that nobody writes to$/);
    expect(refusal('/dev/zero')).toBe('"/dev/zero" is a device');
    expect(refusal(folder)).toMatch(/is a directory$/);
    expect(refusal(join(folder, 'missing'))).toMatch(/does not exist$/);
  });
});

describe('a payload file', () => {
  it('is taken as it is, and a pipe is kept in a file that every producer can read', () => {
    const file = join(folder, 'file');
    expect(payloadFile(file)).toBe(file);
    const pipe = join(folder, 'payloads');
    spawn('bash', ['-c', `printf 'a\\nb\\n' > ${pipe}`], { stdio: 'ignore' });
    const kept = payloadFile(pipe);
    expect(readFileSync(kept, 'utf8')).toBe('a\nb\n');
    expect(readFileSync(kept, 'utf8')).toBe('a\nb\n');
  });

  it('must hold something', () => {
    expect(() => payloadFile(join(folder, 'empty'))).toThrow(/--payload-file must hold payloads; .*empty" is empty/);
    expect(() => payloadFile('/dev/null')).toThrow('--payload-file must hold payloads; "/dev/null" is empty');
    expect(() => payloadFile(folder)).toThrow(/must be a readable text file; .* is a directory/);
  });
});
