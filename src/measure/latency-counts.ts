/**
 * Counts latencies in the buckets of an HdrHistogram of whole microseconds with three significant digits, in a plain array: a record
 * costs a few nanoseconds, where a call into a histogram's WebAssembly costs twenty. What was counted goes as a snapshot to
 * the process that adds up, where it becomes a histogram (`measure/histogram.ts`) with the very same buckets.
 */

/** What was counted in a stretch: buckets in rising order, how many latencies each holds, and the longest one, microseconds. */
export type LatencySnapshot = {
  readonly buckets: Uint32Array;
  readonly counts: Float64Array;
  readonly maxUs: number;
};

/** A bucket holds 1 us below this, 2 us from here to its double, 4 us from there, and so on. */
const exactBelow = 2048;
/** Buckets of each doubling above. */
const halfSize = 1024;
const halfBits = 10;
/** Bits of the shift that brings a value of 2^31 or more into the range of whole 32-bit arithmetic. */
const wideBits = 21;
const wideFactor = 2 ** wideBits;
const wideFrom = 2 ** 31;
/** Values below 2^20 us, about a second, need no larger array; 88 KiB. */
const initialLength = 11 * halfSize;

const narrowBucketOf = (value: number): number => {
  const doublings = wideBits - Math.clz32(value | (exactBelow - 1));
  return (doublings << halfBits) + (value >>> doublings);
};

/** Whether a latency fits whole 32-bit arithmetic. */
const isNarrow = (latencyUs: number): boolean => latencyUs >= 0 && latencyUs < wideFrom;

/** The bucket of a whole number of microseconds from 0 to 2^53 - 1. */
export const bucketOf = (valueUs: number): number =>
  valueUs < wideFrom
    ? narrowBucketOf(valueUs)
    : (wideBits << halfBits) + narrowBucketOf(Math.floor(valueUs / wideFactor));

/** The smallest value of a bucket, microseconds. */
export const bucketStartUs = (bucket: number): number => {
  if (bucket < exactBelow) return bucket;
  const doublings = (bucket >>> halfBits) - 1;
  return (bucket - (doublings << halfBits)) * 2 ** doublings;
};

/** Latencies of one kind in one thread; grows with the longest one. */
export class LatencyCounts {
  #counts = new Float64Array(initialLength);
  #maxUs = -1;

  /** Counts one latency, microseconds; a negative one as 0. @returns how many were negative by more than half a microsecond */
  record(latencyUs: number): number {
    return this.#add(latencyUs + 0.5);
  }

  /**
   * Counts `at - from[i]` for each of the entries `start` to `end - 1`. A negative latency (two clocks that disagree) counts as 0.
   * @returns how many were negative by more than half a microsecond
   */
  recordSince(from: Float64Array, start: number, end: number, at: number): number {
    const roundedAt = at + 0.5;
    let counts = this.#counts;
    let longest = this.#maxUs;
    let negatives = 0;
    for (let index = start; index < end; index++) {
      const rounded = roundedAt - (from[index] ?? 0);
      const value = rounded | 0;
      const bucket = narrowBucketOf(value);
      if (isNarrow(rounded) && bucket < counts.length) {
        counts[bucket] = (counts[bucket] ?? 0) + 1;
        if (value > longest) longest = value;
      } else {
        negatives += this.#add(rounded);
        counts = this.#counts;
      }
    }
    if (longest > this.#maxUs) this.#maxUs = longest;
    return negatives;
  }

  /** Counts `to[i] - from[i]` for each of the entries `start` to `end - 1`, as recordSince(). */
  recordBetween(from: Float64Array, to: Float64Array, start: number, end: number): number {
    let counts = this.#counts;
    let longest = this.#maxUs;
    let negatives = 0;
    for (let index = start; index < end; index++) {
      const rounded = (to[index] ?? 0) - (from[index] ?? 0) + 0.5;
      const value = rounded | 0;
      const bucket = narrowBucketOf(value);
      if (isNarrow(rounded) && bucket < counts.length) {
        counts[bucket] = (counts[bucket] ?? 0) + 1;
        if (value > longest) longest = value;
      } else {
        negatives += this.#add(rounded);
        counts = this.#counts;
      }
    }
    if (longest > this.#maxUs) this.#maxUs = longest;
    return negatives;
  }

  /**
   * Counts three in one pass, at two thirds of what they cost one after the other: `at - sent[i]` here, `at - due[i]` in `response`, and
   * `sent[i] - due[i]` in `lateness`, as recordSince().
   * @returns how many of the first two were negative
   */
  recordScheduled(
    response: LatencyCounts,
    lateness: LatencyCounts,
    sent: Float64Array,
    due: Float64Array,
    start: number,
    end: number,
    at: number,
  ): number {
    const roundedAt = at + 0.5;
    let serviceCounts = this.#counts;
    let responseCounts = response.#counts;
    let latenessCounts = lateness.#counts;
    let length = Math.min(serviceCounts.length, responseCounts.length, latenessCounts.length);
    let longestService = this.#maxUs;
    let longestResponse = response.#maxUs;
    let longestLateness = lateness.#maxUs;
    let negatives = 0;
    for (let index = start; index < end; index++) {
      const sentAt = sent[index] ?? 0;
      const dueAt = due[index] ?? 0;
      const service = (roundedAt - sentAt) | 0;
      const late = (sentAt - dueAt + 0.5) | 0;
      const whole = (roundedAt - dueAt) | 0;
      // The response time is the sum of the two others: when it fits and none of them is negative, all fit.
      const bucket = narrowBucketOf(whole);
      if (roundedAt >= sentAt && sentAt >= dueAt && roundedAt - dueAt < wideFrom && bucket < length) {
        const serviceBucket = narrowBucketOf(service);
        const lateBucket = narrowBucketOf(late);
        serviceCounts[serviceBucket] = (serviceCounts[serviceBucket] ?? 0) + 1;
        responseCounts[bucket] = (responseCounts[bucket] ?? 0) + 1;
        latenessCounts[lateBucket] = (latenessCounts[lateBucket] ?? 0) + 1;
        if (service > longestService) longestService = service;
        if (whole > longestResponse) longestResponse = whole;
        if (late > longestLateness) longestLateness = late;
      } else {
        negatives += this.record(at - sentAt) + response.record(at - dueAt);
        lateness.record(sentAt - dueAt);
        serviceCounts = this.#counts;
        responseCounts = response.#counts;
        latenessCounts = lateness.#counts;
        length = Math.min(serviceCounts.length, responseCounts.length, latenessCounts.length);
      }
    }
    this.#maxUs = Math.max(this.#maxUs, longestService);
    response.#maxUs = Math.max(response.#maxUs, longestResponse);
    lateness.#maxUs = Math.max(lateness.#maxUs, longestLateness);
    return negatives;
  }

  /** What was counted since the last call; null when nothing was. */
  take(): LatencySnapshot | null {
    if (this.#maxUs < 0) return null;
    const all = this.#counts;
    const end = bucketOf(this.#maxUs) + 1;
    let used = 0;
    for (let bucket = 0; bucket < end; bucket++) if (all[bucket] !== 0) used++;
    const buckets = new Uint32Array(used);
    const counts = new Float64Array(used);
    let next = 0;
    for (let bucket = 0; bucket < end; bucket++) {
      const count = all[bucket] ?? 0;
      if (count === 0) continue;
      buckets[next] = bucket;
      counts[next] = count;
      next++;
    }
    const maxUs = this.#maxUs;
    all.fill(0, 0, end);
    this.#maxUs = -1;
    return { buckets, counts, maxUs };
  }

  /** Counts any latency, given half a microsecond too high. @returns 1 for a negative one */
  #add(rounded: number): number {
    const value = rounded > 0 ? Math.floor(rounded) : 0;
    const bucket = bucketOf(value);
    if (bucket >= this.#counts.length) this.#grow(bucket);
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1;
    if (value > this.#maxUs) this.#maxUs = value;
    return rounded < 0 ? 1 : 0;
  }

  #grow(bucket: number): void {
    const larger = new Float64Array(((bucket >>> halfBits) + 1) << halfBits);
    larger.set(this.#counts);
    this.#counts = larger;
  }
}
