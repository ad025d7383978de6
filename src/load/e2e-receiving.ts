/** What consumers of an end-to-end test, and those that read a test's records back, do with each record. */
import type { RecordSink } from '../drivers/driver.ts';
import type { E2eConsumerJob } from './e2e-messages.ts';
import type { E2eMeter } from './e2e-meter.ts';
import { foreign } from './e2e-records.ts';
import { IndexSet } from './index-set.ts';
import { positionStride, positionsOf } from './positions.ts';
import { type CheckReport, RecordChecks } from './record-checks.ts';
import { type Damage, StampedReader } from './stamped-records.ts';

/** Records that came and are no samples, counted. */
export type Strays = { duplicated: number; foreign: number; changed: number; lastForeignUs: number | null };

/** What takes the records of a consumer, and what it found. */
export type Receiver = { readonly sink: RecordSink; readonly strays: Strays; checks(): CheckReport | null };

/** Records that share one reading of the clock where they are not timed: it tells then only whether any still come. */
const recordsPerReading = 32;

const damageTexts: Readonly<Record<Damage, string>> = {
  stamp: 'its stamp is damaged',
  size: 'it has another size',
  value: 'its value differs',
  key: 'its key differs',
};

/** Makes what takes the records. A record that came before, to whichever consumer, is counted and not timed. */
export const createReceiver = (job: E2eConsumerJob, meter: E2eMeter, nowUs: () => number): Receiver => {
  const strays: Strays = { duplicated: 0, foreign: 0, changed: 0, lastForeignUs: null };
  const received = new IndexSet(job.received);
  const reader = new StampedReader(job.stamped, received.capacity);
  const checks = job.checks === null ? null : new RecordChecks(job.stamped.producers, job.checks.partitionCount);
  /** A record that is none for the first time; its index where it tells. */
  const stray = (index: number, partition: number, offset: number, receivedAtUs: number): void => {
    if (index >= 0) {
      strays.duplicated++;
      checks?.repeat(index, partition, offset);
    } else if (index === foreign) {
      strays.foreign++;
      strays.lastForeignUs = receivedAtUs;
      if (strays.foreign <= job.backlogRecords) meter.hear(receivedAtUs);
    } else {
      const { damage, damagedIndex } = reader;
      strays.changed++;
      // It came, if not as it was sent: it is not lost.
      if (damagedIndex >= 0) received.add(damagedIndex);
      checks?.damage(damagedIndex, partition, offset, damageTexts[damage]);
    }
  };
  const timed: RecordSink = (bytes, partition, offset, _timestampMs, keyStart, keyEnd, valueStart, valueEnd) => {
    const receivedAtUs = nowUs();
    const index = reader.read(bytes, keyStart, keyEnd, valueStart, valueEnd);
    if (index < 0 || !received.add(index)) {
      stray(index, partition, offset, receivedAtUs);
      return true;
    }
    const sizeBytes = valueEnd - valueStart + (keyStart < 0 ? 0 : keyEnd - keyStart);
    meter.receive(index, reader.sentAtUs, reader.dueAtUs, receivedAtUs, sizeBytes);
    checks?.follow(index, partition, offset);
    return true;
  };
  let atUs = nowUs();
  let untilReading = 0;
  const untimed: RecordSink = (bytes, partition, offset, _timestampMs, keyStart, keyEnd, valueStart, valueEnd) => {
    if (untilReading-- === 0) {
      untilReading = recordsPerReading - 1;
      atUs = nowUs();
    }
    const index = reader.read(bytes, keyStart, keyEnd, valueStart, valueEnd);
    if (index < 0 || !received.add(index)) {
      stray(index, partition, offset, atUs);
      return true;
    }
    meter.count(atUs);
    checks?.follow(index, partition, offset);
    return true;
  };
  const receive = job.stamped.isTimed ? timed : untimed;
  return {
    sink: job.checks === null ? receive : withPositions(receive, positionsOf(job.checks.positions, job.topic)),
    strays,
    checks: () => checks?.report() ?? null,
  };
};

/** Writes down behind each record how far its partition was read. */
const withPositions =
  (receive: RecordSink, positions: Float64Array): RecordSink =>
  (bytes, partition, offset, timestampMs, keyStart, keyEnd, valueStart, valueEnd) => {
    receive(bytes, partition, offset, timestampMs, keyStart, keyEnd, valueStart, valueEnd);
    positions[partition * positionStride] = offset + 1;
    return true;
  };
