/**
 * Results of end-to-end tests as text. Lines of Kafka's EndToEndLatency (4.2) keep their form, so that scripts that parse them keep
 * working; where Kafka prints whole milliseconds, these have fractions.
 */
import type { E2eResult } from '../results/e2e-result.ts';
import type { LatencySummary } from '../results/result.ts';
import { count, errorText, milliseconds, oneLine } from './text.ts';

/** Decimals of a latency: whole microseconds. */
const decimals = 3;

const fixed = (value: number | undefined, digits: number): string =>
  value === undefined ? 'NaN' : value.toFixed(digits);

/** Every thousandth record: its index, a tab and its latency in milliseconds. */
export const e2eSampleLine = (index: number, latencyMs: number): string => `${index}\t${latencyMs.toFixed(decimals)}`;

/** The latency that the lines print: from the due time where there is one, else from the send. */
const shownTimes = ({ endToEndServiceTimeMs, endToEndResponseTimeMs }: E2eResult): LatencySummary | null =>
  endToEndResponseTimeMs ?? endToEndServiceTimeMs;

/** The average and the percentiles; NaN when no record came back, nothing when all that came back were of the warm-up. */
export function e2eSummaryLines(result: E2eResult): readonly string[] {
  const times = shownTimes(result);
  if (times === null && result.recordsReceived > 0) return [];
  return [
    `Avg latency: ${fixed(times?.mean, 4)} ms`,
    `Percentiles: 50th = ${fixed(times?.p50, decimals)}, 99th = ${fixed(times?.p99, decimals)}, 99.9th = ${fixed(times?.p999, decimals)}`,
  ];
}

const percentiles = ({ p50, p99, p999, max }: LatencySummary): string =>
  `${milliseconds(p50)} 50th, ${milliseconds(p99)} 99th, ${milliseconds(p999)} 99.9th, ${milliseconds(max)} max`;

/** Earlier versions knew nothing else without a schedule. */
const isInTurn = ({ configuration: { plan } }: E2eResult): boolean =>
  typeof plan !== 'object' || plan === null || !('isInTurn' in plan) || plan.isInTurn !== false;

/** What the lines above have no place for, each in a line: how long acknowledgements took, and with a rate what starting at the send would have said. */
export function e2eDetailTexts(result: E2eResult): readonly string[] {
  const { ackTimeMs, endToEndServiceTimeMs, endToEndResponseTimeMs, generator, warmupRecords } = result;
  const lines: string[] = [];
  if (warmupRecords > 0) lines.push(`the first ${count(warmupRecords)} records are warm-up, and in no latency`);
  if (endToEndServiceTimeMs === null || ackTimeMs === null) return lines;
  if (endToEndResponseTimeMs === null) {
    const longest = `longest ${milliseconds(endToEndServiceTimeMs.max)}`;
    lines.push(
      isInTurn(result)
        ? `${longest}, one record at a time: a stall is felt by one record alone`
        : `${longest}, as fast as possible: most of it is waiting in the producer`,
    );
  } else {
    const late = milliseconds(generator.maxLatenessMs ?? 0);
    lines.push(
      `the latencies above count from when records were due, longest ${milliseconds(endToEndResponseTimeMs.max)}; latest send ${late} after its time`,
      `from the send: ${percentiles(endToEndServiceTimeMs)}`,
    );
  }
  lines.push(`to the acknowledgement, from the send: ${percentiles(ackTimeMs)}`);
  const backlog = backlogText(result);
  if (backlog !== null) lines.push(backlog);
  if (result.verdict !== null) lines.push(result.verdict.sentence);
  return lines;
}

/** How long a backlog was read, and what it did to acknowledgements, in one line; null without one. */
export function backlogText({ backlog }: Pick<E2eResult, 'backlog'>): string | null {
  if (backlog === null || backlog === undefined) return null;
  const { records, drainedSeconds, ackWhileDrainingMs, ackAfterwardsMs } = backlog;
  if (drainedSeconds === null) return `nothing of the backlog of ${count(records)} records was read`;
  const times = [
    [ackWhileDrainingMs, 'meanwhile'],
    [ackAfterwardsMs, 'afterwards'],
  ] as const;
  const parts = times.flatMap(([time, text]) => (time === null ? [] : [`${percentiles(time)} ${text}`]));
  const acknowledged = parts.length === 0 ? '' : `; to the acknowledgement ${parts.join('; ')}`;
  return `the backlog of ${count(records)} records was read in ${drainedSeconds.toFixed(2)} s${acknowledged}`;
}

/**
 * What went wrong in an end-to-end test, in one line; null when every record came back once.
 * @param recordCount that had to come back; null when a time ended the test
 */
export function e2eFailureText(result: E2eResult, recordCount: number | null): string | null {
  const { failure, recordsSent, recordsFailed, recordsReceived, isInterrupted } = result;
  const strays = [
    [result.recordsLost, 'lost (acknowledged and not received)'],
    [result.recordsDuplicated, 'received again'],
    [result.recordsChanged, 'received otherwise than they were sent'],
  ] as const;
  const found = strays.filter(([records]) => records > 0).map(([records, text]) => `${count(records)} ${text}`);
  const isShort = recordCount !== null && recordsReceived < recordCount && !isInterrupted;
  const hasFailed = failure !== null || recordsFailed > 0 || isShort || found.length > 0;
  if (!hasFailed) return null;
  const errors = errorText(result.errors, failure);
  const counts = [
    `${count(recordsSent)} acknowledged`,
    `${count(recordsReceived)} received`,
    `${count(recordsFailed)} failed${errors === '' ? '' : `: ${errors}`}`,
    ...found,
  ];
  return oneLine([...(failure === null ? [] : [failure]), counts.join(', ')].join('; '));
}

/** That others wrote to the topic, in one line; null when nobody did. */
export function e2eForeignText({ recordsForeign }: E2eResult): string | null {
  if (recordsForeign === 0) return null;
  const who = recordsForeign === 1 ? 'record was' : 'records were';
  return `${count(recordsForeign)} ${who} not of this test, and left out: something else writes to the topic`;
}

/** What the clients did again, in one line; null when they did nothing again. */
export function e2eRepeatsText({ recordsRetried, fetchesRetried, reconnects }: E2eResult): string | null {
  const parts = [
    [recordsRetried, 'record was sent again', 'records were sent again'],
    [fetchesRetried, 'fetch was made again', 'fetches were made again'],
    [reconnects, 'connection was opened again', 'connections were opened again'],
  ] as const;
  const found = parts
    .filter(([times]) => times > 0)
    .map(([times, one, more]) => `${count(times)} ${times === 1 ? one : more}`);
  return found.length === 0 ? null : found.join(', ');
}
