// What features of the clients cost beside the plain path: idempotence, keys with partitions by murmur2, consumer groups. All cases in turn.
import { inTemporaryFolder, runCommand, startBroker } from './processes.mjs';
import { median, table } from './table.mjs';

/** @param {number} records @param {readonly string[]} flags @param {readonly string[]} properties @returns {Promise<number>} records/s */
const produce = async (records, flags, properties) => {
  const { recordsPerSecond } = await runCommand([
    ...['producer-perf-test', '--topic', 't', '--num-records', String(records), '--record-size', '100'],
    ...['--throughput', '-1', ...flags, '--command-property', ...properties],
  ]);
  return recordsPerSecond;
};

/** @param {string} bootstrap @param {number} records @param {readonly string[]} flags @returns {Promise<number>} records/s while fetching */
const consume = async (bootstrap, records, flags) => {
  const result = await runCommand([
    ...[
      'consumer-perf-test',
      '--bootstrap-server',
      bootstrap,
      '--topic',
      't',
      '--num-records',
      String(records),
      ...flags,
    ],
  ]);
  return result.recordsConsumed / (result.fetchTimeMs / 1000);
};

/** @param {{ smoke: boolean }} options */
export const run = async ({ smoke }) => {
  const rounds = smoke ? 1 : 7;
  const records = smoke ? 50_000 : 4_000_000;
  /** @type {Map<string, number[]>} */
  const rates = new Map();
  const note = (/** @type {string} */ name, /** @type {number} */ rate) =>
    rates.set(name, [...(rates.get(name) ?? []), rate]);
  await inTemporaryFolder(async (directory) => {
    const broker = await startBroker(directory);
    try {
      await runCommand([
        ...['producer-perf-test', '--bootstrap-server', broker.bootstrap, '--topic', 't', '--partitions', '6'],
        ...['--num-records', String(records), '--record-size', '100', '--throughput', '-1'],
        ...['--command-property', 'batch.size=65536'],
      ]);
      for (let round = 0; round < rounds; round++) {
        note('acks=all', await produce(records, [], ['acks=all', 'enable.idempotence=false']));
        note('acks=all, idempotent', await produce(records, [], ['acks=all']));
        note('6 partitions, no keys', await produce(records, ['--partitions', '6'], ['acks=1']));
        note(
          '6 partitions, keys with murmur2',
          await produce(records, ['--partitions', '6', '--keys', 'uniform:100000'], ['acks=1']),
        );
        note('consumer without a group', await consume(broker.bootstrap, records, ['--assign']));
        note('consumer in a group', await consume(broker.bootstrap, records, ['--group', `bench-${round}`]));
      }
    } finally {
      await broker.stop();
    }
  });
  /** How the second fares beside the first: median of the rounds' ratios, which drift together. @param {string} plain @param {string} other */
  const ratio = (plain, other) =>
    median((rates.get(plain) ?? []).map((rate, round) => (rates.get(other)?.[round] ?? Number.NaN) / rate));
  const million = (/** @type {string} */ name) => (median(rates.get(name) ?? []) / 1e6).toFixed(2);
  const text = [
    `Medians of ${rounds} interleaved round${rounds === 1 ? '' : 's'} of ${records} records of 100 bytes, batch.size 16384, one client, embedded broker.`,
    '',
    table(
      ['what', 'M records/s'],
      [...rates.keys()].map((name) => [name, million(name)]),
    ),
    '',
    table(
      ['target', 'at least', 'measured'],
      [
        ['idempotent against not', '0.95', ratio('acks=all', 'acks=all, idempotent').toFixed(2)],
        ['keys with murmur2 over 6 partitions', '1.5 M/s', `${million('6 partitions, keys with murmur2')} M/s`],
        ['group against no group', '0.90', ratio('consumer without a group', 'consumer in a group').toFixed(2)],
      ],
    ),
  ].join('\n');
  return { title: 'What features cost', text };
};
