import type { ProduceBatch } from '../client/produce-batch.ts';
import type { DriverError, SettledBatch } from './driver.ts';

/** What a load is told of a batch of ours whose fate is known; its arrays are the batch's own. */
export const settledBatchOf = (batch: ProduceBatch, error: DriverError | null, settledAtUs: number): SettledBatch => ({
  partition: batch.partition,
  recordCount: batch.recordCount,
  valueBytes: batch.valueBytes,
  sentAtUs: batch.sentAtUs,
  dueAtUs: batch.dueAtUs,
  tags: batch.tags,
  openedAtUs: batch.createdAtUs,
  requestSentAtUs: batch.firstSentAtUs,
  settledAtUs,
  error,
});
