// Our batch compression against the bare call of the library that does the work: the same 64 KiB batches, one thread, both taking turns.
import { createRequire } from 'node:module';
import * as zlib from 'node:zlib';
import {
  codecInfo,
  codecLevels,
  compressRecords,
  decompress,
  prepareCodecs,
} from '../../dist/protocol/compression/compression.js';
import { median, table } from './table.mjs';

const BATCH_BYTES = 65_536;
const BATCHES = 16;

/** @param {string} name @returns {any} */
const installed = (name) => {
  try {
    return createRequire(import.meta.url)(name);
  } catch {
    return null;
  }
};

/** Batches of records that differ as log lines do. @returns {readonly Buffer[]} */
const makeBatches = () => {
  let state = 1;
  const random = (/** @type {number} */ bound) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    return (state >> 8) % bound;
  };
  const record = () =>
    `{"time":${1_700_000_000_000 + random(1e6)},"user":"u${random(5000)}","page":"/items/${random(300)}","ms":${random(900)},"agent":"Mozilla/5.0"}`;
  return Array.from({ length: BATCHES }, () => {
    let text = '';
    while (text.length < BATCH_BYTES) text += record();
    return Buffer.from(text.slice(0, BATCH_BYTES));
  });
};

/** @typedef {{ compress: (bytes: Buffer) => Buffer, decompress: (bytes: Buffer) => Buffer }} Bare */

/** @param {readonly Buffer[]} all @param {(bytes: Buffer) => unknown} work */
const each = (all, work) => {
  for (const bytes of all) work(bytes);
};

/** What one would call without us, with the options that make it quickest, by codec; null where our choice is no library. @returns {Record<string, Bare | null>} */
const bareLibraries = () => {
  const { lz4, snappy, zstd } = {
    lz4: installed('lz4-napi'),
    snappy: installed('snappy'),
    zstd: installed('@toondepauw/node-zstd-linux-x64-gnu') ?? installed('@toondepauw/node-zstd-linux-x64-musl'),
  };
  const zstdByNode = /** @type {any} */ (zlib);
  const binary =
    zstd === null ? null : { encoder: new zstd.Encoder(codecLevels.zstd.default), decoder: new zstd.Decoder() };
  return {
    gzip: { compress: (bytes) => zlib.gzipSync(bytes), decompress: (bytes) => zlib.gunzipSync(bytes) },
    snappy:
      snappy === null
        ? null
        : {
            compress: (bytes) => snappy.compressSync(bytes, { copyOutputData: true }),
            decompress: (bytes) => snappy.uncompressSync(bytes, { asBuffer: true, copyOutputData: true }),
          },
    lz4:
      lz4 === null
        ? null
        : { compress: (bytes) => lz4.compressSync(bytes), decompress: (bytes) => lz4.uncompressSync(bytes) },
    zstd:
      typeof zstdByNode.zstdCompressSync === 'function'
        ? {
            compress: (bytes) => zstdByNode.zstdCompressSync(bytes),
            decompress: (bytes) => zstdByNode.zstdDecompressSync(bytes),
          }
        : binary && {
            compress: (bytes) => binary.encoder.encodeSync(bytes),
            decompress: (bytes) => binary.decoder.decodeSync(bytes),
          },
  };
};

/** CPU time of so many turns over all batches, microseconds: what else the machine does is not counted. */
const cpuUs = (/** @type {() => void} */ work, /** @type {number} */ turns) => {
  const before = process.cpuUsage();
  for (let turn = 0; turn < turns; turn++) work();
  const { user, system } = process.cpuUsage(before);
  return user + system;
};

/**
 * Lets two ways take turns, after turns that are not counted. @returns their times for one turn, and how fast the first is beside the second
 * @param {() => void} ours @param {() => void} bare @param {{ rounds: number, roundUs: number }} length
 */
const compare = (ours, bare, { rounds, roundUs }) => {
  const turns = Math.max(1, Math.round(roundUs / Math.max(1, cpuUs(bare, 3) / 3)));
  cpuUs(ours, turns);
  cpuUs(bare, turns);
  const pairs = Array.from({ length: rounds }, (_, round) => {
    const first = round % 2 === 0 ? cpuUs(ours, turns) : 0;
    const bareUs = cpuUs(bare, turns);
    return { oursUs: first > 0 ? first : cpuUs(ours, turns), bareUs };
  });
  return {
    oursUs: median(pairs.map((pair) => pair.oursUs / turns)),
    bareUs: median(pairs.map((pair) => pair.bareUs / turns)),
    ratio: median(pairs.map((pair) => pair.bareUs / Math.max(1, pair.oursUs))),
  };
};

/** @param {{ smoke: boolean }} options */
export const run = async ({ smoke }) => {
  await prepareCodecs();
  const batches = makeBatches();
  const length = smoke ? { rounds: 2, roundUs: 1000 } : { rounds: 15, roundUs: 60_000 };
  const mebibytes = (/** @type {number} */ us) => ((BATCHES * BATCH_BYTES) / 2 ** 20 / (us / 1e6)).toFixed(0);
  const rows = [];
  for (const [codec, bare] of Object.entries(bareLibraries())) {
    const name = /** @type {'gzip' | 'snappy' | 'lz4' | 'zstd'} */ (codec);
    const by = [...new Set([codecInfo(name), codecInfo(name, 'decompress')])].join(', ');
    if (bare === null) {
      rows.push([codec, by, '', '', '', '', '']);
      continue;
    }
    const packed = batches.map((bytes) => compressRecords(name, bytes));
    const packedBare = batches.map((bytes) => bare.compress(bytes));
    const compressing = compare(
      () => each(batches, (bytes) => compressRecords(name, bytes)),
      () => each(batches, (bytes) => bare.compress(bytes)),
      length,
    );
    const decompressing = compare(
      () => each(packed, (bytes) => decompress(name, bytes, BATCH_BYTES)),
      () => each(packedBare, (bytes) => bare.decompress(bytes)),
      length,
    );
    const both = (compressing.bareUs + decompressing.bareUs) / (compressing.oursUs + decompressing.oursUs);
    rows.push([
      codec,
      by,
      `${mebibytes(compressing.oursUs)} MiB/s`,
      compressing.ratio.toFixed(2),
      `${mebibytes(decompressing.oursUs)} MiB/s`,
      decompressing.ratio.toFixed(2),
      both.toFixed(2),
    ]);
  }
  return {
    title: "Codecs against their libraries' own calls",
    text: `64 KiB of records like log lines, in one thread, by its CPU time. "Beside the library" is our speed over that of the bare call, median of turns\nthat alternate; at least 0.80 for both together is the aim.\n\n${table(
      ['codec', 'by', 'compress', 'beside the library', 'decompress', 'beside the library', 'both'],
      rows,
    )}`,
  };
};
