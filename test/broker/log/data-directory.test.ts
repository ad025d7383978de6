import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { writeLeaderEpochs } from '../../../src/broker/log/checkpoint-files.ts';
import { DataDirectory } from '../../../src/broker/log/data-directory.ts';
import { identifyProcess } from '../../../src/broker/log/directory-lock.ts';
import { DataDirectoryError } from '../../../src/broker/log/errors.ts';
import { randomUuid } from '../../../src/protocol/uuid.ts';
import { temporaryFolder } from './support.ts';

const hasProc = existsSync('/proc/self/stat');

const open = (path: string, nodeId = 1, clusterId?: string): DataDirectory => {
  const directory = DataDirectory.open({ path, nodeId, ...(clusterId === undefined ? {} : { clusterId }) });
  onTestFinished(() => directory.close({ isClean: false }));
  return directory;
};

describe('a data directory', () => {
  test('is made with the meta.properties of a KRaft broker, and keeps them', () => {
    const path = join(temporaryFolder(), 'a', 'b');
    const first = open(path, 3, 'our-cluster');
    expect(readFileSync(join(path, 'meta.properties'), 'utf8').trim().split('\n').slice(1)).toEqual([
      'version=1',
      'cluster.id=our-cluster',
      'node.id=3',
      `directory.id=${first.directoryId}`,
    ]);
    first.close({ isClean: true });
    const second = open(path, 3);
    expect([second.clusterId, second.nodeId, second.directoryId]).toEqual(['our-cluster', 3, first.directoryId]);
  });

  test('of another node or cluster, or with broken meta.properties, is refused', () => {
    const path = temporaryFolder();
    open(path, 1, 'one').close({ isClean: true });
    expect(() => open(path, 2)).toThrow(`${path} belongs to node 1, not to node 2; use another --data-dir`);
    expect(() => open(path, 1, 'two')).toThrow(`${path} belongs to cluster one, not to two; use another --data-dir`);
    writeFileSync(join(path, 'meta.properties'), 'version=7\n');
    expect(() => open(path)).toThrow(/meta\.properties should hold version=1/);
    expect(readdirSync(path)).not.toContain('.lock');
  });

  test('tells whether the last stop was clean, and counts as unclean while it is open', () => {
    const path = temporaryFolder();
    const first = open(path);
    expect(first.wasCleanStop).toBe(true);
    first.close({ isClean: true });
    expect(existsSync(join(path, '.kafka_cleanshutdown'))).toBe(true);
    const second = open(path);
    expect([second.wasCleanStop, existsSync(join(path, '.kafka_cleanshutdown'))]).toEqual([true, false]);
    second.close({ isClean: false });
    expect(open(path).wasCleanStop).toBe(false);
  });

  test('lists its partitions with their topic ids and removes what a deletion left behind', () => {
    const path = temporaryFolder();
    const directory = open(path);
    const topicId = randomUuid();
    directory.createPartition('orders', 1, topicId);
    const folder = directory.createPartition('orders', 0, topicId);
    directory.createPartition('a-b.c_1', 12, topicId);
    mkdirSync(join(path, 'no-number-x'));
    mkdirSync(join(path, `orders-2.${'0af3'.repeat(8)}-delete`));
    expect(readFileSync(join(folder, 'partition.metadata'), 'utf8')).toBe(`version: 0\ntopic_id: ${topicId}\n`);
    writeLeaderEpochs(folder, [{ epoch: 0, startOffset: 0 }]);
    directory.close({ isClean: true });
    const listed = open(path).partitions();
    expect(listed.map(({ topic, partitionIndex }) => [topic, partitionIndex])).toEqual([
      ['a-b.c_1', 12],
      ['orders', 0],
      ['orders', 1],
    ]);
    expect(listed[1]).toEqual({ topic: 'orders', partitionIndex: 0, directory: folder, topicId });
    expect(readdirSync(path).some((name) => name.endsWith('-delete'))).toBe(false);
  });

  test("of somebody else's files is refused and left as it is", () => {
    const path = temporaryFolder();
    writeFileSync(join(path, 'package.json'), '{}');
    expect(() => open(path)).toThrow(
      `${path} is not empty and not a broker's data directory (it holds package.json, and no meta.properties); give a folder of its own as --data-dir`,
    );
    expect(readdirSync(path)).toEqual(['package.json']);
  });

  test('that is a file, or cannot be written, is refused in one line', (context) => {
    const folder = temporaryFolder();
    const file = join(folder, 'file');
    writeFileSync(file, '');
    expect(() => open(join(file, 'data'))).toThrow(
      `cannot use ${join(file, 'data')} as data directory: a part of the path is not a directory (ENOTDIR); give a writable --data-dir`,
    );
    if (process.getuid?.() === 0) return context.skip('root may write everywhere');
    chmodSync(folder, 0o500);
    expect(() => open(folder)).toThrow(/permission denied \(EACCES\); give a writable --data-dir/);
    chmodSync(folder, 0o700);
  });
});

describe('the lock', () => {
  test('refuses a directory that a living process holds, naming both', () => {
    const path = temporaryFolder();
    const holder = open(path);
    expect(() => open(path)).toThrow(DataDirectoryError);
    expect(() => open(path)).toThrow(
      `${path} is in use by process ${process.pid}; stop that broker or use another --data-dir`,
    );
    holder.close({ isClean: false });
    expect(() => open(path)).not.toThrow();
  });

  test('of a killed process is taken over, and only the last segments need recovery', async () => {
    const path = temporaryFolder();
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
    const identity = identifyProcess(child.pid ?? 0);
    open(path).close({ isClean: false });
    writeLock(path, child.pid ?? 0, identity?.startTicks ?? '', identity?.bootId ?? '');
    expect(() => open(path)).toThrow(`in use by process ${child.pid}`);
    child.kill('SIGKILL');
    await once(child, 'exit');
    const directory = open(path);
    expect([directory.wasCleanStop, directory.recover]).toEqual([false, hasProc ? 'last' : 'all']);
    expect(readdirSync(path).filter((name) => name.startsWith('.lock'))).toEqual(['.lock']);
  });

  test.runIf(hasProc)('is not confused by another process with the same pid', () => {
    const path = temporaryFolder();
    const own = identifyProcess(process.pid);
    writeLock(path, process.pid, '1', own?.bootId ?? '');
    expect(() => open(path)).not.toThrow();
  });

  test.runIf(hasProc)('from before a reboot is stale, and everything needs recovery', () => {
    const path = temporaryFolder();
    open(path).close({ isClean: false });
    writeLock(path, process.pid, identifyProcess(process.pid)?.startTicks ?? '', 'another-boot');
    expect(open(path).recover).toBe('all');
  });

  test('that holds something else is taken over', () => {
    const path = temporaryFolder();
    writeFileSync(join(path, '.lock'), '');
    expect(() => open(path)).not.toThrow();
  });

  test.runIf(hasProc)('knows that a process has ended', () => {
    const child = spawnSync(process.execPath, ['-e', '']);
    expect(identifyProcess(child.pid)).toBe(null);
  });
});

const writeLock = (path: string, pid: number, startTicks: string, bootId: string): void =>
  writeFileSync(join(path, '.lock'), `pid=${pid}\nstart.ticks=${startTicks}\nboot.id=${bootId}\n`);
