/** Kafka's own tools as drivers of our tests, and beside our own client. */
import path from 'node:path';
import { expect, test } from 'vitest';
import { kafkaClassPath } from '../../scripts/kafka-jars.mjs';
import { needs, startSpillway } from './support.ts';

const home = (): string => path.dirname(kafkaClassPath());

test("Kafka's producer tool runs as a driver, and the topic holds what it says", async (context) => {
  needs(context, 'java', 'mvn');
  const { stdout, stderr, status } = await startSpillway([
    ...['producer-perf-test', '--topic', 't', '--num-records', '20000', '--record-size', '100', '--throughput', '-1'],
    ...['--driver', 'exec:java', '--kafka-home', home(), '--json', '--no-record'],
    ...['--command-property', 'acks=all', 'linger.ms=1'],
  ]).finished;
  expect({ status, stderr }).toMatchObject({ status: 0 });
  const result = JSON.parse(stdout);
  expect(result).toMatchObject({ recordsSent: 20_000, driverVersion: 'Kafka 4.1.0', outside: { records: 20_000 } });
  expect(result.serviceTimeMs.p99).toBeGreaterThan(0);
  expect(result.generator.cpuSeconds).toBeGreaterThan(0.1);
  expect(result.generator.peakRssBytes).toBeGreaterThan(30 << 20);
});

test("Kafka's consumer tool runs as a driver", async (context) => {
  needs(context, 'java', 'mvn');
  const { stdout, status } = await startSpillway([
    ...['consumer-perf-test', '--topic', 't', '--num-records', '20000', '--driver', 'exec:java'],
    ...['--kafka-home', home(), '--json', '--no-record'],
  ]).finished;
  expect(status).toBe(0);
  const result = JSON.parse(stdout);
  expect(result.recordsConsumed).toBeGreaterThanOrEqual(20_000);
  expect(result.fetchTimeMs).toBeGreaterThan(0);
});

test("Kafka's end-to-end tool runs as a driver", async (context) => {
  needs(context, 'java', 'mvn');
  const { stdout, stderr, status } = await startSpillway([
    ...['e2e-latency', '--topic', 't', '--num-records', '100', '--producer-acks', 'all', '--record-size', '100'],
    ...['--driver', 'exec:java', '--kafka-home', home(), '--json', '--no-record'],
  ]).finished;
  expect({ status, stderr }).toMatchObject({ status: 0 });
  const result = JSON.parse(stdout);
  expect(result).toMatchObject({ recordsReceived: 100, driverVersion: 'Kafka 4.1.0', outside: { records: 100 } });
  expect(result.endToEndServiceTimeMs.p50).toBeGreaterThanOrEqual(0);
});

test("side-by-side holds Kafka's producer tool beside ours", async (context) => {
  needs(context, 'java', 'mvn');
  const { stdout, stderr, status } = await startSpillway([
    ...['side-by-side', '--only', 'produce-100', '--tools', 'spillway', 'java', '--rounds', '1', '--seconds', '0.1'],
    ...['--kafka-home', home(), '--json'],
  ]).finished;
  expect({ status, stderr }).toMatchObject({ status: 0 });
  const { trials } = JSON.parse(stdout);
  expect(trials.map(({ tool, failure }: { tool: string; failure: unknown }) => [tool, failure]).toSorted()).toEqual([
    ['java', null],
    ['spillway', null],
  ]);
});
