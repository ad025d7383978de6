import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { redactArgv } from '../../src/cli/plan-flags.ts';
import { parseProducerCommand } from '../../src/cli/producer-plan.ts';
import { UsageError } from '../../src/cli/usage.ts';

const basic = '--topic t --num-records 1000 --record-size 100 --throughput -1';
const parse = (line: string) => parseProducerCommand(line.split(' ').filter((token) => token !== ''));

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
  folder = mkdtempSync(join(tmpdir(), 'spillway-plan-'));
  writeFileSync(join(folder, 'payload.txt'), 'one\ntwo\n');
  writeFileSync(join(folder, 'empty.txt'), '');
  writeFileSync(join(folder, 'client.properties'), '# ours\nlinger.ms = 7\nacks=1\nbootstrap.servers=filed:1\n');
  writeFileSync(join(folder, 'wrong.properties'), 'acks=1\nlinger.msec=7\n');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const file = (name: string): string => join(folder, name);

describe('a producer-perf-test command line', () => {
  it('becomes a plan with the defaults', () => {
    expect(parse(basic)).toEqual({
      plan: {
        command: 'producer-perf-test',
        target: { kind: 'embedded', dataDir: null, brokerConfig: {} },
        topic: 't',
        partitionCount: null,
        topicConfig: {},
        recordCount: 1000,
        properties: { 'client.id': 'perf-producer-client' },
        driver: 'native',
        reportingIntervalMs: 5000,
        printMetrics: false,
        resultsDir: 'results',
        argv: basic.split(' '),
        producers: 1,
        verify: false,
        payload: { kind: 'random', sizeBytes: 100, seed: 0 },
        throughput: null,
        warmupRecords: 0,
        shape: {
          pace: null,
          isSpinning: false,
          durationMs: null,
          warmupDurationMs: null,
          keys: null,
          headers: [],
          transactions: null,
        },
      },
      isJson: false,
      warnings: [],
    });
  });

  it('takes all of our flags', () => {
    const { plan, isJson } = parse(
      `${basic} --producers 4 --partitions 8 --topic-config segment.bytes=2000000 segment.ms=5 --topic-config index.interval.bytes=9 --data-dir d --results-dir r --reporting-interval 250 --warmup-records 10 --print-metrics --json`,
    );
    expect(plan).toMatchObject({
      producers: 4,
      partitionCount: 8,
      topicConfig: { 'segment.bytes': '2000000', 'segment.ms': '5', 'index.interval.bytes': '9' },
      target: { kind: 'embedded', dataDir: 'd' },
      resultsDir: 'r',
      reportingIntervalMs: 250,
      warmupRecords: 10,
      printMetrics: true,
    });
    expect(isJson).toBe(true);
    expect(parse(`${basic} --no-record`).plan.resultsDir).toBeNull();
  });

  it('takes flags in any order and with =', () => {
    const { plan } = parse('--throughput=2.5 --payload-monotonic --num-records=7 --topic=t');
    expect(plan).toMatchObject({ throughput: 2.5, payload: { kind: 'monotonic' }, recordCount: 7 });
  });

  it('lets --bootstrap-server win over --command-property, and that over --command-config', () => {
    const config = `--command-config ${file('client.properties')}`;
    expect(parse(`${basic} ${config}`).plan).toMatchObject({
      target: { kind: 'cluster', bootstrapServers: 'filed:1' },
      properties: { 'client.id': 'perf-producer-client', 'linger.ms': '7', acks: '1' },
    });
    const both = parse(`${basic} --command-property bootstrap.servers=given:2,other:3 linger.ms=9 ${config}`).plan;
    expect(both.target).toEqual({ kind: 'cluster', bootstrapServers: 'given:2,other:3' });
    expect(both.properties).toEqual({ 'client.id': 'perf-producer-client', 'linger.ms': '9', acks: '1' });
    const all = parse(`${basic} --bootstrap-server flag:4 --command-property bootstrap.servers=given:2 ${config}`).plan;
    expect(all.target).toEqual({ kind: 'cluster', bootstrapServers: 'flag:4' });
  });

  it('takes several properties after one flag, repeated too', () => {
    const { plan } = parse(`--command-property linger.ms=1 acks=0 ${basic} --command-property client.id=a=b`);
    expect(plan.properties).toEqual({ 'linger.ms': '1', acks: '0', 'client.id': 'a=b' });
  });

  it('still takes the older names and says so in the words of Kafka', () => {
    const { plan, warnings } = parse(`${basic} --producer-props acks=1 --producer.config ${file('client.properties')}`);
    expect(plan.properties.acks).toBe('1');
    expect(warnings).toEqual([
      'Option --producer-props has been deprecated and will be removed in a future version. Use --command-property instead.',
      'Option --producer.config has been deprecated and will be removed in a future version. Use --command-config instead.',
    ]);
    expect(refusal(`${basic} --producer-props a=1 --command-property b=1`)).toContain('give only one of them');
  });

  it('takes a payload file with a delimiter', () => {
    const line = `--topic t --num-records 9 --throughput -1 --payload-file ${file('payload.txt')}`;
    expect(parse(line).plan.payload).toMatchObject({ kind: 'file', delimiter: '\n' });
    expect(parse(`${line} --payload-delimiter \\|;\\t`).plan.payload).toMatchObject({ delimiter: '|;\t' });
    for (const pattern of ['a|b', '\\n+', '\\s', '[,]']) {
      expect(refusal(`${line} --payload-delimiter ${pattern}`)).toContain('is a regular expression');
    }
    expect(refusal(`${basic} --payload-delimiter ,`)).toContain('only with --payload-file');
  });

  it('takes schedules of every shape, for a number of records or a time', () => {
    const start = '--topic t --record-size 9';
    const shapeOf = (line: string) => {
      const { recordCount, throughput, shape } = parse(`${start} ${line}`).plan;
      return { recordCount, throughput, ...shape };
    };
    expect(shapeOf('--duration 90s --throughput 50 --pace poisson --seed 7 --pace-spin')).toMatchObject({
      recordCount: Number.POSITIVE_INFINITY,
      throughput: 50,
      pace: { kind: 'poisson', recordsPerSecond: 50, seed: 7 },
      durationMs: 90_000,
      isSpinning: true,
    });
    expect(shapeOf('--num-records 300 --pace ramp:10..20')).toMatchObject({
      throughput: 20,
      pace: { kind: 'ramp', fromPerSecond: 10, toPerSecond: 20, seconds: 20 },
      durationMs: null,
    });
    expect(shapeOf('--num-records 300 --duration 5s --throughput -1 --pace ramp:10..20')).toMatchObject({
      pace: { seconds: 5 },
    });
    expect(shapeOf('--pace steps:5@2,0@1,10@1.5 --warmup-duration 500ms')).toMatchObject({
      throughput: 10,
      durationMs: 4500,
      warmupDurationMs: 500,
      pace: { kind: 'steps', steps: [{ recordsPerSecond: 5, seconds: 2 }, {}, { recordsPerSecond: 10, seconds: 1.5 }] },
    });
    expect(refusal(`${start} --num-records 5 --throughput 5 --pace ramp:1..2`)).toContain(
      '--pace ramp:1..2 has rates of its own; leave --throughput 5 out',
    );
  });

  it('takes sizes and contents of many kinds', () => {
    const payloadOf = (line: string) => parse(`--topic t --num-records 9 --throughput -1 ${line}`).plan.payload;
    expect(payloadOf('--payload json')).toEqual({
      kind: 'generated',
      content: 'json',
      size: null,
      compressibility: null,
      seed: 0,
    });
    expect(payloadOf('--record-size 100 --payload-compressibility 0.3 --seed 4')).toEqual({
      kind: 'generated',
      content: 'random',
      size: { kind: 'fixed', bytes: 100 },
      compressibility: 0.3,
      seed: 4,
    });
    for (const [text, size] of [
      ['uniform:100..1000', { kind: 'uniform', from: 100, to: 1000 }],
      ['normal:500,50.5', { kind: 'normal', mean: 500, deviation: 50.5 }],
      ['lognormal:500,900', { kind: 'lognormal', mean: 500, deviation: 900 }],
      ['exponential:500', { kind: 'exponential', mean: 500 }],
      [
        '100:0.5,1000:0.5',
        {
          kind: 'histogram',
          sizes: [
            { bytes: 100, weight: 0.5 },
            { bytes: 1000, weight: 0.5 },
          ],
        },
      ],
    ] as const) {
      expect(payloadOf(`--record-size ${text}`)).toMatchObject({ kind: 'generated', content: 'letters', size });
    }
    const line = '--topic t --num-records 9 --throughput -1';
    for (const size of ['uniform:5', 'uniform:9..5', 'normal:5', 'exponential:0', '100:0', '1.5:1', 'a:b', '5,6'])
      expect(refusal(`${line} --record-size ${size}`)).toContain('--record-size');
    expect(refusal(`${line} --record-size unifrom:1..5`)).toContain('did you mean uniform?');
    expect(refusal(`${line} --payload random`)).toContain('--record-size is needed with --payload random');
    expect(payloadOf('--payload-from-topic live --payload-sample-records 50')).toMatchObject({
      kind: 'topic',
      topic: 'live',
      mostRecords: 50,
    });
  });

  it('takes keys and headers', () => {
    const keysOf = (line: string) => parse(`${basic} ${line}`).plan.shape.keys;
    expect(keysOf('--record-key-range 5')).toEqual({ kind: 'range', keys: 5, digits: 0 });
    expect(keysOf('--record-key-range 5 --key-distribution random')).toMatchObject({ kind: 'uniform', keys: 5 });
    expect(keysOf('--keys sequential --key-size 12')).toEqual({ kind: 'sequential', digits: 12 });
    expect(keysOf('--keys zipf:100:1.1 --seed 3')).toMatchObject({ kind: 'zipf', keys: 100, exponent: 1.1, seed: 3 });
    expect(parse(`${basic} --headers a=b c=d=e --headers a=`).plan.shape.headers).toEqual([
      ['a', 'b'],
      ['c', 'd=e'],
      ['a', ''],
    ]);
  });

  it('turns transactions on by an id or by when they end, as Kafka does', () => {
    const planOf = (line: string) => parse(`${basic} ${line}`).plan;
    const named = planOf('--transactional-id x');
    expect(named.properties['transactional.id']).toBe('x');
    expect(named.shape.transactions).toEqual({ records: null, durationMs: 3000, abortRate: 0, seed: 0 });
    expect(planOf('--command-property transactional.id=y').shape.transactions?.durationMs).toBe(3000);
    const timed = planOf('--transaction-duration-ms 500 --transaction-abort-rate 0.25 --seed 2');
    expect(timed.properties['transactional.id']).toMatch(/^performance-producer-[0-9a-f-]{36}$/);
    expect(timed.shape.transactions).toEqual({ records: null, durationMs: 500, abortRate: 0.25, seed: 2 });
    expect(planOf('--transaction-records 10').shape.transactions).toMatchObject({ records: 10, durationMs: null });
  });

  it('keeps secrets out of the recorded command line', () => {
    const line = ['--command-property', 'ssl.key.password=a=b', '--command-property=sasl.jaas.config=c', 'client.id=d'];
    expect(redactArgv(line)).toEqual([
      '--command-property',
      'ssl.key.password=[hidden]',
      '--command-property=sasl.jaas.config=[hidden]',
      'client.id=d',
    ]);
  });
});

describe('a producer-perf-test command line is refused', () => {
  it.each([
    ['--num-record 5', 'unknown flag --num-record; did you mean --num-records?'],
    ['--wholly-unknown', 'unknown flag --wholly-unknown; see spillway producer-perf-test --help'],
    ['--topic u', '--topic takes one value; got 2: "t" and "u"'],
    ['junk', 'expected only flags; got "junk"'],
    ['--producers 0', '--producers must be a whole number, from 1 to 256; got "0"'],
    ['--partitions x', '--partitions must be a whole number, from 1 to 10000; got "x"'],
    ['--warmup-records 1000', '--warmup-records must be less than --num-records (1000); got 1000'],
    ['--warmup-records -1', '--warmup-records must be a whole number, 0 or more; got "-1"'],
    [
      '--payload-monotonic',
      'exactly one of --record-size, --payload-file, --payload-monotonic, --payload-from-topic is needed',
    ],
    ['--payload-file x', 'got --record-size and --payload-file'],
    ['--command-property linger.ms', '--command-property takes key=value; got "linger.ms"'],
    ['--command-property =5', '--command-property takes key=value; got "=5"'],
    ['--command-property linger.msec=5', 'did you mean linger.ms? (--command-property)'],
    ['--command-property linger.ms=5ms', 'linger.ms must be a whole number of milliseconds, 0 or more; got "5ms"'],
    ['--command-property compression.lz4.level=18', 'compression.lz4.level must be a whole number, at most 17'],
    ['--command-property acks=1 acks=0', 'sets acks twice'],
    ['--command-property linger.ms=5,batch.size=9', 'one argument sets several (linger.ms, batch.size); separate them'],
    ['--command-property', '--command-property needs a value'],
    ['--transaction-duration-ms 0', '--transaction-duration-ms must be a whole number, from 1'],
    ['--transaction-duration-ms 60000', 'must be less than transaction.timeout.ms=60000'],
    ['--transaction-abort-rate 0.1', '--transaction-abort-rate is for transactions'],
    ['--transaction-records 5 --transaction-abort-rate 1.5', '--transaction-abort-rate must be a number, from 0 to 1'],
    ['--transactional-id x --command-property acks=1', 'transactional.id needs idempotence'],
    ['--record-key-range 0', '--record-key-range must be a whole number, from 1'],
    ['--key-distribution RANDOM', 'give --record-key-range N, too'],
    ['--record-key-range 5 --key-distribution RANDON', 'RANGE or RANDOM; got "RANDON": did you mean RANDOM?'],
    ['--record-key-range 5 --keys sequential', 'both say what keys are'],
    ['--keys unifrom:5', 'got "unifrom:5": did you mean uniform?'],
    ['--keys uniform', 'got "uniform": uniform takes 1 to 2147483647 keys'],
    ['--keys zipf:2000000:1', 'zipf 1 to 1000000'],
    ['--keys sampled', '--keys sampled takes the keys of --payload-from-topic'],
    ['--key-size 8', '--key-size is for keys that are numbers'],
    ['--headers a', '--headers takes key=value; got "a"'],
    ['--pace poison', 'got "poison": did you mean poisson?'],
    ['--pace poisson', '--pace poisson needs a rate: give --throughput above 0'],
    ['--pace constant:5', 'constant takes its rate from --throughput'],
    ['--pace ramp:5', '--pace ramp takes two rates'],
    ['--pace ramp:5..0', '--pace ramp takes two rates'],
    ['--pace steps:5', '--pace steps takes rates and how many seconds'],
    ['--pace steps:5@3,0@1', '--pace steps must end with a rate above 0'],
    ['--pace-spin', '--pace-spin waits for due times, and --throughput -1 has none'],
    ['--duration 0s', '--duration must be a time above 0 such as 500ms, 30s, 5m or 1h'],
    ['--duration 5d', '--duration must be a time above 0'],
    ['--duration 5s --warmup-duration 5s', '--warmup-duration must be less than the test lasts (5 s)'],
    ['--warmup-duration 5s --warmup-records 5', 'both end the warm-up; give one of them'],
    ['--seed -1', '--seed must be a whole number, from 0 to 4294967295'],
    ['--payload jason', '--payload must be one of letters, random, json, log, quotes; got "jason": did you mean json?'],
    ['--payload json --payload-compressibility 0.3', '--payload json compresses as it is'],
    ['--payload-compressibility 0', '--payload-compressibility must be a ratio above 0 and at most 1'],
    ['--payload-from-topic u', 'got --record-size and --payload-from-topic'],
    ['--payload-sample-records 5', '--payload-sample-records is used only with --payload-from-topic'],
    ['--topic-config a', '--topic-config takes key=value; got "a"'],
    [
      '--topic-config segment.byte=1',
      '--topic-config: unknown topic setting "segment.byte": did you mean segment.bytes?',
    ],
    ['--topic-config segment.bytes=x', '--topic-config: segment.bytes must be a whole number of bytes'],
    ['--topic-config preallocate=true', '--topic-config: preallocate=true is not supported yet'],
    ['--bootstrap-server nowhere', 'bootstrap.servers must be host:port'],
    ['--bootstrap-server a:1 --data-dir d', '--data-dir is for a broker of our own'],
    ['--no-record --results-dir r', 'contradict each other'],
    ['--print-metrics=yes', '--print-metrics takes no value; got "yes"'],
    ['--json --command-config', '--command-config needs a value'],
    ['--reporting-interval 0', '--reporting-interval must be a whole number'],
  ])('with %s', (extra, message) => {
    expect(refusal(`${basic} ${extra}`)).toContain(message);
  });

  it.each([
    ['--topic t --num-records 1 --record-size 1', '--throughput is missing'],
    ['--topic t --record-size 1 --throughput 1', '--num-records is missing'],
    ['--num-records 1 --record-size 1 --throughput 1', '--topic is missing'],
    ['--topic t --num-records 0 --record-size 1 --throughput 1', '--num-records must be a whole number, 1 or more'],
    ['--topic t --num-records 1e3 --record-size 1 --throughput 1', 'got "1e3"'],
    ['--topic t --num-records 1 --record-size 0 --throughput 1', '--record-size must be a whole number, from 1'],
    [
      '--topic t --num-records 1 --record-size 1 --throughput 0',
      '--throughput must be -1 for as fast as possible, or a rate above 0',
    ],
    [
      '--topic t --num-records 1 --record-size 1 --throughput -0.5',
      '--throughput must be -1 for as fast as possible, or a rate above 0',
    ],
    [
      '--topic t --num-records 1 --record-size 1 --throughput fast',
      '--throughput must be -1 for as fast as possible, or a rate above 0',
    ],
    ['--topic t --num-records 1 --throughput 1', 'is needed; got none'],
    [
      '--topic t --num-records 500 --record-size 9 --throughput 4000 --warmup-duration 10s',
      '--warmup-duration must be less than the test lasts (0.125 s)',
    ],
    [
      '--topic t --num-records 70 --record-size 9 --pace steps:5@2,0@1,10@1.5,5@1 --warmup-duration 20s',
      'less than the test lasts (13.5 s)',
    ],
    [
      '--topic t --num-records 9 --throughput -1 --verify --record-size uniform:5..50',
      '--record-size must be 14 or more with --verify',
    ],
    [
      '--topic t --num-records 9 --throughput -1 --verify --record-size 5:1,500:1',
      "a value carries its record's number; got 5",
    ],
    ['--topic a/b --num-records 1 --record-size 1 --throughput 1', '--topic must be 1 to 249 letters'],
    ['--topic --num-records 1 --record-size 1 --throughput 1', '--topic needs a value'],
  ])('when it is %s', (line, message) => {
    expect(refusal(line)).toContain(message);
  });

  it('for files that cannot be used', () => {
    const payload = '--topic t --num-records 9 --throughput -1 --payload-file';
    expect(refusal(`${payload} ${file('none.txt')}`)).toContain('does not exist');
    expect(refusal(`${payload} ${file('empty.txt')}`)).toContain('is empty');
    expect(refusal(`${payload} ${folder}`)).toContain('is a directory');
    expect(refusal(`${basic} --command-config ${file('none')}`)).toContain('does not exist');
    expect(refusal(`${basic} --command-config ${file('wrong.properties')}`)).toContain('wrong.properties:2)');
  });
});
