import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { codecFlags, codecHelp, parseCodecCommand, parseCodecs } from '../../src/cli/codec-plan.ts';
import { helpText } from '../../src/cli/flags.ts';

const parse = (...argv: readonly string[]) => parseCodecCommand(argv, () => {}).plan;
const folder = mkdtempSync(join(tmpdir(), 'spillway-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('--codecs', () => {
  test('takes levels behind a colon', () => {
    expect(parseCodecs('none, zstd:-5,gzip:9')).toEqual([
      { name: 'none', properties: { 'compression.type': 'none' } },
      { name: 'zstd:-5', properties: { 'compression.type': 'zstd', 'compression.zstd.level': '-5' } },
      { name: 'gzip:9', properties: { 'compression.type': 'gzip', 'compression.gzip.level': '9' } },
    ]);
  });

  test.each([
    ['zstf', /takes some of none, gzip, snappy, lz4, zstd; got "zstf": did you mean zstd\?/],
    ['', /got ""/],
    ['zstd:23', /the level of zstd is from -131072 to 22; got "zstd:23"/],
    ['gzip:0', /the level of gzip is one of -1, 1, .*; got "gzip:0"/],
    ['lz4:x', /the level of lz4 is from 1 to 17; got "lz4:x"/],
    ['zstd:', /got "zstd:"/],
    ['zstd:1:2', /got "zstd:1:2"/],
    ['snappy:1', /snappy has no levels; got "snappy:1"/],
    ['lz4,lz4', /has lz4 twice; keep one/],
    ['zstd,zstd:3', /has zstd and zstd:3, which are the same; keep one/],
  ])('refuses %j', (text, message) => {
    expect(() => parseCodecs(text)).toThrow(message);
  });
});

describe('a compare-codecs command line', () => {
  test('compares all codecs on orders as JSON when it says nothing', () => {
    const plan = parse();
    expect(plan.codecs.map(({ name }) => name)).toEqual(['none', 'gzip', 'snappy', 'lz4', 'zstd:1', 'zstd:3']);
    expect(plan).toMatchObject({ payload: { kind: 'generated', content: 'json' }, rounds: 3, partitionCount: 1 });
    expect(plan.producerProperties).toMatchObject({ 'batch.size': '65536', 'linger.ms': '5' });
  });

  test('gives each client the properties that it has', () => {
    const plan = parse('--command-property', 'linger.ms=0', 'fetch.min.bytes=10', '--bootstrap-server', 'k:1');
    expect(plan.producerProperties).toMatchObject({ 'linger.ms': '0' });
    expect(plan.consumerProperties).toMatchObject({ 'fetch.min.bytes': '10' });
    expect(plan.consumerProperties).not.toHaveProperty('linger.ms');
    expect(plan.target).toEqual({ kind: 'cluster', bootstrapServers: 'k:1' });
  });

  test('starts a consumer for each partition at most, plans no more, and says so', () => {
    const said: string[] = [];
    const { plan } = parseCodecCommand(['--consumers', '5', '--partitions', '2'], (line) => said.push(line));
    expect(plan).toMatchObject({ consumers: 2, partitionCount: 2 });
    expect(said).toEqual(['warning: only 2 of 5 consumers are started, one for each partition']);
    parseCodecCommand(['--consumers', '2', '--partitions', '2'], (line) => said.push(line));
    expect(said).toHaveLength(1);
  });

  test('needs no flag for records, and its help says so', async () => {
    const help = (await helpText(codecFlags, codecHelp)).replace(/\s+/g, ' ');
    expect(help).toContain('compare-codecs [--payload-file FILE|--payload-from-topic TOPIC|--payload KIND] [flags]');
    expect(help).toContain('[default: json; with --record-size letters]');
    expect(help).not.toContain('required');
    expect(parse('--record-size', '100').payload).toMatchObject({ kind: 'random', sizeBytes: 100 });
    expect(() => parse('--payload', 'letters')).toThrow(/--record-size is needed/);
    expect(() => parse('--payload-compressibility', '0.3')).toThrow(/--record-size is needed/);
  });

  test('refuses a codec among the properties, an empty payload file, and a topic that nothing holds', () => {
    const empty = join(folder, 'empty.jsonl');
    writeFileSync(empty, '');
    expect(() => parse('--command-property', 'compression.type=lz4')).toThrow(/compression.type is what is compared/);
    expect(() => parse('--payload-file', empty)).toThrow(/is empty/);
    expect(() => parse('--payload-from-topic', 't')).toThrow(/needs a target that has the topic/);
    expect(() => parse('--round', '2')).toThrow(/did you mean --rounds\?/);
    expect(() => parse('--rate', '0')).toThrow(/--rate must be a number, from 1/);
  });
});
