import type { Console } from '../console.ts';

/** Bytes that may wait for stdout before reading is paused. */
const MOST_WAITING_BYTES = 1024 * 1024;

/** Prints what comes in bursts; whoever brings it is told to pause while stdout is slower. */
export class PacedOutput {
  readonly #console: Pick<Console, 'bytes'>;
  readonly #setPaused: (isPaused: boolean) => void;
  #waiting: Buffer[] = [];
  #waitingBytes = 0;
  #isPaused = false;
  #writing: Promise<void> | null = null;

  constructor(console: Pick<Console, 'bytes'>, setPaused: (isPaused: boolean) => void) {
    this.#console = console;
    this.#setPaused = setPaused;
  }

  /** Prints bytes after those before; never waits. */
  print(bytes: Buffer): void {
    this.#waiting.push(bytes);
    this.#waitingBytes += bytes.length;
    this.#writing ??= this.#write();
    if (this.#waitingBytes <= MOST_WAITING_BYTES || this.#isPaused) return;
    this.#isPaused = true;
    this.#setPaused(true);
  }

  /** Resolves when all is printed. */
  async finish(): Promise<void> {
    await this.#writing;
  }

  async #write(): Promise<void> {
    // What comes in the same turn goes out in one write.
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      const bytes = Buffer.concat(this.#waiting);
      this.#waiting = [];
      this.#waitingBytes = 0;
      await this.#console.bytes(bytes);
      if (!this.#isPaused) continue;
      this.#isPaused = false;
      this.#setPaused(false);
    }
    this.#writing = null;
  }
}
