// End-to-end latency at 10,000 records/s with linger.ms=0 on an embedded broker, and the closed loop of Kafka's tool beside it.
import { runCommand } from './processes.mjs';
import { median, table } from './table.mjs';

/** @typedef {{ p50: number, p99: number, p999: number, max: number }} Latency */

const recordsPerSecond = 10_000;

/** @param {readonly string[]} more @returns {Promise<any>} */
const measure = (more) =>
  runCommand(['e2e-latency', '--topic', 't', '--producer-acks', '1', '--record-size', '100', ...more]);

/** @param {{ smoke: boolean }} options */
export const run = async ({ smoke }) => {
  const rounds = smoke ? 1 : 5;
  const seconds = smoke ? 0.5 : 10;
  const warmup = ['--warmup-duration', `${seconds / 5}s`, '--duration', `${seconds}s`];
  /** @type {Map<string, Latency[]>} */
  const figures = new Map();
  const note = (/** @type {string} */ name, /** @type {Latency} */ latency) =>
    figures.set(name, [...(figures.get(name) ?? []), latency]);
  for (let round = 0; round < rounds; round++) {
    const paced = await measure([...warmup, '--throughput', String(recordsPerSecond)]);
    note('from the due time to the receipt', paced.endToEndResponseTimeMs);
    note('from the send to the receipt', paced.endToEndServiceTimeMs);
    note('from the send to the acknowledgement', paced.ackTimeMs);
    const inTurn = await measure(warmup);
    note('one record at a time, from the send to the receipt', inTurn.endToEndServiceTimeMs);
  }
  const middle = (/** @type {string} */ name, /** @type {keyof Latency} */ key) =>
    median((figures.get(name) ?? []).map((latency) => latency[key]));
  const rows = [...figures.keys()].map((name) => [
    name,
    ...['p50', 'p99', 'p999', 'max'].map((key) => middle(name, /** @type {keyof Latency} */ (key)).toFixed(2)),
  ]);
  const text = [
    `Medians of ${rounds} round${rounds === 1 ? '' : 's'} of ${seconds} s; ${recordsPerSecond} records/s of 100 bytes, one producer and one consumer in threads of their own, one partition, acks=1, linger.ms=0, embedded broker. Milliseconds.`,
    '',
    table(['latency', '50th', '99th', '99.9th', 'max'], rows),
    '',
    table(
      ['target', 'at most', 'measured'],
      [
        [
          'end to end at 10,000 records/s, 50th',
          '0.5 ms',
          `${middle('from the due time to the receipt', 'p50').toFixed(2)} ms`,
        ],
      ],
    ),
  ].join('\n');
  return { title: 'End-to-end latency', text };
};
