/**
 * One server that serves one request after the other, first come, first served: when the n-th leaves is
 * `max(arrival(n), departure(n - 1)) + service(n)`, which is Lindley's recursion (D. V. Lindley, 1952) for its waiting time.
 */
export class SingleServer {
  #freeAtMs = Number.NEGATIVE_INFINITY;

  /** A request comes that takes so long. @returns when it leaves; times are milliseconds on any one clock */
  departureOf(arrivalMs: number, serviceMs: number): number {
    this.#freeAtMs = Math.max(arrivalMs, this.#freeAtMs) + serviceMs;
    return this.#freeAtMs;
  }
}
