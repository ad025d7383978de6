/** Why a command was asked to end early. */
export type InterruptCause = 'SIGINT' | 'SIGTERM' | 'SIGHUP' | 'stdout';

/** Kafka-independent exit statuses of an interrupted command: 128 and the signal's number; 1 when nobody reads the output any more. */
const STATUS: Readonly<Record<InterruptCause, number>> = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129, stdout: 1 };

/** Turns signals and a closed output into one request to stop. */
export class Interrupt {
  readonly #controller = new AbortController();
  #cause: InterruptCause | null = null;

  /** Aborted at the first request to stop. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** The first request's cause; null before it. */
  get cause(): InterruptCause | null {
    return this.#cause;
  }

  /** The exit status that the cause asks for; null when nobody asked to stop. */
  get exitStatus(): number | null {
    return this.#cause === null ? null : STATUS[this.#cause];
  }

  /** Asks to stop; later requests change nothing. */
  request(cause: InterruptCause): void {
    if (this.#cause !== null) return;
    this.#cause = cause;
    this.#controller.abort();
  }

  /**
   * Listens to Ctrl-C, SIGTERM and SIGHUP (the terminal went away). The second signal ends the process at once.
   * @param onFirst called at the first signal, before anybody else is told.
   */
  listen(onFirst: () => void): void {
    for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.on(name, () => {
        if (this.#cause !== null && this.#cause !== 'stdout') process.exit(STATUS[name]);
        if (this.#cause === null) onFirst();
        this.request(name);
      });
    }
  }
}
