/** How often, how long together and how long at most something was waited for; microseconds. */
export type Waits = { readonly count: number; readonly totalUs: number; readonly maxUs: number };

/** Adds up waits. */
export class WaitAccount implements Waits {
  count = 0;
  totalUs = 0;
  maxUs = 0;

  add(waitUs: number): void {
    this.count++;
    this.totalUs += waitUs;
    if (waitUs > this.maxUs) this.maxUs = waitUs;
  }

  /** The account as it stands, as plain data. */
  totals(): Waits {
    const { count, totalUs, maxUs } = this;
    return { count, totalUs, maxUs };
  }
}
