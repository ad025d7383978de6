/**
 * An end-to-end test with one record on its way at a time, as in Kafka's tool: a producer and a consumer in one thread. A test with a
 * schedule has a thread for each client (`e2e-producer-loop.ts`, `e2e-consumer-loop.ts`).
 */

import { type ConsumerDriver, type ProducerDriver, sumOfRepeats } from '../drivers/driver.ts';
import { startThreadMeter } from '../measure/resources.ts';
import type { OpenConsumer } from './consumer-loop.ts';
import { closeWindowsInTime, type JobControl, messageOf, settlesBeforeOrder, withResolvers } from './control.ts';
import type { E2eDone, E2eJob, FromE2e } from './e2e-messages.ts';
import { E2eMeter, warmupEndUs } from './e2e-meter.ts';
import { createE2eRecords, type E2eRecords, e2eHeaders } from './e2e-records.ts';
import { E2eTracker } from './e2e-tracker.ts';
import type { OpenProducer } from './producer-loop.ts';
import { progressWriter } from './progress.ts';
import { runJob } from './run-job.ts';

/** Bound of the wait for records on their way after a stop. */
const drainAfterStopMs = 5000;
const lookForTimeoutMs = 50;

/** Both clients, and what is known of the records between them. */
type E2eRun = {
  readonly job: E2eJob;
  readonly control: JobControl;
  readonly nowUs: () => number;
  readonly producer: ProducerDriver;
  readonly consumer: ConsumerDriver;
  readonly records: E2eRecords;
  readonly tracker: E2eTracker;
  readonly meter: E2eMeter;
  /** No record is sent at this time or later. */
  readonly endUs: number;
  takenRecords: number;
  firstSendUs: number | null;
  failure: string | null;
  /** Set while the loop waits for records; called when something happened to one. */
  wake: (() => void) | null;
};

const isOver = ({ control, failure }: E2eRun): boolean => control.isStopped || failure !== null;

/** Whether the fate of every record that was sent is known, and every acknowledged one came back. */
const isSettled = ({ takenRecords, meter, tracker }: E2eRun): boolean =>
  takenRecords === meter.settledRecords && tracker.missing === 0;

const fail = (run: E2eRun, message: string): void => {
  run.failure ??= message;
  run.wake?.();
};

/** Waits until every record is settled, or the test is over, or for a time (null: for ever). */
const untilSettled = async (run: E2eRun, milliseconds: number | null, mayWait: () => boolean): Promise<void> => {
  const endUs = milliseconds === null ? Number.POSITIVE_INFINITY : run.nowUs() + milliseconds * 1e3;
  while (!isSettled(run) && mayWait() && run.nowUs() < endUs) {
    const { promise, resolve } = withResolvers<void>();
    run.wake = resolve;
    await settlesBeforeOrder(run.control, promise, milliseconds === null ? null : (endUs - run.nowUs()) / 1e3);
    run.wake = null;
  }
};

/** Offers record `index` to the producer. @returns whether there was room for it */
const offer = (run: E2eRun, index: number, sentAtUs: number): boolean => {
  const { producer, records, job } = run;
  const timestampMs = Math.floor(sentAtUs * 1e-3 + job.wallMsAtOrigin);
  const isTaken = producer.send(-1, timestampMs, records.key, records.value(index), sentAtUs, 0, index);
  run.firstSendUs ??= sentAtUs;
  if (!isTaken) return false;
  run.takenRecords++;
  run.tracker.send(index, sentAtUs);
  return true;
};

/** Waits for room in `buffer.memory` and offers the record again, with its own times. */
const offerWhenReady = async (run: E2eRun, index: number, sentAtUs: number): Promise<void> => {
  do await settlesBeforeOrder(run.control, run.producer.ready(), null);
  while (!isOver(run) && !offer(run, index, sentAtUs));
};

/** One record at a time: the next one is sent when the one before was acknowledged and came back. */
const sendInTurn = async (run: E2eRun): Promise<void> => {
  for (let index = 0; index < run.job.recordCount && !isOver(run); index++) {
    const sentAtUs = run.nowUs();
    if (sentAtUs >= run.endUs) return;
    if (!offer(run, index, sentAtUs)) await offerWhenReady(run, index, sentAtUs);
    await untilSettled(run, null, () => !isOver(run));
  }
};

/** Waits for the records on their way: as long as it takes, after a stop or a failure for a bounded time, after an abort not at all. */
const drain = async (run: E2eRun): Promise<void> => {
  const { producer, control } = run;
  const flushed = producer.flush();
  flushed.catch(() => {});
  await untilSettled(run, null, () => !isOver(run));
  if (control.abortMessage !== null) return;
  if (run.failure !== null) await settlesBeforeOrder(control, flushed, drainAfterStopMs);
  else await untilSettled(run, drainAfterStopMs, () => run.failure === null && control.abortMessage === null);
};

/** Ends the test when acknowledged records wait and none comes for the time-out. @returns a function that ends the watch */
const watchForTimeout = (run: E2eRun): (() => void) => {
  const { tracker, nowUs, job } = run;
  let received = tracker.received;
  let movedUs = nowUs();
  const look = (): void => {
    if (tracker.missing === 0 || tracker.received !== received) movedUs = nowUs();
    else if (nowUs() - movedUs >= job.timeoutMs * 1e3)
      fail(run, `no record came for ${job.timeoutMs} ms (--timeout) while acknowledged ones were waited for`);
    received = tracker.received;
  };
  const timer = setInterval(look, Math.min(lookForTimeoutMs, job.timeoutMs));
  return () => clearInterval(timer);
};

/** Sends all records and waits for them; what goes wrong stands in the run's `failure`. */
const sendAll = async (run: E2eRun): Promise<void> => {
  const reading = run.consumer.run().catch((error: unknown) => fail(run, messageOf(error)));
  const endWatch = watchForTimeout(run);
  try {
    await sendInTurn(run);
  } catch (error) {
    fail(run, messageOf(error));
  }
  try {
    await drain(run);
  } catch (error) {
    fail(run, messageOf(error));
  }
  endWatch();
  run.consumer.stop();
  await reading;
};

/** Clients that are open, with who hears of their records from the start on. */
type OpenedClients = {
  readonly producer: ProducerDriver;
  readonly consumer: ConsumerDriver;
  run: E2eRun | null;
};

const takeReceipt = (
  run: E2eRun,
  bytes: Buffer,
  keyStart: number,
  keyEnd: number,
  valueStart: number,
  valueEnd: number,
): void => {
  const { tracker, meter, records } = run;
  const receivedAtUs = run.nowUs();
  const index = records.recognise(bytes, keyStart, keyEnd, valueStart, valueEnd, tracker.newestIndex);
  const sentAtUs = tracker.receive(index);
  if (sentAtUs === null) return;
  const sizeBytes = valueEnd - valueStart + (keyStart < 0 ? 0 : keyEnd - keyStart);
  meter.receive(index, sentAtUs, 0, receivedAtUs, sizeBytes);
  run.wake?.();
};

const openClients = async (
  job: E2eJob,
  openProducer: OpenProducer,
  openConsumer: OpenConsumer,
  nowUs: () => number,
): Promise<OpenedClients> => {
  let opened: OpenedClients | null = null;
  const common = {
    topic: job.topic,
    nowUs,
    onRetry: ({ name, message }: { readonly name: string; readonly message: string }) =>
      job.port.postMessage({ kind: 'retry', name, message } satisfies FromE2e),
  };
  // The consumer begins behind the last record, so it is open before the first one is sent.
  const consumer = await openConsumer({
    ...common,
    properties: job.consumerProperties,
    partitions: null,
    onRecord: (bytes, _partition, _offset, _timestampMs, keyStart, keyEnd, valueStart, valueEnd) => {
      const run = opened?.run ?? null;
      if (run !== null) takeReceipt(run, bytes, keyStart, keyEnd, valueStart, valueEnd);
      return true;
    },
  });
  try {
    const producer = await openProducer({
      ...common,
      properties: job.properties,
      headers: e2eHeaders(job.records),
      onSettled: (batch) => {
        const run = opened?.run ?? null;
        if (run === null) return;
        run.meter.settle(batch);
        if (batch.error === null)
          for (let place = 0; place < batch.recordCount; place++) run.tracker.acknowledge(batch.tags[place] ?? -1);
        run.wake?.();
      },
    });
    opened = { producer, consumer, run: null };
    return opened;
  } catch (error) {
    await consumer.close();
    throw error;
  }
};

/** Runs the test through open clients and closes them. @returns the job's last message */
const measure = async (
  job: E2eJob,
  opened: OpenedClients,
  control: JobControl,
  nowUs: () => number,
): Promise<E2eDone> => {
  const { producer, consumer } = opened;
  const startUs = (await control.started) ?? nowUs();
  const meter = new E2eMeter({
    startUs,
    reportingIntervalMs: job.reportingIntervalMs,
    warmupRecords: job.warmupRecords,
    warmupEndUs: warmupEndUs(startUs, job.warmupMs),
    hasSchedule: false,
    settled: null,
    received: progressWriter(job.progress, job.worker),
    post: (message) => job.port.postMessage(message),
  });
  const run: E2eRun = {
    job,
    control,
    nowUs,
    producer,
    consumer,
    records: createE2eRecords(job.records, job.mark),
    tracker: new E2eTracker(),
    meter,
    endUs: job.durationMs === null ? Number.POSITIVE_INFINITY : startUs + job.durationMs * 1e3,
    takenRecords: 0,
    firstSendUs: null,
    failure: null,
    wake: null,
  };
  opened.run = run;
  const stopClosing = closeWindowsInTime(meter, nowUs);
  const threadMeter = startThreadMeter();
  await sendAll(run);
  stopClosing();
  const metrics = job.printMetrics ? { ...producer.metrics(), ...consumer.metrics() } : null;
  const [sent, fetched] = [producer.repeats(), consumer.repeats()];
  // What is unsettled fails now, and is counted.
  await producer.close();
  await consumer.close();
  opened.run = null;
  meter.close();
  return {
    kind: 'done',
    failure: run.failure ?? control.abortMessage,
    metrics,
    repeats: sumOfRepeats([sent, fetched]),
    recordsRetried: sent.retries,
    fetchesRetried: fetched.retries,
    thread: threadMeter.stop(),
    sender: null,
    failures: meter.failures,
    firstSendUs: run.firstSendUs,
    lastReceiptUs: meter.lastReceiptUs,
    recordsLost: run.tracker.missing,
    recordsDuplicated: run.tracker.duplicated,
    recordsForeign: run.tracker.foreign,
    recordsChanged: run.tracker.changed,
    checks: null,
    lastForeignUs: null,
    negativeLatencies: meter.negativeLatencies,
    maxLatenessUs: 0,
  };
};

/**
 * Runs the job of an end-to-end test: opens both clients, waits for the start, sends and receives, and posts windows and the end.
 * Failures of the clients are posted, not thrown.
 */
export const runE2eJob = (job: E2eJob, openProducer: OpenProducer, openConsumer: OpenConsumer): Promise<void> =>
  runJob<FromE2e>(job, async ({ nowUs }) => {
    const opened = await openClients(job, openProducer, openConsumer, nowUs);
    return {
      partitionCount: opened.producer.partitionCount,
      driverNotes: [...opened.producer.notes, ...opened.consumer.notes],
      run: (control) => measure(job, opened, control, nowUs),
    };
  });
