import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { readFlags } from '../../src/cli/flags.ts';
import { runFlags } from '../../src/cli/run-flags.ts';
import { planRun } from '../../src/cli/run-plan.ts';
import { aloneText } from '../../src/cli/step-command-line.ts';

const folder = mkdtempSync(join(tmpdir(), 'spillway-run-plan-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const planned = (text: string, ...flags: readonly string[]) => {
  const file = join(folder, 'bad.yaml');
  writeFileSync(file, text);
  return planRun(readFlags('run', runFlags, [file, ...flags], true));
};

const FAULTY = 'records: 1\ntarget:\n  faults:\n';

test.each([
  ['records: 1\nclient:\n  linger.mss: 2', [], 'did you mean linger.ms? (bad.yaml:3)'],
  ['records: 1\nclient: { linger.ms: 5ms }', [], 'linger.ms must be a whole number of milliseconds'],
  ['records: 1\nsweep: { cross: { seed: [1, 2] } }', ['--max-steps', '1'], 'the sweep has 2 steps, and at most 1'],
  [
    'records: 1\nclient: { compression.type: lzma }',
    [],
    'compression.type must be one of none, gzip, snappy, lz4, zstd',
  ],
  ['payload: { size: 1 }', [], 'records is missing; give one, such as records: 1000000'],
  [
    'records: 2000\nthresholds: [responseTimeMs.p99 < 100000]',
    [],
    '"responseTimeMs.p99 < 100000" can never be told: response times need a rate, such as rate: 1000 (bad.yaml:2)',
  ],
  ['records: 9\nbest: lowest endToEndServiceTimeMs.p99', [], 'a producer test does not read what it sends'],
  ['records: 9\ntest: end-to-end\nbest: lowest serviceTimeMs.p99', [], 'has endToEndServiceTimeMs.p99 (bad.yaml:3)'],
  ['records: 500\nrate: 4000\nwarmup: 10s', [], 'warmup must be less than the test lasts (0.125 s)'],
  ['records: 1', ['--set', 'rate=1', 'rate=2'], '--set sets rate twice'],
  [
    `${FAULTY}    - delay: { mms: 5 }`,
    [],
    'target.faults: fault 1: delay: "mms" is not known, did you mean ms? (bad.yaml:3)',
  ],
  [`${FAULTY}    - 5`, [], 'target.faults.0 must be a map of keys and values; got 5 (bad.yaml:4)'],
  ['records: 1\ntarget:\n  broker: { num.io.thread: 2 }', [], 'num.io.threads? (bad.yaml:3)'],
  ['records: 1\ntarget: { faults: 5 }', [], 'target.faults must be a list of faults, such as [{match:'],
  ['records: 1', ['--set', 'target.faults=[{freeze: {ms: 0}}]'], 'ms must be a number, from 1 to'],
  [
    'records: 1\ntopic:\n  replication: 3',
    [],
    'topic.replication must be 1 on a broker of our own, which is one node; got 3: leave it out, or name a cluster by target.bootstrap (bad.yaml:3)',
  ],
  ['records: 1', ['--set', 'topic.replication=3'], 'by target.bootstrap (--set)'],
  ['records: 1', ['--set', 'topic={replication: 3}'], 'by target.bootstrap (--set)'],
  [
    'records: 1\nsweep:\n  cross:\n    topic.replication: [1, 2]',
    [],
    'got 2: leave it out, or name a cluster by target.bootstrap at the step replication=2 (bad.yaml:4)',
  ],
  [
    'records: 1\ntopic: { mostReplication: 3 }',
    ['--set', 'topic.replication=1'],
    'topic.replication and topic.mostReplication are in place of each other: keep one (--set)',
  ],
  ['sweep: { cross: { batch.size: [1, 2] } }', [], 'unknown axis "batch.size"; did you mean client.batch.size? (bad'],
  [
    'records: 1\nretention.ms: 5',
    [],
    'unknown key "retention.ms"; did you mean topic.config.retention.ms? (bad.yaml:2)',
  ],
  ['records: 1', ['--set', 'linger.ms=5'], '--set linger.ms: unknown key; did you mean client.linger.ms?'],
  [
    'records: 1\nsweep:\n  cross: { rate: [1, 5] }\n  where: rat > 3',
    [],
    'where knows no setting "rat"; did you mean rate? (bad.yaml:2)',
  ],
  [
    'records: 1\nclient: { acks: all }\nsweep: { cross: { rate: [1, 5] }, where: acks == all }',
    [],
    'where knows no setting "acks"; did you mean client.acks?',
  ],
  [`${FAULTY}    - freeze: { ms: 5 }\n  bootstrap: h:1`, [], 'target.faults is for a broker of our own, and'],
])('refuses %j %j', async (text, flags, message) => {
  const error = await planned(text, ...flags).then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toHaveProperty('name', expect.stringMatching(/^(?:UsageError|WorkloadError)$/));
  expect(String(error)).not.toContain('\n');
  expect(String(error).replaceAll(`${folder}/`, '')).toContain(message);
});

test('replicas are as many as a cluster is asked for, one on a broker of our own, or as many as there may be', async () => {
  for (const topic of ['replication: 1', 'mostReplication: 3'])
    expect((await planned(`records: 1\ntopic: { ${topic} }`)).steps).toHaveLength(1);
  const { steps } = await planned('records: 1\ntarget: { bootstrap: "h:1" }\ntopic: { replication: 3 }');
  expect(steps[0]?.replication).toBe(3);
});

test('the broker of a run has its faults and settings, and a line that runs a step alone says how to have them', async () => {
  const { target, steps } = await planned(
    'records: 1\ntarget: { broker: { num.io.threads: 2 }, faults: [{ match: { api: Fetch }, delay: { ms: 5 } }] }',
  );
  const faults = [{ match: { api: 'Fetch' }, delay: { ms: 5 } }];
  expect(target).toEqual({ kind: 'embedded', dataDir: null, brokerConfig: { 'num.io.threads': '2' }, faults });
  expect(steps.map(({ alone }) => aloneText(alone))).toEqual([
    expect.stringMatching(
      /# the broker's settings and faults have no flag here: start spillway broker --config num\.io\.threads=2 --faults FILE with FILE holding \[\{"match":\{"api":"Fetch"\},"delay":\{"ms":5\}\}\], and give/,
    ),
  ]);
});
