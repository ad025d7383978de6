/** Runs the built command line as a user would, in a temporary folder of its own. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** SPILLWAY_MAIN names the command line of another build. */
const mainFile = process.env.SPILLWAY_MAIN ?? fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

/** How a run ended. */
export type Ended = {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
};

/** A run that goes on. */
export type Running = {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  /** Resolves when what was written so far matches; rejects when the run ends first. */
  wrote(stream: 'stdout' | 'stderr', pattern: RegExp): Promise<RegExpExecArray>;
  /** Ids of all processes that this run started, itself included, and that live. */
  processes(): readonly number[];
};

/** A folder to run in, with a temporary directory that nobody else uses. */
export class Place {
  readonly folder = mkdtempSync(join(tmpdir(), 'spillway-cli-'));
  readonly #temporary = join(this.folder, 'tmp');
  readonly #mark = randomUUID();
  readonly #mounted: string[] = [];

  constructor() {
    mkdirSync(this.#temporary);
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  start(...args: readonly string[]): Running {
    return this.#spawn(process.execPath, [mainFile, ...args]);
  }

  /** Starts a run in a shell that has done something before. */
  startAfter(commands: string, ...args: readonly string[]): Running {
    const shell = `${commands} && exec "$0" "$@"`;
    return this.#spawn('bash', ['-c', shell, process.execPath, mainFile, ...args]);
  }

  #spawn(program: string, args: readonly string[]): Running {
    const child = spawn(program, args, {
      cwd: this.folder,
      env: { ...process.env, TMPDIR: this.#temporary, SPILLWAY_TEST_MARK: this.#mark },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const text = { stdout: '', stderr: '' };
    const listeners = new Set<() => void>();
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].setEncoding('utf8').on('data', (chunk: string) => {
        text[name] += chunk;
        for (const listener of listeners) listener();
      });
    }
    const ended = new Promise<Ended>((resolve) => {
      child.once('close', (status, signal) => resolve({ status, signal, ...text }));
    });
    return {
      child,
      ended,
      wrote: (stream, pattern) =>
        new Promise((resolve, reject) => {
          const look = () => {
            const match = pattern.exec(text[stream]);
            if (match !== null) resolve(match);
          };
          listeners.add(look);
          look();
          void ended.then(() => reject(new Error(`ended before ${pattern}: ${JSON.stringify(text)}`)));
        }),
      processes: () => this.processes(),
    };
  }

  run(...args: readonly string[]): Promise<Ended> {
    return this.start(...args).ended;
  }

  /** Living processes that were started from here. */
  processes(): readonly number[] {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name) && readProc(name, 'environ').includes(this.#mark))
      .filter((name) => !/^State:\s+[ZX]/m.test(readProc(name, 'status')))
      .map(Number);
  }

  /** Id of the embedded broker's process. */
  broker(): number {
    const found = this.processes().find((id) => readProc(String(id), 'cmdline').includes('broker/child.js'));
    if (found === undefined) throw new Error('no embedded broker runs');
    return found;
  }

  /** Resolves when nothing that was started from here runs any more. */
  async quiet(): Promise<void> {
    while (this.processes().length > 0) await new Promise((resolve) => setTimeout(resolve, 20));
  }

  /** Names of what was left in the temporary directory. */
  leftovers(): readonly string[] {
    return readdirSync(this.#temporary).filter((name) => name.startsWith('spillway'));
  }

  /** Puts a disk of 8 MiB on a folder of this place until it is removed; false where that is not allowed. */
  mountSmallDisk(name: string): boolean {
    const folder = this.path(name);
    mkdirSync(folder, { recursive: true });
    const isMounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', folder]).status === 0;
    if (isMounted) this.#mounted.push(folder);
    return isMounted;
  }

  /** Ends what still runs and removes the folder. */
  async remove(): Promise<void> {
    for (const id of this.processes()) process.kill(id, 'SIGKILL');
    await this.quiet();
    for (const folder of this.#mounted) spawnSync('umount', [folder]);
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Empty for a process that is gone. */
function readProc(id: string, file: string): string {
  try {
    return readFileSync(`/proc/${id}/${file}`, 'latin1');
  } catch {
    return '';
  }
}
