import { describe, expect, test } from 'vitest';
import { readAny } from '../../../src/harness/exec/command-tool.ts';
import {
  readConsumerRow,
  readEndToEnd,
  readFranz,
  readProducerLine,
  readRdkafkaConsumer,
  readRdkafkaProducer,
  recordsOfFranzLine,
  recordsOfWindow,
} from '../../../src/harness/exec/figures.ts';
import { readJsonFigures } from '../../../src/harness/exec/json-figures.ts';

describe("Kafka's producer tool", () => {
  const window = '24777 records sent, 4955.4 records/sec (0.95 MB/sec), 50.1 ms avg latency, 197.0 ms max latency.';
  const final =
    '50000 records sent, 114942.528736 records/sec (21.92 MB/sec), 60.03 ms avg latency, 197.00 ms max latency, 64 ms 50th, 92 ms 95th, 97 ms 99th, 101 ms 99.9th.';

  test('is read by its final line, between what else it prints', () => {
    const text = `Option --producer-props has been deprecated.\n${window}\n${final}\n\nMetric Name   Value\nx:y : 1.000\n`;
    const figures = readProducerLine(text);
    expect(figures).toMatchObject({ records: 50_000, recordsPerSecond: 114_942.528736, mebibytesPerSecond: 21.92 });
    expect(figures?.elapsedSeconds).toBeCloseTo(0.435, 3);
    expect(figures?.latencyMs).toEqual({ mean: 60.03, max: 197, p50: 64, p95: 92, p99: 97, p999: 101 });
  });

  test('has no latencies where no record was acknowledged', () => {
    const nothing =
      '0 records sent, 0.0 records/sec (0.00 MB/sec), NaN ms avg latency, 0.00 ms max latency, 0 ms 50th, 0 ms 95th, 0 ms 99th, 0 ms 99.9th.';
    expect(readProducerLine(nothing)).toMatchObject({ records: 0, elapsedSeconds: null, latencyMs: null });
  });

  test('tells of its progress in windows', () => {
    expect(recordsOfWindow(window)).toBe(24_777);
    expect(recordsOfWindow(final)).toBeNull();
  });

  test('has no figures when it failed', () => {
    expect(readProducerLine('java.lang.IllegalStateException\n\tat x\n')).toBeNull();
  });
});

describe("Kafka's consumer tool", () => {
  test('is read by its last row', () => {
    const text = [
      'start.time, end.time, data.consumed.in.MB, MB.sec, data.consumed.in.nMsg, nMsg.sec, rebalance.time.ms, fetch.time.ms, fetch.MB.sec, fetch.nMsg.sec',
      '2026-02-03 10:20:30:123, 2026-02-03 10:20:36:132, 19.0735, 3.2279, 200000, 33846.6746, 3060, 2849, 6.6948, 70200.0702',
      '',
    ].join('\n');
    expect(readConsumerRow(text)).toMatchObject({
      records: 200_000,
      bytes: 20_000_014,
      elapsedSeconds: 5.909,
      recordsPerSecond: 33_846.6746,
      mebibytesPerSecond: 3.2279,
      rebalanceTimeMs: 3060,
      fetchTimeMs: 2849,
      latencyMs: null,
      startedAtMs: new Date(2026, 1, 3, 10, 20, 30, 123).getTime(),
      endedAtMs: new Date(2026, 1, 3, 10, 20, 36, 132).getTime(),
    });
  });

  test('has no figures in its header alone', () => {
    expect(readConsumerRow('start.time, end.time, data.consumed.in.MB\n')).toBeNull();
  });
});

test("Kafka's end-to-end tool gives a mean and three percentiles", () => {
  const text = '0\t12.5\nAvg latency: 1.2853 ms\nPercentiles: 50th = 1, 99th = 3, 99.9th = 12\n';
  expect(readEndToEnd(text)?.latencyMs).toEqual({ mean: 1.2853, p50: 1, p95: null, p99: 3, p999: 12, max: null });
});

describe('rdkafka_performance', () => {
  test('is read by its summary as a producer, in mebibytes', () => {
    const text =
      '% 200000 messages produced (20000000 bytes), 199990 delivered (offset 0, 10 failed) in 808ms: 247357 msgs/s and 24.74 MB/s, 3 produce failures, 0 in queue, no compression\n';
    const figures = readRdkafkaProducer(text);
    expect(figures).toMatchObject({
      records: 199_990,
      failedRecords: 10,
      elapsedSeconds: 0.808,
      recordsPerSecond: 247_357,
    });
    expect(figures?.mebibytesPerSecond).toBeCloseTo(23.594, 3);
    expect(figures?.latencyMs).toBeNull();
  });

  test('is read by its last summary as a consumer', () => {
    const text =
      '% 1000 messages (100000 bytes) consumed in 1ms: 1000000 msgs/s (100.00 MB/s)\n% 200000 messages (20000000 bytes) consumed in 296ms: 675639 msgs/s (67.56 MB/s)\n% Average application fetch latency: 3us\n';
    expect(readRdkafkaConsumer(text)).toMatchObject({ records: 200_000, bytes: 20_000_000, elapsedSeconds: 0.296 });
  });
});

test("franz-go's bench is read by its seconds, without the first and the last", () => {
  const text = '0.50 MiB/s; 5.24k records/s\n190.73 MiB/s; 2000.00k records/s\n0.95 MiB/s; 10.00k records/s\n';
  expect(readFranz(text)).toMatchObject({
    records: 2_015_240,
    recordsPerSecond: 2_000_000,
    mebibytesPerSecond: 190.73,
  });
  expect(recordsOfFranzLine('190.73 MiB/s; 2000.00k records/s')).toBe(2_000_005);
  expect(readFranz('')).toBeNull();
});

describe('a small JSON document', () => {
  test('is the last line that is an object', () => {
    const text =
      'starting {it}\n{"progress":1}\n{"records":1000,"elapsedSeconds":2,"latencyMs":{"p50":1.5,"p99":9}}\nbye\n';
    expect(readJsonFigures(text)).toMatchObject({
      records: 1000,
      recordsPerSecond: 500,
      latencyMs: { mean: null, p50: 1.5, p95: null, p99: 9, p999: null, max: null },
    });
  });

  test('may be our own', () => {
    const own = { recordsSent: 10, recordsFailed: 1, recordsPerSecond: 5, serviceTimeMs: { p50: 2, count: 10 } };
    expect(readJsonFigures(JSON.stringify(own))).toMatchObject({
      records: 10,
      failedRecords: 1,
      elapsedSeconds: 2,
      latencyMs: { p50: 2 },
    });
  });

  test('says how many records, or how many a second', () => {
    expect(readJsonFigures('{"elapsedSeconds":2}')).toBeNull();
    expect(readJsonFigures('{"records":')).toBeNull();
    expect(readJsonFigures('')).toBeNull();
  });

  test.each([
    { records: -5, elapsedSeconds: 2 },
    { records: 99.5, elapsedSeconds: 2 },
    { records: 5, elapsedSeconds: -1 },
    { records: 5, recordsPerSecond: '7' },
    { records: 5, latencyMs: { p99: -1 } },
    { records: 5, latencyMs: 3 },
  ])('is not read when a figure in it cannot be: %j', (document) => {
    expect(readJsonFigures(JSON.stringify(document))).toBeNull();
    expect(readJsonFigures('{"records":5,"elapsedSeconds":null,"latencyMs":null}')).toMatchObject({ records: 5 });
  });

  test("comes before Kafka's lines", () => {
    expect(readAny('producer')('{"records":7,"elapsedSeconds":1}')?.records).toBe(7);
    expect(readAny('consumer')('nothing')).toBeNull();
  });
});
