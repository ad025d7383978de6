/** What one thread does to bytes: copies, checksums, codecs. */

import { codecInfo, compressRecords, crc32c, decompress } from '../../drivers/byte-work.ts';
import { type Codec, codecs, codecsReady, encodeSample, sampleBatchBytes } from '../../drivers/compressibility.ts';
import { generatePool } from '../../load/payload.ts';
import { messageOf } from '../failure.ts';
import { blockBytes } from './catalogue.ts';
import type { IoTask } from './task.ts';

/** A codec's task with what does the work, or why there is none. */
type CodecTask = { readonly task: IoTask; readonly by: string } | { readonly task: null; readonly reason: string };

/** More than a processor's caches hold: what comes from a disk or a socket is in none of them either. */
const copyBytes = 64 * 1024 * 1024;
const seed = 3;
/** Batches take turns, so that no codec has just seen what it compresses. */
const batchCount = 16;

const syncTask = (call: () => unknown): IoTask => ({ isAsync: false, call });

/** Copies and checksums, by the measure's name. */
export const createByteTasks = (bytes: Buffer): Readonly<Record<string, IoTask>> => {
  const from = Buffer.alloc(copyBytes, 1);
  const to = Buffer.alloc(copyBytes, 2);
  const positions = (sizeBytes: number): (() => number) => {
    let next = -blockBytes;
    return () => {
      next = next + 2 * blockBytes > sizeBytes ? 0 : next + blockBytes;
      return next;
    };
  };
  const copied = positions(copyBytes);
  const checked = positions(bytes.length);
  return {
    copy: syncTask(() => {
      const at = copied();
      return from.copy(to, at, at, at + blockBytes);
    }),
    crc32c: syncTask(() => {
      const at = checked();
      return crc32c(bytes.subarray(at, at + blockBytes));
    }),
  };
};

/** Batches of orders as JSON, as a producer makes them. */
const jsonBatches = (): readonly Buffer[] => {
  const values = generatePool({ kind: 'generated', content: 'json', size: null, randomShare: null, seed });
  const meanBytes = values.reduce((sum, { length }) => sum + length, 0) / values.length;
  const count = Math.ceil(((batchCount + 1) * sampleBatchBytes) / meanBytes);
  const records = Array.from({ length: count }, (_, index) => ({
    key: null,
    value: values[index % values.length] ?? new Uint8Array(1),
  }));
  return encodeSample(records).slice(0, batchCount);
};

const inTurn = <Thing>(things: readonly Thing[], work: (thing: Thing) => unknown): IoTask => {
  let next = 0;
  return syncTask(() => {
    const thing = things[next];
    next = (next + 1) % things.length;
    return thing === undefined ? undefined : work(thing);
  });
};

const codecTasks = (codec: Codec, batches: readonly Buffer[]): readonly (readonly [string, CodecTask])[] => {
  const names = [`${codec}-compress`, `${codec}-decompress`] as const;
  try {
    const packed = batches.map((batch) => compressRecords(codec, batch));
    return [
      [names[0], { by: codecInfo(codec), task: inTurn(batches, (batch) => compressRecords(codec, batch)) }],
      [
        names[1],
        {
          by: codecInfo(codec, 'decompress'),
          task: inTurn(packed, (batch) => decompress(codec, batch, sampleBatchBytes)),
        },
      ],
    ];
  } catch (error) {
    // Nothing here does this codec.
    return names.map((name) => [name, { task: null, reason: messageOf(error) }] as const);
  }
};

/** Every codec at its default level, by the measure's name; sizes count uncompressed. Rejects when a codec cannot be loaded. */
export const createCodecTasks = async (): Promise<{
  readonly tasks: Readonly<Record<string, CodecTask>>;
  /** Mean size of the batches, uncompressed. */
  readonly bytesPerCall: number;
}> => {
  await codecsReady();
  const batches = jsonBatches();
  const bytesPerCall = batches.reduce((sum, { length }) => sum + length, 0) / batches.length;
  return { tasks: Object.fromEntries(codecs.flatMap((codec) => codecTasks(codec, batches))), bytesPerCall };
};
