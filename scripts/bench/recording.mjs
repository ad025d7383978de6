// What recording latencies costs a sender on a schedule: the same records are timed, appended and closed into batches, and the meter
// takes in no batch, the service time alone, or all that is timed of a record (response time, service time and their difference).
// Rounds of the three are interleaved and each batch is its own sample, so that drift and neighbours cancel out.
import { ProduceBatch } from '../../dist/client/produce-batch.js';
import { ProducerMeter } from '../../dist/load/producer-meter.js';
import { createClock, takeClockOrigin } from '../../dist/measure/clock.js';
import { table } from './table.mjs';

const RECORDS = 600;
const BATCHES_A_ROUND = 20;

const median = (/** @type {number[]} */ values) => values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

/** @param {{ smoke: boolean }} options */
export const run = async ({ smoke }) => {
  const nowUs = createClock(takeClockOrigin().monotonicNs);
  const meterOf = (/** @type {boolean} */ hasSchedule) =>
    new ProducerMeter({
      startUs: nowUs(),
      reportingIntervalMs: 1e9,
      warmupRecords: 0,
      ownWarmupRecords: 0,
      hasSchedule,
      progress: { report: () => {} },
      post: () => {},
    });
  const variants = [
    { name: 'nothing', meter: null, costs: /** @type {number[]} */ ([]) },
    { name: 'service time', meter: meterOf(false), costs: /** @type {number[]} */ ([]) },
    { name: 'both latencies and their difference', meter: meterOf(true), costs: /** @type {number[]} */ ([]) },
  ];
  const value = Buffer.alloc(100, 'a');
  const batch = new ProduceBatch(200, 70_000);
  const microsecondsARecord = 20;
  let index = 0;

  const sendBatch = (/** @type {ProducerMeter | null} */ meter) => {
    const startUs = nowUs() - RECORDS * microsecondsARecord;
    batch.begin(0, startUs);
    for (let record = 0; record < RECORDS; record++) {
      const sentAtUs = nowUs();
      const dueAtUs = startUs + record * microsecondsARecord;
      batch.append(Math.floor(sentAtUs * 1e-3), null, value, sentAtUs, dueAtUs, index++);
    }
    batch.finish();
    meter?.settle({
      partition: 0,
      recordCount: batch.recordCount,
      valueBytes: batch.valueBytes,
      sentAtUs: batch.sentAtUs,
      dueAtUs: batch.dueAtUs,
      tags: batch.tags,
      openedAtUs: startUs,
      requestSentAtUs: startUs + 100,
      settledAtUs: nowUs() + 300,
      error: null,
    });
  };

  const endMs = performance.now() + (smoke ? 100 : 3000);
  for (let round = 0; performance.now() < endMs; round++) {
    for (const { meter, costs } of variants) {
      for (let count = 0; count < BATCHES_A_ROUND; count++) {
        const startedMs = performance.now();
        sendBatch(meter);
        // The first rounds are compiled while they run.
        if (round > 2 || smoke) costs.push(((performance.now() - startedMs) * 1e6) / RECORDS);
      }
    }
  }
  const [nothing = Number.NaN, one = Number.NaN, both = Number.NaN] = variants.map(({ costs }) => median(costs));
  const over = (/** @type {number} */ cost, /** @type {number} */ base) => `+${((cost / base - 1) * 100).toFixed(1)} %`;
  const rows = [
    ['nothing', nothing.toFixed(1), '', ''],
    ['service time', one.toFixed(1), over(one, nothing), ''],
    ['both latencies and their difference', both.toFixed(1), over(both, nothing), over(both, one)],
  ];
  return {
    title: 'Recording latencies at a rate',
    text: table(['recorded', 'ns a record', 'against nothing', 'against one'], rows),
  };
};
