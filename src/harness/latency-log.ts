/** The `.hlog` of a test, written interval by interval, so that a killed run leaves what it had. */

import type { LatencyHistogram } from '../measure/histogram.ts';
import { histogramLogHead, histogramLogLine } from '../measure/histogram-log.ts';
import type { RunRecord } from '../results/run-record.ts';
import type { ProducerHistograms } from './producer-latencies.ts';
import { systemReason } from './system-reason.ts';

const logName = 'latency.hlog';

/** What a log holds: a tag for each kind of latency, and what the tags stand for, a line each. */
export type LogContent<Kind extends string> = {
  readonly tags: readonly (readonly [tag: string, kind: Kind])[];
  readonly about: readonly string[];
};

/** The log of a producer test. */
export const producerLog: LogContent<keyof ProducerHistograms> = {
  tags: [
    ['service', 'serviceTime'],
    ['response', 'responseTime'],
    ['lateness', 'sendLateness'],
    ['batchwait', 'batchWait'],
    ['request', 'requestTime'],
  ],
  about: [
    'Latencies in microseconds, Interval_Max in milliseconds',
    'service: send to acknowledgement; response: due time to acknowledgement; lateness: due time to send',
    'batchwait: first append of a batch to its request; request: request to acknowledgement; both of batches',
  ],
};

/** A log that is being written; it takes nothing any more when the disk refused a line, which is warned of once. */
export type LatencyLog<Kind extends string> = {
  /** Begins the log; intervals count from `startMs`, milliseconds since the epoch. */
  begin(startMs: number): void;
  add(
    window: { readonly startSeconds: number; readonly endSeconds: number },
    of: Readonly<Record<Kind, LatencyHistogram>>,
  ): void;
};

/** The log of a run; without a record it takes everything and keeps nothing. */
export const createLatencyLog = <Kind extends string>(
  record: RunRecord | null,
  { tags, about }: LogContent<Kind>,
  onWarning: (line: string) => void,
): LatencyLog<Kind> => {
  let isOpen = record !== null;
  const append = (text: string): void => {
    if (!isOpen || text === '') return;
    try {
      record?.append(logName, text);
    } catch (error) {
      isOpen = false;
      onWarning(`${logName} of the run record ends here: ${systemReason(error)}`);
    }
  };
  return {
    begin: (startMs) => append(histogramLogHead(startMs, about)),
    add({ startSeconds, endSeconds }, of) {
      if (!isOpen) return;
      const lines = tags.map(([tag, kind]) =>
        of[kind].totalCount === 0 ? '' : histogramLogLine(tag, of[kind], startSeconds, endSeconds),
      );
      append(lines.join(''));
    },
  };
};
