// The truth about latencies, from the schedule and from when answers were let go; pure functions, without the client's clock.
// Times are microseconds since one origin.

/** Percentiles that are checked. */
export const PERCENTILES = [50, 90, 95, 99, 99.9];

/** What the check allows: a percentile may differ by the larger of the two; the maximum may be above by so much, never below. */
export const TOLERANCE = { relative: 0.02, absoluteMs: 1, maxAboveMs: 5 };

/**
 * What a file of record times resolves: record time stamps are whole milliseconds, so that the call of send that they tell of is
 * known within one.
 */
export const STAMP_US = 1000;

/**
 * @typedef {{ offset: number, count: number, arrivalUs: number, releaseUs: number, correlationId: number }} Request a batch of a
 *   produce request: its first record and how many, when the broker read it, when the answer was let go
 * @typedef {{ p50: number, p90: number, p95: number, p99: number, p999: number, max: number }} Figures milliseconds
 */

/**
 * When the answer to each record was let go. Throws when a record is in no request, or in two: the records are then not those of
 * one producer that sent each of them once.
 * @param {readonly Request[]} requests
 * @param {number} recordCount
 */
export const releaseOfRecords = (requests, recordCount) => {
  const releases = new Float64Array(recordCount).fill(Number.NaN);
  for (const { offset, count, releaseUs } of requests)
    for (let index = offset; index < offset + count && index < recordCount; index++) {
      if (!Number.isNaN(releases[index])) throw new Error(`record ${index} was acknowledged twice`);
      releases[index] = releaseUs;
    }
  const missing = releases.findIndex((release) => Number.isNaN(release));
  if (missing >= 0) throw new Error(`the answer to record ${missing} was never let go`);
  return releases;
};

/**
 * When records due at these times are answered at the earliest by a target that stands still in some windows and takes no time
 * otherwise.
 * @param {Float64Array} dueUs
 * @param {readonly { fromUs: number, toUs: number }[]} windows
 */
export const releaseAfterWindows = (dueUs, windows) =>
  dueUs.map((due) => windows.find(({ fromUs, toUs }) => due >= fromUs && due < toUs)?.toUs ?? due);

/**
 * When each of several requests leaves one server that serves them in order, `serviceUs` each. By Lindley's recursion the n-th waits
 * `W(n) = max(0, W(n-1) + S - (A(n) - A(n-1)))` and leaves at `A(n) + W(n) + S`.
 * @param {Float64Array} arrivalsUs growing
 * @param {number} serviceUs
 */
export const lindleyDepartures = (arrivalsUs, serviceUs) => {
  let waitUs = 0;
  return arrivalsUs.map((arrival, index) => {
    if (index > 0) waitUs = Math.max(0, waitUs + serviceUs - (arrival - (arrivalsUs[index - 1] ?? 0)));
    return arrival + waitUs + serviceUs;
  });
};

/**
 * When send was called for each record: its time stamp says in which millisecond, and no record is sent before it is due. So one
 * that is on time is known exactly, and one that had to wait within half a millisecond.
 * @param {Float64Array} stampsUs time stamps of the records, as times since the origin
 * @param {Float64Array} dueUs
 */
export const appendTimes = (stampsUs, dueUs) =>
  stampsUs.map((stamp, index) => {
    const due = dueUs[index] ?? 0;
    if (due >= stamp + STAMP_US) return stamp + STAMP_US;
    return due >= stamp ? due : stamp + STAMP_US / 2;
  });

/** Differences of two rows from an index on. @param {Float64Array} to @param {Float64Array} from @param {number} first */
export const differences = (to, from, first) => to.slice(first).map((at, index) => at - (from[first + index] ?? 0));

/**
 * Percentiles by HdrHistogram's rule: the value of rank `p * n`, rounded.
 * @param {Float64Array} latenciesUs
 * @returns {Figures}
 */
export const figuresOf = (latenciesUs) => {
  if (latenciesUs.length === 0) throw new Error('there are no latencies');
  const sorted = Float64Array.from(latenciesUs).sort();
  /** @param {number} percentile */
  const at = (percentile) => {
    const rank = Math.min(sorted.length, Math.max(1, Math.floor((percentile / 100) * sorted.length + 0.5)));
    return (sorted[rank - 1] ?? 0) / 1e3;
  };
  return { p50: at(50), p90: at(90), p95: at(95), p99: at(99), p999: at(99.9), max: at(100) };
};

/** @type {readonly (keyof Figures)[]} */
const CHECKED = ['p50', 'p90', 'p95', 'p99', 'p999'];

/**
 * Holds reported figures against the truth.
 * @param {string} what
 * @param {Figures} reported
 * @param {Figures} truth
 * @param {number} [resolutionMs] how much above itself the truth may stand, for service times out of time stamps
 * @returns {string[]} what is wrong, one line each; none when all is right
 */
export const complaintsOf = (what, reported, truth, resolutionMs = 0) => {
  /** @type {string[]} */
  const complaints = [];
  /** @param {keyof Figures} name */
  const both = (name) => `${what} ${name}: reported ${reported[name].toFixed(3)} ms, true ${truth[name].toFixed(3)} ms`;
  for (const name of CHECKED) {
    const allowed = Math.max(TOLERANCE.absoluteMs, truth[name] * TOLERANCE.relative);
    // Also what is not a number fails.
    if (!(Math.abs(reported[name] - truth[name]) <= allowed))
      complaints.push(`${both(name)} (± ${allowed.toFixed(2)})`);
  }
  // Histograms count whole microseconds.
  if (!(reported.max >= truth.max - resolutionMs - 0.001)) complaints.push(`${both('max')} (never below)`);
  if (!(reported.max <= truth.max + TOLERANCE.maxAboveMs))
    complaints.push(`${both('max')} (at most ${TOLERANCE.maxAboveMs} ms above)`);
  return complaints;
};
