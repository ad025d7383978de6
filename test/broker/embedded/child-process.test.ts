import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import type * as Library from '../../../src/index.ts';
import { batchOf, produceTo, Wire } from '../wire.ts';

/** The child is built code; SPILLWAY_MAIN names the command line of another build. */
const mainFile = process.env.SPILLWAY_MAIN ?? fileURLToPath(new URL('../../../dist/cli/main.js', import.meta.url));
const indexUrl = pathToFileURL(join(dirname(mainFile), '../index.js')).href;
const library: typeof Library = await import(indexUrl);

const start = async (options: Library.EmbeddedBrokerOptions = {}) => {
  const broker = await library.startBroker({ process: 'child', ...options });
  onTestFinished(() => broker.close());
  return broker;
};

/** Runs a program that has `startBroker`; resolves with what it wrote and how it ended. */
const run = async (program: string): Promise<{ stdout: string; stderr: string; status: number | null }> => {
  const text = `import { startBroker } from ${JSON.stringify(indexUrl)};\n${program}`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', text], { stdio: ['ignore', 'pipe', 'pipe'] });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (piece) => {
    stdout += piece;
  });
  child.stderr.setEncoding('utf8').on('data', (piece) => {
    stderr += piece;
  });
  const status = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { stdout, stderr, status };
};

describe('a broker in a child process', () => {
  it('does what one in this process does', async () => {
    const broker = await start({ topics: ['t'], config: { 'num.partitions': 2 } });
    expect(broker.pid).not.toBe(process.pid);
    await broker.createTopics(['u']);
    const wire = await Wire.open(broker);
    const fault = await broker.faults.fail(
      { api: 'Produce', topic: 't' },
      { error: 'NOT_LEADER_OR_FOLLOWER', times: 1 },
    );
    expect((await produceTo(wire, 't', batchOf('a'))).errorCode).toBe(6);
    expect((await produceTo(wire, 't', batchOf('a'), { index: 1 })).errorCode).toBe(0);
    expect(await fault.hits()).toBe(1);
    expect(await broker.faults.history()).toEqual([
      { fault: fault.id, kind: 'fail', api: 'Produce', clientId: 'test', ms: null },
    ]);
    await fault.remove();
    await broker.faults.clear();
    await expect(broker.createTopics(['t'])).rejects.toThrow(library.TopicError);
    await expect(broker.faults.freeze(-1)).rejects.toThrow(library.FaultError);
    await broker.close();
    expect(existsSync(broker.dataDir)).toBe(false);
    await expect(broker.faults.clear()).rejects.toThrow('the broker is closed');
  });

  it('says in one line why it cannot start, and leaves no folder behind', async () => {
    const starting = library.startBroker({ process: 'child', config: { 'num.partition': 1 } });
    await expect(starting).rejects.toThrow(library.BrokerStartError);
    await expect(starting).rejects.toThrow('num.partitions');
  });

  it('tells its log lines', async () => {
    const lines: string[] = [];
    const broker = await start({ log: (line) => lines.push(line) });
    (await Wire.open(broker)).socket.write('GET / HTTP/1.1\r\n\r\n');
    await expect.poll(() => lines).toEqual([expect.stringMatching(/^closed the connection/)]);
  });

  it('can be killed, which calls are told of, and closed afterwards', async () => {
    const broker = await start();
    process.kill(broker.pid, 'SIGKILL');
    await expect
      .poll(() => broker.faults.clear().catch((error: Error) => error.message))
      .toMatch("the broker's process has ended (signal SIGKILL)");
    await broker.close();
    expect(existsSync(broker.dataDir)).toBe(false);
  });
});

describe('a program with a broker', () => {
  it.each(['same', 'child'])('ends by itself once it has closed the broker (process: %s)', async (process) => {
    const { stdout, stderr, status } = await run(
      `const broker = await startBroker({ process: '${process}', topics: ['t'] });
      await broker.faults.delay({}, { ms: 60_000 });
      broker.faults.freeze(1000, { afterMs: 60_000 });
      await broker.close();
      console.log('closed');`,
    );
    expect({ stdout, stderr, status }).toEqual({ stdout: 'closed\n', stderr: '', status: 0 });
  });

  it.each(['same', 'child'])('leaves no folder behind when it exits without closing (process: %s)', async (process) => {
    const { stdout, status } = await run(
      `const broker = await startBroker({ process: '${process}' });
      console.log(broker.dataDir);
      setImmediate(() => globalThis.process.exit(3));`,
    );
    expect([stdout, status]).toEqual([expect.stringContaining('spillway-broker-'), 3]);
    await expect.poll(() => existsSync(stdout.trim())).toBe(false);
  });
});
