/** What is known of each record of a test, whoever sent and read it: who was acknowledged, who came, and until when to wait for the rest. */
import type { E2eConsumerJob, E2eDone } from '../load/e2e-messages.ts';
import { createIndexSet, MissingSearch, mostIndexes } from '../load/index-set.ts';
import { createPace, type PaceSpec } from '../load/pace.ts';
import { createPositions, type SharedPositions } from '../load/positions.ts';
import { type CheckReport, mostExamples, senderOf, sumOfFindings } from '../load/record-checks.ts';
import type { Verification, VerificationFinding } from '../results/verification.ts';
import { TestFailure } from './failure.ts';
import { LogEnds } from './log-ends.ts';
import type { ClusterAccess } from './topic-setup.ts';

/** Where a test ends. */
export type Ends = { readonly recordCount: number; readonly durationMs: number | null; readonly producers: number };

/** More records a second than all producers of a machine send. Sets for them are memory only where records are. */
const unreachedRate = 16e6;

/**
 * Above this index no record of a test is sent. Random arrivals over a time are more than their mean by ten standard deviations never;
 * each producer has indexes of its own.
 * @param pace null for as fast as possible
 */
export const endIndexOf = ({ recordCount, durationMs, producers }: Ends, pace: PaceSpec | null): number => {
  if (durationMs === null) return recordCount;
  if (pace === null) return Math.min(recordCount, mostIndexes, Math.ceil((unreachedRate * durationMs) / 1e3));
  if (pace.kind === 'poisson') {
    const mean = (pace.recordsPerSecond * durationMs) / 1e3 / producers;
    return Math.min(recordCount, producers * Math.ceil(mean + 10 * Math.sqrt(mean) + 100));
  }
  const dueUs = createPace(pace, 0, 1);
  let within = -1;
  let behind = Math.min(recordCount, mostIndexes + 1);
  // The last index that is due within the time: a schedule never goes back.
  while (behind - within > 1) {
    const middle = Math.floor((within + behind) / 2);
    if (dueUs(middle) < durationMs * 1e3) within = middle;
    else behind = middle;
  }
  return behind;
};

/** The records of a test. */
export type FollowedRecords = {
  /** No record has this index or one above it. */
  readonly endIndex: number;
  /** `load/index-set.ts` */
  readonly acknowledged: SharedArrayBuffer;
  readonly received: SharedArrayBuffer;
  /** Acknowledged ones that did not come. */
  readonly missing: MissingSearch;
};

/** Makes room for a test's records; throws a TestFailure when there are too many. */
export const followRecords = (ends: Ends, pace: PaceSpec | null): FollowedRecords => {
  const endIndex = endIndexOf(ends, pace);
  if (endIndex > mostIndexes) {
    throw new TestFailure(
      `more than ${mostIndexes} records are due, and each one is followed on its way: lower the rate or the time`,
      { isUsage: true },
    );
  }
  const acknowledged = createIndexSet(endIndex);
  const received = createIndexSet(endIndex);
  return { endIndex, acknowledged, received, missing: new MissingSearch(acknowledged, received) };
};

/** What consumers check beyond who came how often, and where they are. */
export type Checking = { readonly job: NonNullable<E2eConsumerJob['checks']>; readonly logs: LogEnds };

/** Begins to check a topic's records. Rejects with a ClientError. */
export const beginChecking = async (
  access: ClusterAccess,
  topic: string,
  partitionCount: number,
): Promise<Checking> => {
  const positions: SharedPositions = createPositions([{ topic, partitions: partitionCount }]);
  const logs = new LogEnds(access, topic, positions);
  await logs.begin();
  return { job: { partitionCount, positions }, logs };
};

/** How often is looked whether the last records have come. */
const lookForRestMs = 2;
/** Bound of the wait for records on their way after a stop or a failure. */
const drainAfterStopMs = 5000;
/** When all have come: so long nothing more may come where the end cannot be told, as behind a transaction's marker. */
const settledMs = 300;
/** When some are missing and the ends of the partitions were read: an end may grow as replicas follow. */
const graceMs = 2000;

/** What to wait for. */
export type Wait = {
  readonly nowUs: () => number;
  readonly missing: MissingSearch;
  readonly lastReceiptUs: () => number;
  /** Whether nobody reads any more. */
  readonly isOver: () => boolean;
  /** Whether the test was stopped or has failed. */
  readonly isEarly: () => boolean;
  /** Longest time without a record, milliseconds. */
  readonly timeoutMs: () => number;
  /** To read to the ends of partitions, too, as they were learned when nothing was sent any more; null ends with the last acknowledged record. */
  readonly logs: LogEnds | null;
};

/** Waits for the records that are still on their way when nothing is sent any more. @returns whether it was given up for the time-out */
export const waitForRest = async (wait: Wait): Promise<boolean> => {
  const { nowUs, missing, logs } = wait;
  const beganUs = nowUs();
  while (!wait.isOver()) {
    const quietMs = (nowUs() - Math.max(beganUs, wait.lastReceiptUs())) / 1e3;
    const isComplete = missing.isComplete();
    if (isComplete && (logs === null || logs.isRead() || quietMs >= settledMs)) return false;
    if (wait.isEarly() && nowUs() - beganUs >= drainAfterStopMs * 1e3) return false;
    if (quietMs >= wait.timeoutMs()) {
      await logs?.refresh();
      return true;
    }
    if (!isComplete && quietMs >= graceMs && logs?.isRead()) {
      await logs.refresh();
      if (logs.isRead()) return false;
    }
    await new Promise((resolve) => setTimeout(resolve, lookForRestMs));
  }
  return false;
};

/** What a verification is put together from. */
export type Verified = {
  readonly records: FollowedRecords;
  readonly producers: number;
  readonly recordsSent: number;
  readonly recordsReceived: number;
  /** Of the consumers. */
  readonly dones: readonly Pick<E2eDone, 'checks' | 'recordsForeign'>[];
  readonly logs: LogEnds;
  readonly readBackSeconds: number | null;
};

/** Sums up what was found, once all are over. */
export const verificationOf = (found: Verified): Verification => {
  const { records, producers, recordsSent, recordsReceived, dones } = found;
  const numbered = (search: MissingSearch): VerificationFinding => ({
    count: search.count(),
    examples: search.first(mostExamples).map((index) => ({
      ...senderOf(index, producers),
      partition: null,
      offset: null,
      detail: null,
    })),
  });
  const sumOf = (kind: keyof CheckReport): VerificationFinding =>
    sumOfFindings(dones.flatMap(({ checks }) => (checks === null ? [] : [checks[kind]])));
  const lost = numbered(records.missing);
  const [repeated, corrupt] = [sumOf('repeated'), sumOf('corrupt')];
  return {
    isPassed: lost.count + repeated.count + corrupt.count === 0,
    recordsSent,
    recordsReceived,
    lost,
    unacknowledged: numbered(new MissingSearch(records.received, records.acknowledged)),
    repeated,
    outOfOrder: sumOf('outOfOrder'),
    corrupt,
    recordsForeign: dones.reduce((sum, done) => sum + done.recordsForeign, 0),
    unread: lost.count === 0 ? [] : found.logs.unread(),
    consumers: dones.length,
    readBackSeconds: found.readBackSeconds,
  };
};
