import { type ChildProcess, fork, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { ChildMessage, ChildOptions } from '../../src/broker/child.ts';
import { temporaryDirectory } from './wire.ts';

const entry = fileURLToPath(new URL('../../dist/broker/child.js', import.meta.url));

const options = (more: Partial<ChildOptions> = {}): string =>
  JSON.stringify({ host: '127.0.0.1', port: 0, dataDir: temporaryDirectory(), config: {}, ...more });

const start = (json: string): ChildProcess => {
  const child = fork(entry, [json], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  return child;
};
const message = (child: ChildProcess): Promise<ChildMessage> =>
  new Promise((resolve) => child.once('message', (value) => resolve(value as ChildMessage)));
const exitOf = (child: ChildProcess): Promise<number | null> =>
  new Promise((resolve) => child.once('exit', (status) => resolve(status)));

describe('a broker in a child process', () => {
  it('says when it is ready, and answers for what it uses', async () => {
    const child = start(options({ config: { 'num.partitions': '7' } }));
    expect(await message(child)).toMatchObject({ kind: 'ready', host: '127.0.0.1', pid: child.pid });
    child.send({ kind: 'usage' });
    const usage = await message(child);
    expect(usage).toMatchObject({ kind: 'usage', settings: { 'num.partitions': '7' } });
    if (usage.kind === 'usage') expect(Math.min(usage.rssBytes, usage.cpuUsage.user)).toBeGreaterThan(0);
  });

  it('says in one line why it cannot start, and ends', async () => {
    const child = start(options({ config: { 'num.partition': '7' } }));
    const ended = exitOf(child);
    expect(await message(child)).toMatchObject({
      kind: 'failed',
      isUsage: true,
      message: expect.stringContaining('num.partitions'),
    });
    expect(await ended).toBe(1);
  });

  it('closes its logs and removes its temporary directory when its parent lets go', async () => {
    const dataDir = join(temporaryDirectory(), 'data');
    const child = start(options({ dataDir, removeDataDir: true }));
    await message(child);
    expect(existsSync(dataDir)).toBe(true);
    const ended = exitOf(child);
    child.disconnect();
    expect(await ended).toBe(0);
    expect(existsSync(dataDir)).toBe(false);
  });

  it('leaves the clean-shutdown marker on SIGTERM and does not end on SIGINT', async () => {
    const dataDir = temporaryDirectory();
    const child = start(options({ dataDir }));
    await message(child);
    child.kill('SIGINT');
    child.send({ kind: 'usage' });
    await message(child);
    const ended = exitOf(child);
    child.kill('SIGTERM');
    expect(await ended).toBe(0);
    expect(readFileSync(join(dataDir, '.kafka_cleanshutdown'), 'utf8')).toContain('version');
  });

  it('ends when its parent is killed', async () => {
    const dataDir = join(temporaryDirectory(), 'data');
    const script = `
      import { fork } from 'node:child_process';
      const child = fork(process.argv[1], [process.argv[2]], { execArgv: [], stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
      child.on('message', (ready) => console.log(ready.port));
    `;
    const args = ['--input-type=module', '-e', script, entry, options({ dataDir, removeDataDir: true })];
    const parent = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    onTestFinished(() => {
      parent.kill('SIGKILL');
    });
    const port = Number(await new Promise((resolve) => parent.stdout.once('data', (data) => resolve(String(data)))));
    const socket = connect(port, '127.0.0.1');
    await new Promise((resolve) => socket.once('connect', resolve));
    const closed = new Promise((resolve) => socket.once('close', resolve));
    parent.kill('SIGKILL');
    await closed;
    await expect.poll(() => existsSync(dataDir), { timeout: 10_000 }).toBe(false);
  });
});
