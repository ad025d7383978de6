import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { command as compareCodecs } from '../../src/cli/commands/compare-codecs.ts';
import { command as consumerTest } from '../../src/cli/commands/consumer-perf-test.ts';
import { command as e2eTest } from '../../src/cli/commands/e2e-latency.ts';
import { command as findRate } from '../../src/cli/commands/find-rate.ts';
import { command as producerTest } from '../../src/cli/commands/producer-perf-test.ts';
import { command as runWorkload } from '../../src/cli/commands/run.ts';
import { command as sideBySide } from '../../src/cli/commands/side-by-side.ts';
import { checkTargetSecurity } from '../../src/cli/target-security.ts';
import { refusal } from './refusal.ts';

const login = 'org.apache.kafka.common.security.plain.PlainLoginModule required username="a" password="b";';
const sasl = { 'security.protocol': 'sasl_plaintext', 'sasl.mechanism': 'PLAIN', 'sasl.jaas.config': login };

let folder: string;
let config: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'spillway-security-'));
  config = join(folder, 'client.properties');
  writeFileSync(
    config,
    Object.entries(sasl)
      .map(([name, value]) => `${name}=${value}\n`)
      .join(''),
  );
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const told =
  /^security\.protocol=SASL_PLAINTEXT is set, but the broker of our own that a test starts speaks plaintext; give --bootstrap-server/;

describe('secured clients without a cluster', () => {
  test('are refused by every test before a broker of our own starts', async () => {
    const secured = ['--command-config', config];
    const topic = [...secured, '--topic', 't'];
    const records = [...topic, '--num-records', '10'];
    const sized = [...records, '--record-size', '50'];
    expect(await refusal(producerTest, [...sized, '--throughput', '-1'])).toMatch(told);
    expect(await refusal(producerTest, [...sized, '--throughput', '-1', '--driver', 'exec:true'])).toMatch(told);
    expect(await refusal(consumerTest, records)).toMatch(told);
    expect(await refusal(e2eTest, [...sized, '--producer-acks', 'all'])).toMatch(told);
    expect(await refusal(findRate, [...topic, '--limit', 'p99 < 10 ms'])).toMatch(told);
    expect(await refusal(compareCodecs, [...secured, '--payload', 'json'])).toMatch(told);
    expect(await refusal(sideBySide, secured)).toMatch(told);
  });

  test('are refused of a workload, in its own words and with the line', async () => {
    const file = join(folder, 'secured.yaml');
    writeFileSync(file, 'test: producer\nrecords: 10\npayload: { size: 50 }\nclient:\n  security.protocol: SSL\n');
    const text = await refusal(runWorkload, [file]);
    expect(text).toContain('security.protocol=SSL is set, but the broker of our own');
    expect(text).toContain('give target.bootstrap');
    expect(text).toMatch(/\(.*secured\.yaml:5\)$/);
  });

  test('go to a cluster, and to a broker of our own that a workload gave its listeners', () => {
    checkTargetSecurity({ kind: 'cluster', bootstrapServers: 'kafka:9092' }, sasl);
    const brokerConfig = { listeners: 'SASL_PLAINTEXT://127.0.0.1:0' };
    checkTargetSecurity({ kind: 'embedded', dataDir: null, brokerConfig }, sasl);
    checkTargetSecurity({ kind: 'embedded', dataDir: null, brokerConfig: {} }, { 'security.protocol': 'plaintext' });
  });
});
