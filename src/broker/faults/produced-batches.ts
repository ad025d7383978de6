/** The batches of Produce requests and what became of them, out of messages of the schema. */
import { BATCH_OVERHEAD_BYTES, batchRecordCount } from '../../protocol/record-batch.ts';
import { type Message, messagesIn } from './request-topics.ts';
import type { TracedBatch } from './trace-file.ts';

const messages = (value: unknown): readonly Message[] => messagesIn(value) ?? [];

/** The batches of a request in their order; whatever has no whole header counts no records. Nothing became of them yet. */
export const producedBatches = (request: Message): readonly TracedBatch[] =>
  messages(request.topicData).flatMap(({ partitionData }) =>
    messages(partitionData).map(({ index, records }) => ({
      partition: Number(index),
      recordCount:
        Buffer.isBuffer(records) && records.length >= BATCH_OVERHEAD_BYTES ? batchRecordCount(records, 0) : 0,
      baseOffset: -1,
      errorCode: 0,
    })),
  );

/** Records of a request over all its batches. */
export const recordCountOf = (request: Message): number =>
  producedBatches(request).reduce((sum, { recordCount }) => sum + recordCount, 0);

/** The batches with what a response says of them: it has them in the order of the request. */
export const answeredBatches = (batches: readonly TracedBatch[], response: Message): readonly TracedBatch[] => {
  const answers = messages(response.responses).flatMap(({ partitionResponses }) => messages(partitionResponses));
  return batches.map((batch, index) => ({
    ...batch,
    baseOffset: Number(answers[index]?.baseOffset ?? -1),
    errorCode: Number(answers[index]?.errorCode ?? 0),
  }));
};
