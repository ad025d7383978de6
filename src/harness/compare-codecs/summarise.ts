/** From trials to a codec's figures: pure functions. */
import { median } from '../../measure/statistics/samples.ts';
import {
  type CodecMeasurement,
  type CodecPace,
  type CodecPaceSummary,
  type CodecRole,
  type CodecSummary,
  type CodecTrial,
  codecRoles,
} from '../../results/codec-result.ts';
import type { FigureRange } from '../../results/workload-run.ts';
import type { CodecChoice } from './plan.ts';

const times = ['p50', 'p90', 'p99', 'p999', 'max'] as const;

const roleFigures = (role: CodecRole, { records, roles }: CodecMeasurement): readonly [string, number | null][] => {
  const { cpuSeconds, sentBytes, receivedBytes, diskBytesWritten } = roles[role];
  const each = (amount: number | null): number | null => (amount === null ? null : amount / records);
  return [
    [`${role}.cpuSecondsPerMillion`, cpuSeconds === null ? null : (cpuSeconds * 1e6) / records],
    [
      `${role}.networkBytesPerRecord`,
      each(sentBytes === null || receivedBytes === null ? null : sentBytes + receivedBytes),
    ],
    [`${role}.sentBytesPerRecord`, each(sentBytes)],
    [`${role}.receivedBytesPerRecord`, each(receivedBytes)],
    [`${role}.diskBytesPerRecord`, each(diskBytesWritten)],
  ];
};

/** CPU of all roles that can be seen. */
const visibleCpu = ({ records, roles }: CodecMeasurement): number | null => {
  const seconds = codecRoles.map((role) => roles[role].cpuSeconds).filter((each) => each !== null);
  return seconds.length === 0 ? null : (seconds.reduce((sum, each) => sum + each, 0) * 1e6) / records;
};

/** All figures of a trial by name; null for what it has not. */
export const figuresOfTrial = (measured: CodecMeasurement): Readonly<Record<string, number | null>> => {
  const { records, bytesBeforeCompression, bytesAfterCompression, payloadBytes, batches, responseTimeMs } = measured;
  const { serviceTimeMs } = measured;
  const cpu = visibleCpu(measured);
  const wireBytes = measured.wireBytes / records;
  return {
    recordsPerSecond: measured.produced.recordsPerSecond,
    mebibytesPerSecond: measured.produced.mebibytesPerSecond,
    readRecordsPerSecond: measured.consumed.recordsPerSecond,
    readMebibytesPerSecond: measured.consumed.mebibytesPerSecond,
    ratio: bytesAfterCompression === 0 ? null : bytesBeforeCompression / bytesAfterCompression,
    payloadBytesPerRecord: payloadBytes / records,
    recordsPerBatch: batches === 0 ? null : records / batches,
    wireBytesPerRecord: wireBytes,
    logBytesPerRecord: measured.logBytes === null ? null : measured.logBytes / records,
    cpuSecondsPerMillion: cpu,
    // What a recommendation goes by: per cents of bytes and of CPU count alike in a product.
    cost: cpu === null ? null : cpu * wireBytes,
    ...Object.fromEntries(times.map((point) => [`responseTimeMs.${point}`, responseTimeMs?.[point] ?? null])),
    ...Object.fromEntries(times.map((point) => [`serviceTimeMs.${point}`, serviceTimeMs?.[point] ?? null])),
    ...Object.fromEntries(codecRoles.flatMap((role) => roleFigures(role, measured))),
  };
};

/** The median with the range. Throws a RangeError for no values. */
export const rangeOf = (values: readonly number[]): FigureRange => ({
  median: median(values),
  least: Math.min(...values),
  most: Math.max(...values),
});

/** Sums up the trials of one codec at one pace. */
export const summarisePace = (trials: readonly CodecTrial[]): CodecPaceSummary => {
  const good = trials.flatMap(({ failure, measured }) =>
    failure === null && measured !== null ? [figuresOfTrial(measured)] : [],
  );
  const ranges = Object.keys(good[0] ?? {}).flatMap((name) => {
    const values = good.map((figures) => figures[name] ?? null).filter((value) => value !== null);
    return values.length < good.length ? [] : [[name, rangeOf(values)] as const];
  });
  return { trialsDone: good.length, trialsFailed: trials.length - good.length, figures: Object.fromEntries(ranges) };
};

/** Sums up all trials, codec by codec. */
export const summariseCodecs = (
  codecs: readonly CodecChoice[],
  trials: readonly CodecTrial[],
): readonly CodecSummary[] =>
  codecs.map(({ name, properties }) => {
    const at = (pace: CodecPace): CodecPaceSummary =>
      summarisePace(trials.filter((trial) => trial.codec === name && trial.pace === pace));
    const measured = trials.find((trial) => trial.codec === name && trial.measured !== null)?.measured;
    return {
      codec: name,
      settings: properties,
      implementation: measured?.implementation ?? null,
      fullSpeed: at('full-speed'),
      commonRate: at('common-rate'),
    };
  });
