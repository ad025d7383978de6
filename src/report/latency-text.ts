/** What a producer test timed, for stderr: a table of all latencies, and what waited. Kafka's lines on stdout have no place for them. */
import type { LatencySummary, ProducerResult } from '../results/result.ts';
import { count, milliseconds } from './text.ts';

const columns = [
  ['mean', 'mean'],
  ['50th', 'p50'],
  ['95th', 'p95'],
  ['99th', 'p99'],
  ['99.9th', 'p999'],
  ['99.99th', 'p9999'],
  ['max', 'max'],
] as const;

const titleWidth = 41;
const cellWidth = 11;

const cell = (value: number): string =>
  value < 100 ? value.toFixed(3) : value < 1e4 ? value.toFixed(1) : count(value);

const row = (title: string, cells: readonly string[]): string =>
  title.padEnd(titleWidth) + cells.map((text) => text.padStart(cellWidth)).join('');

/** A table of the latencies, with a schedule from when records were due and from the send; empty without samples. */
export function latencyTable(result: ProducerResult): readonly string[] {
  const rows: readonly (readonly [title: string, summary: LatencySummary | null])[] = [
    ['  response time, due to acknowledged', result.responseTimeMs],
    ['  service time, send to acknowledged', result.serviceTimeMs],
    ['  difference, due to send', result.sendLatenessMs],
    ['  batch wait, first record to request', result.batchWaitMs],
    ['  request time, request to acknowledged', result.requestTimeMs],
  ];
  const filled = rows.flatMap(([title, summary]) =>
    summary === null
      ? []
      : [
          row(
            title,
            columns.map(([, field]) => cell(summary[field])),
          ),
        ],
  );
  if (filled.length === 0) return [];
  return [
    row(
      'latencies in ms',
      columns.map(([name]) => name),
    ),
    ...filled,
  ];
}

/** How long send() waited for `buffer.memory`, in one line; null when it never did. */
export function blockedText({ blockedTime }: ProducerResult): string | null {
  const { count: times, totalMs, maxMs, share } = blockedTime;
  if (times === 0) return null;
  const often = times === 1 ? 'once' : `${count(times)} times`;
  return `send waited ${often} for room in buffer.memory: ${milliseconds(totalMs)} together, ${milliseconds(maxMs)} at most, ${(share * 100).toFixed(1)} % of the time`;
}
