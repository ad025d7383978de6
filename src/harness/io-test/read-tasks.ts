/** Reads that the page cache answers, and reads that it cannot answer. */
import { constants, openSync, readFileSync, readSync } from 'node:fs';
import { below, createRandom } from '../../load/random.ts';
import type { SystemCalls } from '../../measure/system-calls.ts';
import { blockBytes } from './catalogue.ts';
import { type IoTask, timed } from './task.ts';

/** Part of a file, whole blocks. */
export type Part = { readonly position: number; readonly sizeBytes: number };

/** A way to read a part of a file. */
export type Reader = {
  readonly descriptor: number;
  readonly buffer: Buffer;
  readonly part: Part;
  /** Makes the page cache give up the part; null where it is to keep it, and where reads go round the cache. */
  readonly forget: (() => void) | null;
};

/** A way to read cold, and what it is called. */
export type ColdReader = { readonly reader: Reader; readonly by: string };

const seed = 11;
/** Direct reads want their memory aligned, to 4 KiB at most. */
const alignmentBytes = 4096;
/** Node aligns memory to so much. */
const stepBytes = 16;
/** Below this share from the device, reads were not cold; above the other, they did not come from the cache. */
const coldShare = 0.9;
const warmShare = 0.1;

/** Bytes that this thread's reads made the kernel fetch from storage; null where the kernel does not tell. */
const readFromStorage = (): number | null => {
  try {
    const bytes = /^read_bytes: (\d+)$/m.exec(readFileSync('/proc/thread-self/io', 'utf8'))?.[1];
    return bytes === undefined ? null : Number(bytes);
  } catch {
    // Not Linux, or not allowed here.
    return null;
  }
};

/** Reads a block; throws when the file ends before it does. */
const readBlock = ({ descriptor, buffer }: Reader, position: number): void => {
  for (let done = 0; done < blockBytes; ) {
    const count = readSync(descriptor, buffer, done, blockBytes - done, position + done);
    if (count === 0) throw new Error(`the file ends at byte ${position + done}`);
    done += count;
  }
};

/** The reader whose reads the page cache answers. */
export const cachedReader = (descriptor: number, part: Part): Reader => ({
  descriptor,
  part,
  buffer: Buffer.allocUnsafeSlow(blockBytes),
  forget: null,
});

/** Part of a buffer that direct reads are taken into: found by trying, since nothing says where memory lies. Null when there is none. */
const alignedBuffer = (descriptor: number): Buffer | null => {
  const bytes = Buffer.allocUnsafeSlow(blockBytes + alignmentBytes);
  for (let start = 0; start < alignmentBytes; start += stepBytes) {
    try {
      readSync(descriptor, bytes, start, alignmentBytes, 0);
      return bytes.subarray(start, start + blockBytes);
    } catch {
      // Not aligned as it is to be (EINVAL), or no direct reads at all: the next one, or none, shows which.
    }
  }
  return null;
};

/**
 * The way to read what the page cache does not have: by having it dropped, so that the kernel reads ahead as it does for a broker, else
 * by direct reads. Null when there is none here.
 * @param file it has been synced; the path is for direct reads, whose descriptor stays open
 */
export const coldReader = (
  { descriptor, path, part }: Pick<Reader, 'descriptor' | 'part'> & { readonly path: string },
  calls: SystemCalls | null,
): ColdReader | null => {
  if (calls !== null)
    return {
      reader: {
        ...cachedReader(descriptor, part),
        forget: () => calls.dropFromCache(descriptor, part.position, part.sizeBytes),
      },
      by: 'posix_fadvise, with read-ahead',
    };
  if (constants.O_DIRECT === undefined) return null;
  try {
    const direct = openSync(path, constants.O_RDONLY | constants.O_DIRECT);
    const buffer = alignedBuffer(direct);
    return buffer === null
      ? null
      : { reader: { descriptor: direct, buffer, part, forget: null }, by: 'O_DIRECT, without read-ahead' };
  } catch {
    // The file system has no direct reads.
    return null;
  }
};

/** Puts numbers into a random order, the same in each run. */
const shuffled = (numbers: readonly number[]): readonly number[] => {
  const random = createRandom(seed);
  const order = [...numbers];
  for (let last = order.length - 1; last > 0; last--) {
    const other = below(random(), last + 1);
    [order[last], order[other]] = [order[other] ?? 0, order[last] ?? 0];
  }
  return order;
};

/** What came from storage in a round, as a share of what was read. */
const createMeter = (): { begin(): void; add(): void; share(): number | null } => {
  let before: number | null = null;
  let blocks = 0;
  return {
    begin: () => {
      before = readFromStorage();
      blocks = 0;
    },
    add: () => {
      blocks++;
    },
    share: () => {
      const after = readFromStorage();
      return before === null || after === null || blocks === 0 ? null : (after - before) / (blocks * blockBytes);
    },
  };
};

const percent = (share: number): string => `${Math.round(share * 100)} %`;

/** Reads that were to be cold and were not: the measure has no figure. */
export class NotCold extends Error {
  override readonly name = 'NotCold';
}

const coldNote = (share: number | null): string | null => {
  if (share === null) return 'the system does not tell whether these reads came from the device';
  if (share >= coldShare) return null;
  if (share < 1 - coldShare)
    throw new NotCold('a cold read could not be had: the page cache went on answering, whatever it was told');
  return `only ${percent(share)} of the bytes came from the device, the rest from the page cache`;
};

const cachedNote = (share: number | null): string | null =>
  share === null || share <= warmShare
    ? null
    : `${percent(share)} of the bytes came from the device: the page cache has no room for the file, give a smaller --size`;

/** Reads all blocks of a part in an order, again and again. Cold ones are read from the part's beginning in each round. */
const readTask = (reader: Reader, positions: readonly number[], isCold: boolean): IoTask => {
  const meter = createMeter();
  let next = 0;
  const read = (): void => {
    readBlock(reader, positions[next] ?? 0);
    next++;
    meter.add();
  };
  return {
    isAsync: false,
    begin: () => {
      reader.forget?.();
      if (isCold) next = 0;
      meter.begin();
    },
    call: () => {
      if (next < positions.length) {
        read();
        return undefined;
      }
      next = 0;
      reader.forget?.();
      return timed(read);
    },
    end: () => (isCold ? coldNote(meter.share()) : cachedNote(meter.share())),
  };
};

/** The tasks that read, by the measure's name; those without a way to read cold are null. */
export const createReadTasks = (cached: Reader, cold: Reader | null): Readonly<Record<string, IoTask | null>> => {
  const positionsIn = ({ position, sizeBytes }: Part): readonly number[] =>
    Array.from({ length: Math.floor(sizeBytes / blockBytes) }, (_, index) => position + index * blockBytes);
  return {
    read: readTask(cached, positionsIn(cached.part), false),
    'random-read': readTask(cached, shuffled(positionsIn(cached.part)), false),
    'read-cold': cold === null ? null : readTask(cold, positionsIn(cold.part), true),
    'random-read-cold': cold === null ? null : readTask(cold, shuffled(positionsIn(cold.part)), true),
  };
};
