// What is injected, under which load. Every fault is one of docs/embedded-broker.md.

/**
 * @typedef {{
 *   name: string,
 *   pace: 'constant' | 'poisson',
 *   recordsPerSecond: number,
 *   faults: readonly object[],
 *   properties: Readonly<Record<string, string>>,
 *   flags: readonly string[],
 *   stop: { ms: number, everyMs: number } | null,
 *   proxyStall: { ms: number, everyMs: number } | null,
 *   queuePerSecond: number | null,
 * }} Case `stop`: the broker's process is stopped and continued from outside; `proxyStall`: a proxy holds bytes; `queuePerSecond`:
 *   each record is a request of its own and stands in a queue that is served at this rate
 */

const produce = { api: 'Produce' };
const paces = /** @type {const} */ (['constant', 'poisson']);
/** One record a request, whatever waits, and no bound in the client that a queue in the broker would meet. */
const single = {
  'batch.size': '1',
  'enable.idempotence': 'false',
  'max.in.flight.requests.per.connection': '500',
};
/** Full after a part of a stall: then send waits, and what it waits is in no service time but in the response times. */
const smallBuffer = { 'batch.size': '2048', 'buffer.memory': '16384' };
const none = { faults: [], properties: {}, flags: [], stop: null, proxyStall: null, queuePerSecond: null };

/** @param {'constant' | 'poisson'} pace @returns {readonly Case[]} */
const casesOf = (pace) => {
  const usual = { ...none, pace, recordsPerSecond: 1000 };
  // At a constant rate a queue only grows when more comes than is served; at random, it comes and goes below that. There the service
  // is long against what it takes to wake two processes (half a millisecond and more on a small virtual machine), since a queue that is
  // busy three quarters of the time makes several times as much of each delay.
  const [offered, served] = pace === 'constant' ? [500, 400] : [60, 80];
  return [
    { ...usual, name: 'fixed delay, 20 ms', faults: [{ match: produce, delay: { ms: 20 } }] },
    {
      ...usual,
      name: 'stall, 400 ms of every 2 s',
      faults: [{ freeze: { ms: 400, afterMs: 1500, everyMs: 2000 } }],
      properties: smallBuffer,
    },
    {
      ...usual,
      name: 'slow ack, 50 ms, 1 in 1000',
      faults: [{ match: produce, delay: { ms: 50, every: 1000 } }],
    },
    {
      ...usual,
      name: 'bimodal delay, 2 or 30 ms (1 in 10)',
      faults: [{ match: produce, delay: { bimodal: { lowMs: 2, highMs: 30, highShare: 0.1 }, seed: 7 } }],
    },
    {
      ...usual,
      name: `reduced rate, ${offered}/s offered, ${served}/s served`,
      recordsPerSecond: offered,
      faults: [{ match: produce, queue: { requestsPerSecond: served } }],
      properties: single,
      // What the schedule alone tells of a queue holds as far as records are sent when they are due.
      flags: ['--pace-spin'],
      queuePerSecond: served,
    },
  ];
};

/** All cases, in the order they run. @type {readonly Case[]} */
export const cases = [
  ...paces.flatMap(casesOf),
  {
    ...none,
    name: 'SIGSTOP of the broker, 600 ms of every 3 s',
    pace: 'constant',
    // The truth takes records as sent when they are due and as answered when the process goes on, as it is not asked in the broker: so
    // they are few enough to leave in one batch.
    recordsPerSecond: 200,
    flags: ['--pace-spin'],
    stop: { ms: 600, everyMs: 3000 },
  },
  {
    ...none,
    name: 'proxy holds bytes, 300 ms of every 2 s',
    pace: 'poisson',
    recordsPerSecond: 1000,
    proxyStall: { ms: 300, everyMs: 2000 },
  },
];
