import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { batchRecords, replaceRecords } from '../../../src/protocol/compressed-batch.ts';
import { codecNames } from '../../../src/protocol/compression/codec.ts';
import { compressRecords } from '../../../src/protocol/compression/compression.ts';
import { heartbeat } from '../../../src/protocol/messages/heartbeat.ts';
import { batchCodec, batchSizeBytes } from '../../../src/protocol/record-batch.ts';
import { brokerForTest, Wire } from '../wire.ts';
import { soloMember } from './groups-support.ts';

const quick = { 'group.initial.rebalance.delay.ms': '0', 'offsets.topic.num.partitions': '1' };

/** Puts every batch of a log file under a codec, as a broker with offsets.topic.compression.codec writes them. */
const compressFile = (path: string, codec: number): number => {
  const bytes = readFileSync(path);
  const batches: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += batchSizeBytes(bytes, at)) {
    expect(batchCodec(bytes, at)).toBe(0);
    const packed = compressRecords(codecNames[codec] ?? 'none', batchRecords(bytes, at));
    batches.push(replaceRecords(bytes, at, packed, codec));
  }
  writeFileSync(path, Buffer.concat(batches));
  return batches.length;
};

it.each([1, 2, 3, 4])('groups are read from batches of __consumer_offsets under codec %i', async (codec) => {
  const { broker, dataDir } = await brokerForTest(quick);
  const who = await soloMember(await Wire.open(broker), 'g');
  await broker.close();
  const folder = join(dataDir, '__consumer_offsets-0');
  expect(compressFile(join(folder, '00000000000000000000.log'), codec)).toBeGreaterThan(0);
  for (const name of readdirSync(dataDir)) if (name.includes('cleanshutdown')) rmSync(join(dataDir, name));
  for (const name of readdirSync(folder)) if (name.includes('index')) rmSync(join(folder, name));
  const { broker: again } = await brokerForTest(quick, dataDir);
  expect((await (await Wire.open(again)).ask(heartbeat, 4, who)).errorCode).toBe(0);
});
