// Starts the commands and brokers that the benchmarks measure, as a user would, and reads their JSON results.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const main = process.env.SPILLWAY_MAIN ?? fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

/**
 * Runs a script of Node's to its end and gives its standard output. Rejects with its standard error when it fails.
 * @param {readonly string[]} args
 * @returns {Promise<string>}
 */
export const runNode = async (args) => {
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let out = '';
  let err = '';
  child.stdout.on('data', (chunk) => {
    out += chunk;
  });
  child.stderr.on('data', (chunk) => {
    err += chunk;
  });
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`${args.join(' ')} ended with ${code}: ${err}`);
  return out;
};

/**
 * Runs one of our commands with --json and gives its result document.
 * @param {readonly string[]} args
 * @returns {Promise<any>}
 */
export const runCommand = async (args) => JSON.parse(await runNode([main, ...args, '--json', '--no-record']));

/** Runs a command as it is. @param {readonly string[]} args */
export const runPlain = (args) => runNode([main, ...args]);

/**
 * A broker in a process of its own; `stop()` ends it cleanly and keeps its data.
 * @param {string} dataDir
 * @param {readonly string[]} [args]
 */
export const startBroker = async (dataDir, args = []) => {
  const child = spawn(process.execPath, [main, 'broker', '--listen', '127.0.0.1:0', '--data-dir', dataDir, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const lines = [child.stdout, child.stderr].map((stream) => createInterface({ input: stream }));
  const bootstrap = await new Promise((resolve, reject) => {
    for (const reader of lines)
      reader.on('line', (line) => {
        const found = /listening on (\S+:\d+)/.exec(line);
        if (found !== null) resolve(found[1]?.replace(/,$/, '') ?? '');
      });
    child.once('close', () => reject(new Error('the broker did not start')));
  });
  const stop = async () => {
    if (child.exitCode !== null) return;
    child.kill('SIGTERM');
    await once(child, 'close');
  };
  /** Ends it at once, as a crash would. */
  const kill = async () => {
    child.kill('SIGKILL');
    await once(child, 'close');
  };
  return { bootstrap, pid: child.pid ?? 0, stop, kill };
};

/** A folder that is removed when the work is done. @template T @param {(directory: string) => Promise<T>} work @returns {Promise<T>} */
export const inTemporaryFolder = async (work) => {
  const directory = mkdtempSync(join(tmpdir(), 'spillway-bench-'));
  try {
    return await work(directory);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
};
