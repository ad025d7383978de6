/** What share of this machine's limits, as io-test found them, a test reached. */
import type { Storage } from '../measure/storage.ts';
import type { IoTestResult } from './io-test-result.ts';
import type { ConsumerResult, ProducerResult } from './result.ts';

/** One limit, and how near to it the test came. */
export type LimitShare = {
  /** The measure of io-test. */
  readonly name: string;
  /** In words. */
  readonly title: string;
  /** What the test did, 2^20 bytes a second over its elapsed time. */
  readonly usedMebibytesPerSecond: number;
  /** The best round of the measure. */
  readonly limitMebibytesPerSecond: number;
  /** The one by the other. */
  readonly share: number;
  /** When io-test measured it, ISO 8601. */
  readonly measuredAt: string;
};

/** What a test used of one limit. */
type Use = { readonly name: string; readonly title: string; readonly mebibytesPerSecond: number };

/** Where a test's bytes went; null for a cluster elsewhere, of whose machines nothing is known here. */
export type TestPlace = {
  /** Its brokers are on this machine. */
  readonly isLocal: boolean;
  /** What our own broker's data lay on; null for a cluster. */
  readonly storage: Storage | null;
};

const bytesPerMebibyte = 1024 * 1024;

/** Batches as they went out, where that was counted, else values: a codec's work and headers are in the former. */
const producerUses = (result: ProducerResult, place: TestPlace): readonly Use[] => {
  const { compression, elapsedSeconds } = result;
  const perSecond = (bytes: number): number => (elapsedSeconds > 0 ? bytes / bytesPerMebibyte / elapsedSeconds : 0);
  const sent = compression === null ? result.mebibytesPerSecond : perSecond(compression.bytesAfter);
  const use = (name: string, title: string, mebibytesPerSecond = sent): Use => ({ name, title, mebibytesPerSecond });
  // At its default level, which is what io-test measures.
  const isMeasured = compression !== null && ['snappy', 'gzip', 'lz4', 'zstd'].includes(compression.codec);
  return [
    ...(place.storage === null ? [] : [use('append', 'sequential append')]),
    ...(place.isLocal ? [use('socket-memory', 'loopback')] : []),
    use('crc32c', 'CRC-32C'),
    ...(isMeasured && compression !== null
      ? [use(`${compression.codec}-compress`, `${compression.codec} in one thread`, perSecond(compression.bytesBefore))]
      : []),
  ];
};

const consumerUses = ({ mebibytesPerSecond }: ConsumerResult, place: TestPlace): readonly Use[] => [
  ...(place.storage === null ? [] : [{ name: 'read', title: 'reading from the page cache', mebibytesPerSecond }]),
  ...(place.isLocal ? [{ name: 'socket-read', title: 'loopback from files', mebibytesPerSecond }] : []),
  { name: 'crc32c', title: 'CRC-32C', mebibytesPerSecond },
];

/** Figures of one disk say nothing of another one. */
const isSameStorage = (one: Storage, other: Storage): boolean =>
  one.fileSystem === other.fileSystem && one.device === other.device;

const groupOfFiles = ['write', 'read'];

const shareOf = (use: Use, tests: readonly IoTestResult[], { storage }: TestPlace): readonly LimitShare[] => {
  for (const { measures, startedAt, storage: measured } of tests) {
    const found = measures.find(({ name }) => name === use.name);
    const limit = found?.mebibytesPerSecond?.most ?? 0;
    if (found === undefined || limit <= 0) continue;
    if (groupOfFiles.includes(found.group) && (storage === null || !isSameStorage(measured, storage))) continue;
    const { name, title, mebibytesPerSecond: used } = use;
    return [
      {
        name,
        title,
        usedMebibytesPerSecond: used,
        limitMebibytesPerSecond: limit,
        share: used / limit,
        measuredAt: startedAt,
      },
    ];
  }
  return [];
};

/**
 * The shares of all limits that a test used and that were measured.
 * @param tests what io-test found on this machine, the latest first
 */
export const sharesOf = (
  result: ProducerResult | ConsumerResult,
  place: TestPlace,
  tests: readonly IoTestResult[],
): readonly LimitShare[] => {
  const uses = result.command === 'producer-perf-test' ? producerUses(result, place) : consumerUses(result, place);
  return uses.filter(({ mebibytesPerSecond }) => mebibytesPerSecond > 0).flatMap((use) => shareOf(use, tests, place));
};
