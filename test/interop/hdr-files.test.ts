/** `.hlog` and `.hgrm` files in HdrHistogram's own tools: its Java log processor, which Kafka's tools bring along, and its JavaScript reader. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { build, HistogramLogReader, JsHistogram } from 'hdr-histogram-js';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { kafkaJava } from './kafka-java.ts';
import { needs, run, startSpillway, temporaryDirectory } from './support.ts';

/** Which tag of the log each percentile file is made from. */
const tags = {
  producer: {
    'response-time': 'response',
    'service-time': 'service',
    'send-lateness': 'lateness',
    'batch-wait': 'batchwait',
    'request-time': 'request',
  },
  e2e: {
    'end-to-end-response-time': 'response',
    'ack-time': 'ack',
  },
};

let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
/** Folders of the runs. */
let folders: Readonly<Record<keyof typeof tags, string>>;

const runOf = async (name: string, args: readonly string[]): Promise<string> => {
  const resultsDir = path.join(directory.path, name);
  const flags = ['--topic', 't', '--record-size', '100', '--reporting-interval', '500', '--results-dir', resultsDir];
  expect(await startSpillway([...args, ...flags]).finished).toMatchObject({ status: 0 });
  return path.join(resultsDir, readdirSync(resultsDir)[0] ?? '');
};

beforeAll(async () => {
  directory = await temporaryDirectory();
  const load = ['--num-records', '12000', '--throughput', '6000'];
  const [producer, e2e] = await Promise.all([
    runOf('producer', ['producer-perf-test', ...load]),
    runOf('e2e', ['e2e-latency', '--producer-acks', 'all', ...load]),
  ]);
  folders = { producer, e2e };
});

afterAll(() => directory?.remove());

const kinds = (['producer', 'e2e'] as const).flatMap((kind) =>
  Object.entries(tags[kind]).map(([file, tag]) => ({ kind, file, tag })),
);

const hgrmOf = (kind: keyof typeof tags, file: string): string =>
  readFileSync(path.join(folders[kind], `${file}.hgrm`), 'utf8');

/** Value, percentile and count of each line, and the mean: everything but the longest, of which Java names the end of its bucket. */
const pointsOf = (hgrm: string): readonly string[] => [
  ...hgrm.split('\n').flatMap((line) => (/^\s*\d/.test(line) ? [line.trim().split(/\s+/).join(' ')] : [])),
  ...(/Mean\s*=\s*[\d.]+/.exec(hgrm) ?? []),
];

test.for(kinds)('Java makes of the log of a $kind test the very percentiles of $file', async ({
  kind,
  file,
  tag,
}, context) => {
  needs(context, 'java', 'mvn');
  const output = path.join(directory.path, `${kind}-${tag}`);
  const flags = [
    '-i',
    path.join(folders[kind], 'latency.hlog'),
    '-o',
    output,
    '-tag',
    tag,
    '-outputValueUnitRatio',
    '1000',
  ];
  const command = [...kafkaJava(), 'org.HdrHistogram.HistogramLogProcessor', ...flags];
  await run('java', command);
  const points = pointsOf(readFileSync(`${output}.hgrm`, 'utf8'));
  expect(points.length).toBeGreaterThan(10);
  expect(points).toEqual(pointsOf(hgrmOf(kind, file)));
});

test.for(kinds)("hdr-histogram-js's reader adds the log of a $kind test up to $file", ({ kind, file, tag }) => {
  const reader = new HistogramLogReader(readFileSync(path.join(folders[kind], 'latency.hlog'), 'utf8'));
  const total = build({ numberOfSignificantValueDigits: 3 });
  for (let next = reader.nextIntervalHistogram(); next !== null; next = reader.nextIntervalHistogram())
    if (next.tag === tag && next instanceof JsHistogram) total.add(next);
  expect(pointsOf(total.outputPercentileDistribution(5, 1000))).toEqual(pointsOf(hgrmOf(kind, file)));
});
