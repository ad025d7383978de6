import { relative } from 'node:path';
import type { Interrupt } from './interrupt.ts';

/** A path as a person at this place would type it: relative when it lies below the working directory. */
export function shownPath(path: string): string {
  const fromHere = relative(process.cwd(), path);
  return fromHere === '' || fromHere.startsWith('..') ? path : fromHere;
}

/** Where a command writes: results to stdout, everything else to stderr, progress only to a terminal. */
export class Console {
  readonly #command: string;
  readonly #interrupt: Interrupt;
  #progressLength = 0;
  #isClosed = false;

  /** @param command stands before each line of stderr, such as `spillway producer-perf-test`. */
  constructor(command: string, interrupt: Interrupt) {
    this.#command = command;
    this.#interrupt = interrupt;
    process.stdout.on('error', (error: NodeJS.ErrnoException) => this.#onOutputError(error));
    process.stderr.on('error', () => {
      // Nobody reads stderr any more: there is no place left to say so.
    });
  }

  /** Whether the reader of stdout went away. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Prints a line of the result. */
  result(line: string): void {
    this.clearProgress();
    if (!this.#isClosed) process.stdout.write(`${line}\n`);
  }

  /** Prints lines of the result, at least one, and resolves when they were taken: long output does not gather in memory. */
  async results(lines: readonly string[]): Promise<void> {
    await this.bytes(Buffer.from(`${lines.join('\n')}\n`));
  }

  /** Prints bytes of the result as they are, and resolves when they were taken. */
  async bytes(bytes: Uint8Array): Promise<void> {
    this.clearProgress();
    if (this.#isClosed) return;
    await new Promise<void>((resolve) => {
      process.stdout.write(bytes, () => resolve());
    });
  }

  /** Prints a line about what happens, with the command's name before it. */
  note(line: string): void {
    this.plain(`${this.#command}: ${line}`);
  }

  /** Prints a line to stderr as it is. */
  plain(line: string): void {
    this.clearProgress();
    process.stderr.write(`${line}\n`);
  }

  /** Shows how far the test is, in place of what was shown before; nothing when stderr is no terminal. */
  progress(text: string): void {
    if (!process.stderr.isTTY) return;
    const room = Math.max(20, (process.stderr.columns ?? 80) - 1);
    const shown = text.slice(0, room);
    process.stderr.write(`\r${shown.padEnd(this.#progressLength)}`);
    this.#progressLength = shown.length;
  }

  /** Takes the progress line away. */
  clearProgress(): void {
    if (this.#progressLength === 0) return;
    process.stderr.write(`\r${' '.repeat(this.#progressLength)}\r`);
    this.#progressLength = 0;
  }

  /** Resolves when what was printed has left the process. */
  async flush(): Promise<void> {
    this.clearProgress();
    if (this.#isClosed) return;
    await new Promise<void>((resolve) => {
      process.stdout.once('error', () => resolve());
      process.stdout.write('', () => resolve());
    });
  }

  #onOutputError(error: NodeJS.ErrnoException): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    const reason = error.code === 'EPIPE' ? 'nobody reads it any more' : error.message;
    this.note(`stopped: the output cannot be written, ${reason}`);
    this.#interrupt.request('stdout');
  }
}
