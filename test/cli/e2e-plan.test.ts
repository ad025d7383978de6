import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseE2eCommand } from '../../src/cli/e2e-plan.ts';
import { UsageError } from '../../src/cli/usage.ts';

const basic = '--topic t --num-records 1000 --record-size 100 --producer-acks all';
const parse = (line: string) => parseE2eCommand(line.split(' ').filter((token) => token !== ''));

/** The message of the refusal; a command line that is accepted fails the test. */
const refusal = (line: string): string => {
  try {
    parse(line);
  } catch (error) {
    if (error instanceof UsageError) return error.message;
    throw error;
  }
  throw new Error(`accepted: ${line}`);
};

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'spillway-e2e-plan-'));
  writeFileSync(join(folder, 'client.properties'), 'compression.type=lz4\nfetch.max.wait.ms=7\nclient.id=mine\n');
  writeFileSync(join(folder, 'wrong.properties'), 'linger.msec=7\n');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const file = (name: string): string => join(folder, name);

describe('an e2e-latency command line', () => {
  it('becomes a plan with the defaults', () => {
    expect(parse(basic)).toEqual({
      plan: {
        command: 'e2e-latency',
        target: { kind: 'embedded', dataDir: null, brokerConfig: {} },
        topic: 't',
        recordCount: 1000,
        properties: { 'client.id': 'e2e-latency-producer', 'linger.ms': '0', acks: 'all' },
        consumerProperties: { 'client.id': 'e2e-latency-consumer', 'auto.offset.reset': 'latest' },
        partitionCount: null,
        topicConfig: {},
        driver: 'native',
        reportingIntervalMs: 5000,
        printMetrics: false,
        resultsDir: 'results',
        argv: basic.split(' '),
        records: { valueBytes: 100, keyBytes: 0, headerCount: 0, headerKeyBytes: 0, headerValueBytes: 0 },
        pace: null,
        payload: null,
        keys: null,
        isInTurn: true,
        verify: false,
        backlogRecords: 0,
        producers: 1,
        consumers: 1,
        durationMs: null,
        warmupRecords: 0,
        warmupMs: 0,
        timeoutMs: 60_000,
      },
      isJson: false,
      warnings: [],
    });
  });

  it('takes a schedule, a time for an end, and several clients', () => {
    const line = '--topic t --record-size 100 --producer-acks all --duration 10s --warmup-duration 500ms';
    const { plan } = parse(
      `${line} --pace poisson --throughput 50 --seed 7 --producers 2 --consumers 3 --partitions 3`,
    );
    expect(plan).toMatchObject({
      pace: { kind: 'poisson', recordsPerSecond: 50, seed: 7 },
      recordCount: Number.POSITIVE_INFINITY,
      durationMs: 10_000,
      warmupMs: 500,
      producers: 2,
      consumers: 3,
      partitionCount: 3,
    });
    expect(parse(`${line} --pace ramp:10..20`).plan.pace).toMatchObject({ kind: 'ramp', toPerSecond: 20 });
    expect(parse(line).plan).toMatchObject({ pace: null, durationMs: 10_000, warmupMs: 500 });
  });

  it('takes no schedule, and what records hold', () => {
    const line = '--topic t --producer-acks all --num-records 9 --throughput -1 --verify --keys zipf:9 --seed 3';
    expect(parse(`${line} --payload quotes`).plan).toMatchObject({
      pace: null,
      isInTurn: false,
      verify: true,
      payload: { kind: 'generated', content: 'quotes', size: null, seed: 3 },
      keys: { kind: 'zipf', keys: 9, exponent: 1, digits: 0, seed: 3 },
    });
    expect(parse(`${line} --record-size 50`).plan).toMatchObject({ payload: null, records: { valueBytes: 50 } });
  });

  it('takes the flags of Kafka 4.2', () => {
    const { plan } = parse(
      `${basic} --bootstrap-server a:1 --record-key-size 4 --num-headers 2 --record-header-key-size 3 --record-header-size -1`,
    );
    expect(plan.target).toEqual({ kind: 'cluster', bootstrapServers: 'a:1' });
    expect(plan.records).toEqual({
      valueBytes: 100,
      keyBytes: 4,
      headerCount: 2,
      headerKeyBytes: 3,
      headerValueBytes: -1,
    });
  });

  it("takes Kafka's older form, with our flags beside it, and warns", () => {
    const { plan, warnings } = parse(`a:1 t 1000 1 100 ${file('client.properties')} --throughput 12.5`);
    expect(plan).toMatchObject({
      target: { kind: 'cluster', bootstrapServers: 'a:1' },
      topic: 't',
      recordCount: 1000,
      properties: { acks: '1', 'compression.type': 'lz4' },
      pace: { kind: 'constant', recordsPerSecond: 12.5 },
    });
    expect(warnings).toEqual([expect.stringMatching(/^Positional arguments have been deprecated/)]);
  });

  it('gives each client the properties that it knows', () => {
    const { plan } = parse(`${basic} --command-config ${file('client.properties')} --command-property batch.size=1`);
    expect(plan.properties).toEqual({
      'client.id': 'mine',
      'linger.ms': '0',
      acks: 'all',
      'compression.type': 'lz4',
      'batch.size': '1',
    });
    expect(plan.consumerProperties).toEqual({
      'client.id': 'mine',
      'auto.offset.reset': 'latest',
      'fetch.max.wait.ms': '7',
    });
  });

  it.each([
    ['', /--topic is missing/],
    ['--topic t --num-records 5 --record-size 5', /--producer-acks is missing/],
    [`${basic} --num-record 5`, /did you mean --num-records\?/],
    ['--topic t --num-records 5 --record-size 5 --producer-acks 0', /--producer-acks must be 1 or all/],
    ['--topic t --num-records 0 --record-size 5 --producer-acks 1', /--num-records must be/],
    ['--topic t --num-records 5 --record-size 0 --producer-acks 1', /--record-size must be/],
    [`${basic} --producers 2`, /--producers is used only with --throughput/],
    [`${basic} --consumers 1`, /--consumers is used only with --throughput/],
    [`${basic} --throughput 5 --producers 0`, /--producers must be/],
    [`${basic} --pace poisson`, /--pace needs a rate/],
    [`${basic} --pace posson --throughput 5`, /did you mean poisson\?/],
    ['--topic t --record-size 5 --producer-acks 1', /--num-records is missing; .* or a time/],
    ['--topic t --num-records 4294967297 --record-size 50 --producer-acks 1 --throughput 5', /at most 4294967296/],
    [`${basic} --throughput 0`, /--throughput must be a rate above 0/],
    [`${basic} --throughput -2`, /-1 for as fast as possible, or left out for one record at a time/],
    [`${basic} --throughput 500 --warmup-duration 10s`, /--warmup-duration must be less than the test lasts \(2 s\)/],
    [`${basic} --verify`, /--verify is used only with --throughput/],
    [`${basic} --keys uniform:5`, /--keys is used only with --throughput/],
    [`${basic} --payload quote --throughput 5`, /did you mean quotes\?/],
    [`${basic} --keys uniform:5 --record-key-size 3 --throughput 5`, /both say what keys are/],
    [
      '--topic t --num-records 5 --producer-acks 1 --payload json --record-size uniform:50..90 --throughput 5',
      /--record-size must be one size here/,
    ],
    [
      '--topic t --num-records 5 --record-size 25 --producer-acks 1 --throughput 5',
      /--record-size must be 26 or more with --throughput/,
    ],
    [`${basic} --warmup-records 1000`, /--warmup-records must be less than --num-records/],
    [`${basic} --record-header-size 5`, /--record-header-size is used only with --num-headers/],
    [`${basic} --num-headers 1 --record-header-size -2`, /--record-header-size must be/],
    [`${basic} --timeout 0`, /--timeout must be/],
    ['a:1 t 5', /older form: broker_list topic .* got 3 words/],
    ['a:1 t 5 all 10 --topic u', /--topic is given, and in the older form too/],
    ['a:1 t 5 all', /got 4 words/],
    [`${basic} --command-property auto.offset.reset=earliest`, /auto\.offset\.reset must be latest/],
    [`${basic} --command-property ack=1`, /did you mean acks\?/],
  ])('%s is refused', (line, message) => {
    expect(refusal(line)).toMatch(message);
  });

  it('is refused for a property that neither client knows, with its place', () => {
    expect(refusal(`${basic} --command-config ${file('wrong.properties')}`)).toMatch(
      /did you mean linger\.ms\? \(.*wrong\.properties:1\)/,
    );
  });
});
