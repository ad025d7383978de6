import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseConsumerCommand } from '../../src/cli/consumer-plan.ts';
import { UsageError } from '../../src/cli/usage.ts';

const basic = '--topic t --num-records 1000';
const onCluster = `${basic} --bootstrap-server h:1`;
const parse = (line: string) => parseConsumerCommand(line.split(' ').filter((token) => token !== ''));

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
  writeFileSync(join(folder, 'meta.properties'), 'version=1\n');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('a consumer-perf-test command line', () => {
  it("becomes a plan with the defaults of Kafka's tool", () => {
    const { plan, ...shown } = parse(basic);
    expect(plan).toMatchObject({
      target: { kind: 'embedded', dataDir: null },
      topic: 't',
      include: null,
      recordCount: 1000,
      consumers: 1,
      consumerGroups: 1,
      readPartitions: null,
      throughput: null,
      durationMs: null,
      fromLatest: false,
      timeoutMs: 10_000,
      reportingIntervalMs: 5000,
      fill: { recordSizeBytes: 100 },
      properties: {
        'client.id': 'perf-consumer-client',
        'max.partition.fetch.bytes': '1048576',
        'receive.buffer.bytes': '2097152',
        'auto.offset.reset': 'earliest',
      },
    });
    expect(plan.groupId).toMatch(/^perf-consumer-\d{1,5}$/);
    expect(shown).toMatchObject({ isJson: false, showsHeader: true, isDetailed: false, warnings: [] });
    expect(shown.formatDate(0)).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d:000$/);
  });

  it('lets a flag win over the property it stands for', () => {
    const properties = 'group.id=p max.partition.fetch.bytes=1 receive.buffer.bytes=2 auto.offset.reset=latest';
    const { plan } = parse(`${onCluster} --command-property ${properties}`);
    expect(plan).toMatchObject({ groupId: 'p', fromLatest: true });
    expect(plan.properties).toMatchObject({ 'max.partition.fetch.bytes': '1', 'receive.buffer.bytes': '2' });
    const flags = '--group g --fetch-size 3 --socket-buffer-size 4';
    const stronger = parse(`${onCluster} ${flags} --command-property ${properties}`).plan;
    expect(stronger.groupId).toBe('g');
    expect(stronger.properties).toMatchObject({ 'max.partition.fetch.bytes': '3', 'receive.buffer.bytes': '4' });
  });

  it('takes a time as the other tests do, with a unit or in seconds', () => {
    for (const [text, durationMs] of Object.entries({ '500ms': 500, '2': 2000, '1.5m': 90_000 }))
      expect(parse(`${onCluster} --duration ${text}`).plan.durationMs).toBe(durationMs);
  });

  it('fills a broker of its own only when that is empty', () => {
    expect(parse(`${basic} --data-dir ${folder}`).plan.fill).toBeNull();
    expect(parse(`${basic} --data-dir ${join(folder, 'new')}`).plan.fill).toEqual({ recordSizeBytes: 100 });
    expect(parse(onCluster).plan.fill).toBeNull();
  });

  it('takes a pattern of topics in place of one', () => {
    const { plan } = parse('--include ^perf-.* --num-records 5 --bootstrap-server h:1 --from-latest');
    expect(plan).toMatchObject({ include: '^perf-.*', fromLatest: true });
  });

  it('reads without a group when partitions are to be assigned', () => {
    const nobody = { groupId: null, consumerGroups: 1 };
    expect(parse(`${onCluster} --assign --consumers 3`).plan).toMatchObject({ ...nobody, readPartitions: null });
    for (const flag of ['read-partitions', 'partitions'])
      expect(parse(`${onCluster} --${flag} 5-7,0,1`).plan).toMatchObject({
        ...nobody,
        readPartitions: [0, 1, 5, 6, 7],
        partitionCount: null,
      });
    // A number is how many partitions a new topic gets.
    const both = parse(`${basic} --partitions 8 --read-partitions 2`).plan;
    expect(both).toMatchObject({ ...nobody, partitionCount: 8, readPartitions: [2] });
  });

  it('may have several groups, a rate, and an end by the clock', () => {
    const { plan } = parse(`${onCluster} --group g --consumer-groups 3 --throughput 0.5 --duration 1.5`);
    expect(plan).toMatchObject({ groupId: 'g', consumerGroups: 3, throughput: 0.5, durationMs: 1500 });
  });

  it('still takes the older names and says so', () => {
    const { plan, warnings } = parse('--topic t --messages 7');
    expect(plan.recordCount).toBe(7);
    expect(warnings).toEqual(['Warning: --messages is deprecated. Use --num-records instead.']);
  });
});

describe('a consumer-perf-test command line is refused', () => {
  it.each([
    ['--num-records 5', 'exactly one of --topic, --include is needed; got none'],
    ['--topic t', '--num-records is missing'],
    ['--topic t --num-records 0', '--num-records must be a whole number, 1 or more; got "0"'],
    [`${basic} --messages 5`, 'give only one of them'],
    [`${basic} --include x`, 'got both'],
    ['--include [ --num-records 5 --bootstrap-server h:1', '--include must be a regular expression'],
    ['--include x --num-records 5', '--include needs topics to choose from'],
    [`${basic} --from-latest`, '--from-latest needs someone who writes'],
    [`${basic} --command-property auto.offset.reset=latest`, '--from-latest needs someone who writes'],
    [`${onCluster} --partitions 3`, '--partitions is for a topic that the test creates'],
    [`${onCluster} --partitions 3`, 'name the partitions to read with --read-partitions'],
    [`${onCluster} --read-partitions 3-1`, '--read-partitions must be numbers of partitions and ranges'],
    [`${onCluster} --read-partitions 1,x`, 'such as 0,1,5-7; got "1,x"'],
    [`${onCluster} --read-partitions 1,0-2`, 'names partition 1 twice'],
    [`${onCluster} --partitions 1,2 --read-partitions 3`, 'give only one'],
    [`${basic} --partitions -1`, '--partitions must be a whole number'],
    [`${onCluster} --assign --group g`, '--assign reads without a group, but a group is given ("g")'],
    [`${onCluster} --read-partitions 1 --command-property group.id=g`, '--read-partitions reads without a group'],
    [`${onCluster} --assign --consumer-groups 2`, '--consumer-groups with several'],
    ['--include x --num-records 5 --bootstrap-server h:1 --read-partitions 1', 'names partitions of one topic'],
    [`${onCluster} --consumer-groups 0`, '--consumer-groups must be a whole number, from 1 to 256'],
    [`${onCluster} --throughput 0`, '--throughput must be -1 for as fast as possible, or records per second'],
    [`${onCluster} --duration 0`, '--duration must be a time above 0 such as 500ms, 30s, 5m or 1h'],
    [`${basic} --timeout 0`, '--timeout must be a whole number'],
    [`${basic} --fetch-size -1`, '--fetch-size must be a whole number'],
    [`${basic} --date-format qqq`, '--date-format: "qqq"'],
    [`${basic} --threads 5`, '--threads was removed from Kafka'],
    [`${basic} --broker-list a:1`, 'use --bootstrap-server'],
    [`${basic} --json --show-detailed-stats`, 'leave out --show-detailed-stats'],
    [`${basic} --command-property group.remote.assignor=a`, 'is not supported: it goes with group.protocol=consumer'],
    [`${basic} --command-property acks=1`, "is not a property of Kafka's consumer"],
  ])('when it is %s', (line, message) => {
    expect(refusal(line)).toContain(message);
  });
});
