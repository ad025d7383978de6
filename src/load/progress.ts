/**
 * How far each worker is, in shared memory: the main thread looks now and then, and no message is sent. Each worker has a cache
 * line of its own; a number is written whole on the processors Node runs on, and a stale one does no harm.
 */

const numbersPerWorker = 8;
const recordsSlot = 0;
const lastRecordSlot = 1;

/** Shared memory for the progress of `workers` workers. */
export const createProgress = (workers: number): SharedArrayBuffer =>
  new SharedArrayBuffer(workers * numbersPerWorker * Float64Array.BYTES_PER_ELEMENT);

/** A worker's own place, to write. */
export type ProgressWriter = { report(records: number, lastRecordUs: number): void };

/** The place of worker `worker`. */
export const progressWriter = (shared: SharedArrayBuffer, worker: number): ProgressWriter => {
  const numbers = new Float64Array(
    shared,
    worker * numbersPerWorker * Float64Array.BYTES_PER_ELEMENT,
    numbersPerWorker,
  );
  return {
    report(records, lastRecordUs) {
      numbers[recordsSlot] = records;
      numbers[lastRecordSlot] = lastRecordUs;
    },
  };
};

/** All workers together: records so far, and when the last one came, microseconds on the run's clock (0 when none did). */
export const readProgress = (
  shared: SharedArrayBuffer,
): { readonly records: number; readonly lastRecordUs: number } => {
  const numbers = new Float64Array(shared);
  let records = 0;
  let lastRecordUs = 0;
  for (let base = 0; base < numbers.length; base += numbersPerWorker) {
    records += numbers[base + recordsSlot] ?? 0;
    lastRecordUs = Math.max(lastRecordUs, numbers[base + lastRecordSlot] ?? 0);
  }
  return { records, lastRecordUs };
};
