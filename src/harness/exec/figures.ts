/** What load generators print of themselves, read into one shape. Formats are those of the tools named at each reader. */

/** Latencies that a tool gives, milliseconds; null for what it does not give. */
export type ToolLatency = {
  readonly mean: number | null;
  readonly p50: number | null;
  readonly p95: number | null;
  readonly p99: number | null;
  readonly p999: number | null;
  readonly max: number | null;
};

/** What a tool says of its run; null for what it does not say. */
export type ToolFigures = {
  /** Acknowledged or received. */
  readonly records: number | null;
  readonly failedRecords: number | null;
  /** Values (producer), or keys and values (consumer). */
  readonly bytes: number | null;
  readonly elapsedSeconds: number | null;
  readonly recordsPerSecond: number | null;
  /** 2^20 bytes, whatever the tool's own unit is. */
  readonly mebibytesPerSecond: number | null;
  readonly latencyMs: ToolLatency | null;
  /** Of consumers that join a group. */
  readonly rebalanceTimeMs: number | null;
  readonly fetchTimeMs: number | null;
  /** When it began and ended by its own account, milliseconds since the Unix epoch. */
  readonly startedAtMs: number | null;
  readonly endedAtMs: number | null;
};

/** Nothing is known. */
export const noFigures: ToolFigures = {
  records: null,
  failedRecords: null,
  bytes: null,
  elapsedSeconds: null,
  recordsPerSecond: null,
  mebibytesPerSecond: null,
  latencyMs: null,
  rebalanceTimeMs: null,
  fetchTimeMs: null,
  startedAtMs: null,
  endedAtMs: null,
};

/** Nothing is known of latencies. */
export const noLatency: ToolLatency = { mean: null, p50: null, p95: null, p99: null, p999: null, max: null };

const bytesPerMebibyte = 1024 * 1024;

/** Java prints NaN where it has no samples. */
const numberOf = (text: string | undefined): number | null => {
  const value = Number(text?.trim() === '' ? Number.NaN : text);
  return Number.isFinite(value) ? value : null;
};

/** Reads the whole of what a tool printed; null when its figures are not there. */
export type FiguresReader = (stdout: string) => ToolFigures | null;

const linesOf = (text: string): readonly string[] => text.split(/\r?\n/);

const producerLine =
  /^(\d+) records sent, (\S+) records\/sec \((\S+) MB\/sec\), (\S+) ms avg latency, (\S+) ms max latency, (\S+) ms 50th, (\S+) ms 95th, (\S+) ms 99th, (\S+) ms 99\.9th\.$/;

/** The final line of Kafka's ProducerPerformance (and of whoever prints the same). Its MB are 2^20 bytes of values. */
export const readProducerLine: FiguresReader = (stdout) => {
  const line = linesOf(stdout).findLast((each) => producerLine.test(each.trim()));
  const [, records, rate, mebibytes, mean, max, p50, p95, p99, p999] = producerLine.exec(line?.trim() ?? '') ?? [];
  const count = numberOf(records);
  const perSecond = numberOf(rate);
  if (count === null || perSecond === null) return null;
  const elapsedSeconds = perSecond > 0 ? count / perSecond : null;
  const perSecondMiB = numberOf(mebibytes);
  // Without an acknowledged record the percentiles are printed as 0.
  const hasSamples = numberOf(mean) !== null;
  return {
    ...noFigures,
    records: count,
    elapsedSeconds,
    recordsPerSecond: perSecond,
    mebibytesPerSecond: perSecondMiB,
    latencyMs: hasSamples
      ? {
          mean: numberOf(mean),
          max: numberOf(max),
          p50: numberOf(p50),
          p95: numberOf(p95),
          p99: numberOf(p99),
          p999: numberOf(p999),
        }
      : null,
  };
};

const windowLine = /^(\d+) records sent, \S+ records\/sec \(\S+ MB\/sec\), \S+ ms avg latency, \S+ ms max latency\.$/;

/** Records of a window line of ProducerPerformance; null for any other line. */
export const recordsOfWindow = (line: string): number | null => numberOf(windowLine.exec(line.trim())?.[1]);

const localTime = /^(\d{4})-(\d{2})-(\d{2}) (\d{2}):(\d{2}):(\d{2}):(\d{3})$/;

/** A time as ConsumerPerformance writes it unless told otherwise, in this machine's zone; null for any other. */
const localTimeMs = (text: string | undefined): number | null => {
  const parts = localTime
    .exec(text ?? '')
    ?.slice(1)
    .map(Number);
  if (parts === undefined) return null;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, millisecond = 0] = parts;
  return new Date(year, month - 1, day, hour, minute, second, millisecond).getTime();
};

/**
 * The final row of Kafka's ConsumerPerformance, with its header or without. Times are local ones without a zone; the elapsed time is the
 * rebalance's and the fetches' together, which is how the tool makes them.
 */
export const readConsumerRow: FiguresReader = (stdout) => {
  const row = linesOf(stdout).findLast((line) => /^\d{4}-\d{2}-\d{2} [^,]+, \d{4}-/.test(line.trim()));
  const fields = row?.split(',').map((field) => field.trim()) ?? [];
  const [, , mebibytes, mebibytesPerSecond, records, recordsPerSecond, rebalance, fetch] = fields.map(numberOf);
  if (fields.length !== 10 || typeof records !== 'number') return null;
  const rebalanceTimeMs = rebalance ?? null;
  const fetchTimeMs = fetch ?? null;
  return {
    ...noFigures,
    records,
    bytes: typeof mebibytes === 'number' ? Math.round(mebibytes * bytesPerMebibyte) : null,
    elapsedSeconds: rebalanceTimeMs === null || fetchTimeMs === null ? null : (rebalanceTimeMs + fetchTimeMs) / 1e3,
    recordsPerSecond: recordsPerSecond ?? null,
    mebibytesPerSecond: mebibytesPerSecond ?? null,
    rebalanceTimeMs,
    fetchTimeMs,
    startedAtMs: localTimeMs(fields[0]),
    endedAtMs: localTimeMs(fields[1]),
  };
};

/** The last two lines of Kafka's EndToEndLatency: whole milliseconds, cut off and not rounded. */
export const readEndToEnd: FiguresReader = (stdout) => {
  const mean = numberOf(/^Avg latency: (\S+) ms$/m.exec(stdout)?.[1]);
  const [, p50, p99, p999] = /^Percentiles: 50th = (\d+), 99th = (\d+), 99\.9th = (\d+)$/m.exec(stdout) ?? [];
  if (mean === null) return null;
  return {
    ...noFigures,
    latencyMs: { ...noLatency, mean, p50: numberOf(p50), p99: numberOf(p99), p999: numberOf(p999) },
  };
};

const fromMegabytes = (text: string | undefined): number | null => {
  const value = numberOf(text);
  return value === null ? null : (value * 1e6) / bytesPerMebibyte;
};

const rdkafkaProduced =
  /% \d+ messages produced \(\d+ bytes\), (\d+) delivered \(offset -?\d+, (\d+) failed\) in (\d+)ms: (\d+) msgs\/s and (\S+) MB\/s/g;

/** The summary of `rdkafka_performance -P`; its MB are 10^6 bytes of values. */
export const readRdkafkaProducer: FiguresReader = (stdout) => {
  const found = [...stdout.matchAll(rdkafkaProduced)].at(-1);
  if (found === undefined) return null;
  const [, delivered, failed, elapsedMs, rate, megabytes] = found;
  const elapsed = numberOf(elapsedMs);
  return {
    ...noFigures,
    records: numberOf(delivered),
    failedRecords: numberOf(failed),
    elapsedSeconds: elapsed === null ? null : elapsed / 1e3,
    recordsPerSecond: numberOf(rate),
    mebibytesPerSecond: fromMegabytes(megabytes),
  };
};

const rdkafkaConsumed = /% (\d+) messages \((\d+) bytes\) consumed in (\d+)ms: (\d+) msgs\/s \((\S+) MB\/s\)/g;

/** The summary of `rdkafka_performance -C` or `-G`; its clock starts at the first message. */
export const readRdkafkaConsumer: FiguresReader = (stdout) => {
  const found = [...stdout.matchAll(rdkafkaConsumed)].at(-1);
  if (found === undefined) return null;
  const [, records, bytes, elapsedMs, rate, megabytes] = found;
  const elapsed = numberOf(elapsedMs);
  return {
    ...noFigures,
    records: numberOf(records),
    bytes: numberOf(bytes),
    elapsedSeconds: elapsed === null ? null : elapsed / 1e3,
    recordsPerSecond: numberOf(rate),
    mebibytesPerSecond: fromMegabytes(megabytes),
  };
};

const franzLine = /^(\d+\.\d+) MiB\/s; (\d+\.\d+)k records\/s$/;

/** Records of a line are rounded to tens: a sum of lines is to reach what was asked for when the records do. */
const roundedOff = 5;

/** The most records that a line of franz-go's bench can mean, which prints one for each second; null for any other line. */
export const recordsOfFranzLine = (line: string): number | null => {
  const thousands = numberOf(franzLine.exec(line.trim())?.[2]);
  return thousands === null ? null : Math.round(thousands * 1000) + roundedOff;
};

/** The lines of franz-go's bench. It never ends by itself: rates leave out the first line, which holds its start, and the last. */
export const readFranz: FiguresReader = (stdout) => {
  const rows = linesOf(stdout).flatMap((line) => {
    const [, mebibytes, thousands] = franzLine.exec(line.trim()) ?? [];
    const [perSecond, records] = [numberOf(mebibytes), numberOf(thousands)];
    return perSecond === null || records === null ? [] : [{ mebibytes: perSecond, records: records * 1000 }];
  });
  if (rows.length === 0) return null;
  const whole = rows.length > 2 ? rows.slice(1, -1) : rows;
  const mean = (of: (row: (typeof rows)[number]) => number): number =>
    whole.reduce((sum, row) => sum + of(row), 0) / whole.length;
  return {
    ...noFigures,
    records: Math.round(rows.reduce((sum, row) => sum + row.records, 0)),
    recordsPerSecond: mean((row) => row.records),
    mebibytesPerSecond: mean((row) => row.mebibytes),
  };
};
