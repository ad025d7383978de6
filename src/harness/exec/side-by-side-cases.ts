/** The cases of `spillway side-by-side`: what every generator does in turn, and how much faster our own is to be. */
import type { SideBySideCase, SideBySideTarget } from '../../results/side-by-side-result.ts';

/** Our own client, as a program like the others. */
export const ownTool = 'spillway';
/** The same client on a broker of our own. */
export const embeddedTool = 'spillway, embedded broker';

/** A plain loop of kafkajs' send(), which scripts/side-by-side.mjs has a command for: it does what one case asks for, and no other. */
export const loopTool = 'kafkajs-loop';

/** A case with the generators that take part unless others are named. */
export type Comparison = SideBySideCase & {
  readonly tools: readonly string[];
  /** Records of the first, uncounted trial. */
  readonly pilotRecords: number;
};

const everyone = [ownTool, 'java', 'rdkafka', 'franz-go'];
const notIdempotent = { acks: '1', 'linger.ms': '5', 'enable.idempotence': 'false' };
const small = 100;
const large = 1024;

/** All cases. */
export const comparisons: readonly Comparison[] = [
  {
    name: 'produce-100',
    title: 'Producers, 100 B, batch.size=65536, linger.ms=5, acks=1, not idempotent',
    kind: 'producer',
    recordBytes: small,
    properties: { ...notIdempotent, 'batch.size': '65536' },
    tools: [...everyone, 'kafkajs', loopTool],
    pilotRecords: 200_000,
  },
  {
    name: 'produce-defaults',
    title: "Producers, 100 B, Kafka's default settings: acks=all, idempotent, batch.size=16384, linger.ms=5",
    kind: 'producer',
    recordBytes: small,
    // Spelled out, since defaults differ by version and by client: linger.ms was 0 before Kafka 4.
    properties: { acks: 'all', 'linger.ms': '5', 'enable.idempotence': 'true', 'batch.size': '16384' },
    tools: everyone,
    pilotRecords: 200_000,
  },
  {
    name: 'produce-1k',
    title: 'Producers, 1 KiB, batch.size=262144, linger.ms=5, acks=1, not idempotent',
    kind: 'producer',
    recordBytes: large,
    properties: { ...notIdempotent, 'batch.size': '262144' },
    tools: everyone,
    pilotRecords: 50_000,
  },
  {
    name: 'consume-100',
    title: 'Consumers, 100 B, one partition from its start, page cache hot',
    kind: 'consumer',
    recordBytes: small,
    properties: {},
    tools: everyone,
    pilotRecords: 0,
  },
  {
    name: 'consume-1k',
    title: 'Consumers, 1 KiB, one partition from its start, page cache hot',
    kind: 'consumer',
    recordBytes: large,
    properties: {},
    tools: everyone,
    pilotRecords: 0,
  },
  {
    name: 'embedded-16k',
    title: 'The same native client against the target and against our embedded broker, 100 B, batch.size=16384, acks=1',
    kind: 'producer',
    recordBytes: small,
    properties: { ...notIdempotent, 'batch.size': '16384' },
    tools: [ownTool, embeddedTool],
    pilotRecords: 200_000,
  },
  {
    name: 'embedded-64k',
    title: 'The same native client against the target and against our embedded broker, 100 B, batch.size=65536, acks=1',
    kind: 'producer',
    recordBytes: small,
    properties: { ...notIdempotent, 'batch.size': '65536' },
    tools: [ownTool, embeddedTool],
    pilotRecords: 200_000,
  },
];

/** Rates, and records per second of generator CPU, that ours is to reach: times the other's. */
const times = (
  caseName: string,
  other: string,
  rate: number,
  perCpuSecond: number,
  tool = ownTool,
): readonly SideBySideTarget[] => [
  { caseName, title: `${tool} against ${other}: records/s`, figure: 'rate', tool, other, bound: rate },
  {
    caseName,
    title: `${tool} against ${other}: records per CPU second`,
    figure: 'recordsPerCpuSecond',
    tool,
    other,
    bound: perCpuSecond,
  },
];

const third = 1 / 3;

const embedded = (caseName: string): readonly SideBySideTarget[] => {
  const pair = { caseName, tool: embeddedTool, other: ownTool };
  return [
    { ...pair, title: 'embedded broker against the target: records/s', figure: 'rate', bound: 1.4 },
    { ...pair, title: 'embedded broker against the target: broker CPU a record', figure: 'brokerCpu', bound: 0.5 },
  ];
};

/** What is aimed at. */
export const sideBySideTargets: readonly SideBySideTarget[] = [
  ...times('produce-100', 'java', 4, 8),
  ...times('produce-100', 'rdkafka', 1.3, 2),
  ...times('produce-100', 'franz-go', 1.25, 1.8),
  ...times('produce-100', loopTool, 12, 12),
  {
    ...{ caseName: 'produce-100', tool: ownTool, other: 'java', bound: third },
    ...{ title: `${ownTool} against java: peak memory`, figure: 'peakRss' },
  },
  {
    ...{ caseName: 'produce-100', tool: ownTool, other: 'java', bound: third },
    ...{ title: `${ownTool} against java: start to first record sent`, figure: 'secondsToFirstRecord' },
  },
  ...times('produce-defaults', 'java', 3, 6),
  ...times('produce-1k', 'rdkafka', 0.9, 1),
  ...times('consume-100', 'java', 3, 5),
  ...times('consume-100', 'rdkafka', 2, 2),
  ...times('consume-100', 'franz-go', 1.5, 1.5),
  ...times('consume-1k', 'java', 3, 5),
  ...times('consume-1k', 'rdkafka', 1, 1),
  ...embedded('embedded-16k'),
  ...embedded('embedded-64k'),
];
