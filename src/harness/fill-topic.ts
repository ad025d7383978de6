/** Writes records into a topic before a test, as fast as one producer can. */
import { plainShape } from '../load/shape.ts';
import { TestFailure } from './failure.ts';
import type { TestObserver } from './observer.ts';
import type { Session } from './session.ts';

/** What is written. */
export type Filling = {
  readonly topic: string;
  readonly recordCount: number;
  readonly recordSizeBytes: number;
  /** Client properties of the connection. */
  readonly properties: Readonly<Record<string, string>>;
  readonly reportingIntervalMs: number;
};

const fillSeed = 0;

/** Writes the records, of random letters. Rejects with a TestFailure when not all could be written. */
export const fillTopic = async (session: Session, filling: Filling, observer: TestObserver): Promise<void> => {
  const { topic, recordCount, recordSizeBytes, reportingIntervalMs } = filling;
  observer.onNotice(`filling topic ${topic} with ${recordCount} records of ${recordSizeBytes} bytes`);
  const [{ ProducerCollector }, { runProducerLoad }] = await Promise.all([
    import('./producer-collector.ts'),
    import('./producer-load.ts'),
  ]);
  const collector = new ProducerCollector({ workers: 1, reportingIntervalMs, onWindow: () => {} });
  const { failure } = await runProducerLoad(
    session,
    {
      topic,
      properties: {
        ...filling.properties,
        'bootstrap.servers': session.bootstrapServers,
        'client.id': 'spillway-fill',
        'batch.size': '65536',
        acks: '1',
      },
      producers: 1,
      payload: { kind: 'random', sizeBytes: recordSizeBytes, seed: fillSeed },
      shape: plainShape,
      recordCount,
      warmupRecords: 0,
      reportingIntervalMs,
      printMetrics: false,
      // What is measured begins after the filling: it is done by whatever is quickest.
      driver: 'native',
    },
    collector,
    { onNotice: observer.onNotice, onWarning: observer.onWarning, stop: observer.stop },
  );
  if (observer.stop.aborted) throw new TestFailure('interrupted before the first record');
  const { recordsSent } = collector.summary();
  if (failure === null && recordsSent === recordCount) return;
  const reason = failure ?? Object.keys(collector.errors()).join(', ');
  throw new TestFailure(`filling topic ${topic} ended after ${recordsSent} of ${recordCount} records: ${reason}`);
};
