/** The measures of io-test: names, and what each of them does. */
import type { IoGroup, IoMeasure } from '../../results/io-test-result.ts';

/** A measure, before it is measured. */
export type MeasureInfo = Pick<IoMeasure, 'name' | 'group' | 'title' | 'call' | 'bytesPerCall'>;

/** Bytes of a write and of a read: what a producer's batches are with common settings. */
export const blockBytes = 64 * 1024;
/** Writes that one sync is for. */
export const groupWrites = 16;
/** Bytes that are sent to the socket at once: Kafka's default for a fetch of a partition. */
export const fetchBytes = 1024 * 1024;

const sizes: Readonly<Record<IoGroup, number>> = {
  write: blockBytes,
  read: blockBytes,
  socket: fetchBytes,
  bytes: blockBytes,
  codec: blockBytes,
};

const calls: Readonly<Record<IoGroup, string>> = {
  write: '1 write',
  read: '1 read',
  socket: '1 range of 1 MiB',
  bytes: '1 block',
  codec: '1 batch',
};

const measure = (group: IoGroup, name: string, title: string): MeasureInfo => ({
  name,
  group,
  title,
  call: calls[group],
  bytesPerCall: sizes[group],
});

const grouped = (info: MeasureInfo): MeasureInfo => ({
  ...info,
  call: `${groupWrites} writes and a sync`,
  bytesPerCall: blockBytes * groupWrites,
});

const synced = (info: MeasureInfo): MeasureInfo => ({ ...info, call: '1 write and a sync' });

const codecNames = ['gzip', 'snappy', 'lz4', 'zstd'] as const;

/** All measures, in the order in which they are shown. */
export const ioMeasures: readonly MeasureInfo[] = [
  measure('write', 'append', 'sequential append, never synced'),
  grouped(measure('write', 'append-grouped', `sequential append, synced every ${groupWrites} writes`)),
  synced(measure('write', 'append-synced', 'sequential append, every write synced')),
  measure('write', 'random-write', 'random writes, never synced'),
  grouped(measure('write', 'random-write-grouped', `random writes, synced every ${groupWrites} writes`)),
  synced(measure('write', 'random-write-synced', 'random writes, every write synced')),
  measure('read', 'read', 'sequential read from the page cache'),
  measure('read', 'read-cold', 'sequential read that the page cache does not have'),
  measure('read', 'random-read', 'random reads from the page cache'),
  measure('read', 'random-read-cold', 'random reads that the page cache does not have'),
  measure('socket', 'socket-memory', 'memory to socket'),
  measure('socket', 'socket-read', 'positioned read from the page cache to socket'),
  measure('socket', 'socket-stream', 'createReadStream to socket'),
  measure('socket', 'socket-sendfile', 'sendfile(2) to socket'),
  measure('bytes', 'copy', 'Buffer.copy from memory to memory'),
  measure('bytes', 'crc32c', 'CRC-32C of a batch'),
  ...codecNames.flatMap((codec) => [
    measure('codec', `${codec}-compress`, `${codec}, compressing batches of JSON`),
    measure('codec', `${codec}-decompress`, `${codec}, decompressing them`),
  ]),
];

/** Names of all measures. */
export const ioMeasureNames: readonly string[] = ioMeasures.map(({ name }) => name);

/** Of a whole run, over what the measures themselves take: files are written, threads started. */
const spareMs = 7000;
const warmupShare = 0.1;

/** How long a run should take, milliseconds. */
export const expectedMs = (measureCount: number, timeMs: number): number =>
  measureCount * timeMs * (1 + warmupShare) + spareMs / 2;

/** When a run is ended though it is not done, milliseconds: a disk may take far longer for a call than its measure has time. */
export const longestMs = (measureCount: number, timeMs: number): number =>
  2 * measureCount * timeMs * (1 + warmupShare) + spareMs;
