import { REPEATED_LINE_MS } from './limits.ts';

/** Lines of one kind that are written within a time span before the rest is counted. */
const BURST = 20;

/** The broker's log lines. Of one kind only so many are written within a few seconds; the rest is counted and said afterwards. */
export class Journal {
  readonly #write: (line: string) => void;
  readonly #onDiskRefusal: ((line: string) => void) | null;
  readonly #kinds = new Map<string, { sinceMs: number; count: number }>();

  /** @param onDiskRefusal takes what `sayDiskRefusal` would write. */
  constructor(write: (line: string) => void, onDiskRefusal: ((line: string) => void) | null = null) {
    this.#write = write;
    this.#onDiskRefusal = onDiskRefusal;
  }

  /** Writes a line, unless `burst` lines of this kind were written in the last few seconds. */
  say(kind: string, line: string, burst: number = BURST): void {
    const nowMs = performance.now();
    const seen = this.#kinds.get(kind);
    if (seen === undefined || nowMs - seen.sinceMs >= REPEATED_LINE_MS) {
      if (seen !== undefined && seen.count > burst)
        this.#write(`(${seen.count - burst} more such lines left out) ${kind}`);
      this.#kinds.set(kind, { sinceMs: nowMs, count: 1 });
      this.#write(line);
      return;
    }
    seen.count++;
    if (seen.count <= burst) this.#write(line);
  }

  /**
   * The disk took no data: a line for whoever waits for that, else a log line with what clients get.
   * @param code the system's error code
   */
  sayDiskRefusal(code: string, line: string): void {
    if (this.#onDiskRefusal !== null) this.#onDiskRefusal(line);
    else this.say(`cannot write ${code}`, `${line}; producers get KAFKA_STORAGE_ERROR`, 1);
  }
}
