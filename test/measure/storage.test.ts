import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { isSameMachine } from '../../src/measure/same-machine.ts';
import { mountOf, parseMounts, storageOf } from '../../src/measure/storage.ts';

const mountinfo = [
  '22 1 254:0 / / rw,relatime - ext4 /dev/vda rw,discard',
  '30 22 0:25 / /dev/shm rw,nosuid - tmpfs tmpfs rw,size=1024k',
  '31 22 0:26 / /mnt/my\\040disk rw shared:1 master:2 - xfs /dev/vdb rw',
  'not a mount',
  '32 30 0:27 / /dev/shm rw - ramfs ramfs rw',
].join('\n');

describe('mounts', () => {
  const mounts = parseMounts(mountinfo);

  test('are read from mountinfo, with blanks in their paths and without lines that are none', () => {
    expect(mounts.map(({ point }) => point)).toEqual(['/', '/dev/shm', '/mnt/my disk', '/dev/shm']);
    expect(mounts[2]).toEqual({ point: '/mnt/my disk', fileSystem: 'xfs', device: '/dev/vdb' });
  });

  test('hold the paths below them, the longest and the last one first', () => {
    expect(mountOf(mounts, '/dev/shm/a')?.fileSystem).toBe('ramfs');
    expect(mountOf(mounts, '/dev/shm')?.fileSystem).toBe('ramfs');
    expect(mountOf(mounts, '/dev/shmall')?.fileSystem).toBe('ext4');
    expect(mountOf(mounts, '/mnt/my disk/kafka/logs')?.device).toBe('/dev/vdb');
    expect(mountOf([], '/')).toBeNull();
  });
});

test('a folder that is not made yet lies where its parent does', () => {
  const folder = mkdtempSync(join(tmpdir(), 'spillway-storage-'));
  try {
    const { freeBytes: _, ...there } = storageOf(folder);
    const { freeBytes: __, ...missing } = storageOf(join(folder, 'a', 'b'));
    expect(missing).toEqual(there);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

describe('a machine', () => {
  const machine = { platform: 'linux', arch: 'x64', cpuModel: 'A', cpuCount: 2, totalMemoryBytes: 1e9, kernel: '6.1' };

  test('stays the same one under another kernel, which keeps a bit more of the memory', () => {
    expect(isSameMachine(machine, { ...machine, kernel: '6.2', totalMemoryBytes: 0.99e9 })).toBe(true);
  });

  test('is another one with more processors, another limit or more memory', () => {
    expect(isSameMachine(machine, { ...machine, cpuCount: 4 })).toBe(false);
    expect(isSameMachine(machine, { ...machine, cgroupCpuLimit: 1 })).toBe(false);
    expect(isSameMachine(machine, { ...machine, totalMemoryBytes: 2e9 })).toBe(false);
  });
});
