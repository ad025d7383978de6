/** HdrHistogram's interval log (`.hlog`, format 1.3): a line for each interval and kind of latency, for HdrHistogram's own tools. */
import { HistogramLogWriter } from 'hdr-histogram-js';
import type { LatencyHistogram } from './histogram.ts';

/** The column with an interval's maximum is in milliseconds, and so is what HdrHistogram's tools make of the whole with this ratio. */
const microsecondsPerMillisecond = 1000;
const decimals = 3;

const written = (write: (log: HistogramLogWriter) => void): string => {
  let text = '';
  write(
    new HistogramLogWriter((piece) => {
      text += piece;
    }),
  );
  return text;
};

/**
 * The lines that a log begins with. Intervals count from `startMs`, milliseconds since the Unix epoch.
 * @param about what the tags stand for, a line each
 */
export const histogramLogHead = (startMs: number, about: readonly string[]): string =>
  written((log) => {
    const seconds = (startMs / 1e3).toFixed(decimals);
    log.outputLogFormatVersion();
    for (const line of about) log.outputComment(`[${line}]`);
    log.outputComment(`[BaseTime: ${seconds} (seconds since epoch)]`);
    log.outputComment(`[StartTime: ${seconds} (seconds since epoch), ${new Date(startMs).toISOString()}]`);
    log.outputLegend();
  });

/** One line: what was timed from `startSeconds` to `endSeconds` after the log's start. A tag has no comma and no space. */
export const histogramLogLine = (
  tag: string,
  histogram: LatencyHistogram,
  startSeconds: number,
  endSeconds: number,
): string =>
  written((log) => {
    histogram.tag = tag;
    log.outputIntervalHistogram(histogram, startSeconds, endSeconds, microsecondsPerMillisecond);
  });
