/** Makes what a plan says about values into what producers take: reads files and topics, and finds how random values must be for a ratio. */
import { codecs, codecsReady, compressibility, encodeSample, type SampleRecord } from '../drivers/compressibility.ts';
import { createKeys, type KeySpec } from '../load/keys.ts';
import { readPacked } from '../load/packed-values.ts';
import { createPayloads, longestOfPool, type PayloadSpec } from '../load/payload.ts';
import type { PayloadResult } from '../results/load-result.ts';
import { loadPayloadFile } from './payload-file.ts';
import type { Payload } from './plan.ts';

/** Values are measured in this many batches' worth of them, bytes, and at least in so many. */
const sampleBytes = 4 * 64 * 1024;
const leastSample = 8;
/** Looks for the share of random bytes: each halves the distance at least, most need three or four. */
const mostTries = 14;
/** Near enough, as a share of the ratio that is asked for. */
const goodEnough = 0.01;

type Generated = Extract<PayloadSpec, { kind: 'generated' }>;

/** The first records of a single producer, up to the bytes of a sample. */
const sampleOf = (payload: PayloadSpec, keys: KeySpec | null): readonly SampleRecord[] => {
  const payloads = createPayloads(payload);
  const shared = payload.kind === 'given' ? payload.values : null;
  const keyOf = keys === null ? () => null : createKeys(keys, shared);
  const records: SampleRecord[] = [];
  for (let index = 0, bytes = 0; bytes < sampleBytes || index < leastSample; index++) {
    // Both may be written into the same bytes again.
    const key = keyOf(index)?.slice() ?? null;
    const value = payloads(index).slice();
    bytes += value.length + 8;
    records.push({ key, value });
  }
  return records;
};

/**
 * The payload whose values zstd makes as small as is asked for: the ratio grows with the share of random bytes, so the share is
 * found between two that are too small and too large.
 */
const withRatio = (payload: Generated, ratio: number, keys: KeySpec | null): Generated => {
  const ratioOf = (randomShare: number): number =>
    compressibility('zstd', encodeSample(sampleOf({ ...payload, randomShare }, keys)));
  let low = { share: 0, ratio: ratioOf(0) };
  let high = { share: 1, ratio: ratioOf(1) };
  if (ratio <= low.ratio) return { ...payload, randomShare: 0 };
  if (ratio >= high.ratio) return { ...payload, randomShare: 1 };
  let share = ratio;
  for (let tries = 0; tries < mostTries; tries++) {
    const slope = (high.share - low.share) / (high.ratio - low.ratio);
    share = low.share + (ratio - low.ratio) * slope;
    const found = { share, ratio: ratioOf(share) };
    if (Math.abs(found.ratio - ratio) <= ratio * goodEnough) break;
    if (found.ratio < ratio) low = found;
    else high = found;
  }
  return { ...payload, randomShare: share };
};

/** Makes the values of a plan, but for those of a topic. Rejects with an Error when a file cannot be read or a codec is missing. */
export const preparePayload = async (
  payload: Exclude<Payload, { kind: 'topic' }>,
  keys: KeySpec | null,
): Promise<PayloadSpec> => {
  switch (payload.kind) {
    case 'file':
      return {
        kind: 'given',
        values: loadPayloadFile(payload.path, payload.delimiter),
        order: 'random',
        seed: payload.seed,
      };
    case 'generated': {
      const { compressibility: ratio, ...rest } = payload;
      const plain: Generated = { ...rest, randomShare: null };
      if (ratio === null) return plain;
      await codecsReady();
      return withRatio(plain, ratio, keys);
    }
    default:
      return payload;
  }
};

/** The longest value that is sent, bytes; null when only the records' indexes tell. */
const longestOf = (payload: PayloadSpec): number | null => {
  if (payload.kind === 'monotonic') return null;
  if (payload.kind !== 'given') return longestOfPool(payload);
  return readPacked(payload.values).values.reduce((longest, { length }) => Math.max(longest, length), 0);
};

/** Describes the values for the result: each codec is tried on a sample of them. Rejects when a codec that needs to be loaded cannot be. */
export const describePayload = async (payload: PayloadSpec, keys: KeySpec | null): Promise<PayloadResult> => {
  await codecsReady();
  const records = sampleOf(payload, keys);
  const batches = encodeSample(records);
  const measured = codecs.flatMap((codec): [string, number][] => {
    try {
      return [[codec, compressibility(codec, batches)]];
    } catch (error) {
      // Nothing here does this codec: a run that uses it is refused, and others say nothing about it.
      if (error instanceof Error && error.name === 'CodecError') return [];
      throw error;
    }
  });
  const valueBytes = records.reduce((sum, { value }) => sum + value.length, 0);
  return {
    meanValueBytes: valueBytes / records.length,
    longestValueBytes: longestOf(payload),
    measuredCompressibility: Object.fromEntries(measured),
  };
};

/** The longest value of a generated payload, bytes; found without looking for its ratio. */
export const longestGenerated = (payload: Extract<Payload, { kind: 'generated' }>): number =>
  longestOfPool({ ...payload, randomShare: null });
