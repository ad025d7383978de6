/** What a workload file may hold: one schema for checking, types, the JSON Schema for editors and the reference in the documentation. */
import { z } from 'zod';

/** Most clients of a kind: each is a thread. */
const mostClients = 256;
const mostPartitions = 10_000;
const mostSeed = 4_294_967_295;

/** A property's value, as it is written: Kafka's own rules for it are checked when the plan is made. */
const scalar = z.union([z.string(), z.number(), z.boolean()]);

/** One value of an axis, or of a property. */
export type Scalar = z.infer<typeof scalar>;

const timeError = 'must be a time above 0 with its unit, such as 500ms, 30s, 5m or 1h; a number alone is in seconds';
const time = z
  .union([z.number().positive(timeError), z.string().regex(/^\d+(\.\d+)?(ms|s|m|h)$/, timeError)], timeError)
  .meta({ title: 'TIME' });

const sizeError =
  'must be a number of bytes, a size such as 10 B, 4 KiB or 1 MiB, or a distribution such as uniform:100..1000';
const sizeText = /^(\d+ ?(B|KiB|MiB)|(uniform|normal|lognormal|exponential):[\d.,]+|[\d.]+:[\d.]+(,[\d.]+:[\d.]+)*)$/;
const size = z
  .union([z.number().int(sizeError).positive(sizeError), z.string().regex(sizeText, sizeError)], sizeError)
  .meta({ title: 'SIZE' });

const rateError = 'must be records per second above 0, or max';
const rate = z.union([z.number().positive(rateError), z.literal('max', rateError)], rateError).meta({ title: 'RATE' });

const whole = (least: number, most: number) => z.number().int().min(least).max(most);
const count = whole(1, Number.MAX_SAFE_INTEGER);
const properties = z.record(z.string(), scalar);

/** What a test is like: every key of it can be an axis of a sweep, or be set on the command line. */
export const settingsSchema = z.strictObject({
  test: z
    .enum(['producer', 'consumer', 'end-to-end'])
    .optional()
    .describe('What is measured: sending, reading, or the way from send to receipt (default: producer)'),
  topic: z
    .strictObject({
      name: z
        .string()
        .regex(/^[A-Za-z0-9._-]{1,200}$/, 'must be 1 to 200 letters, digits, dots, underscores and dashes')
        .optional()
        .describe(
          'What names of topics begin with (default: the name of the workload); a consumer test of a cluster reads this topic as it is',
        ),
      partitions: whole(1, mostPartitions).optional().describe('Partitions of each topic (default: 1)'),
      replication: whole(1, 32_767).optional().describe("Replication factor (default: the target's)"),
      mostReplication: whole(1, 32_767)
        .optional()
        .describe('In place of replication: so many replicas, or as many as the target has nodes when these are fewer'),
      config: properties.optional().describe("Topic settings by Kafka's names"),
    })
    .optional()
    .describe('The topic; each trial has a fresh one, which is deleted after it'),
  records: count.optional().describe('Records of a trial; with duration, whichever comes first'),
  duration: time.optional().describe('How long a trial sends'),
  warmup: time.optional().describe('Time at the start that latencies leave out'),
  warmupRecords: whole(0, Number.MAX_SAFE_INTEGER).optional().describe('The same as a number of records'),
  rate: rate
    .optional()
    .describe('Records per second over all clients, or max (default: max; end-to-end: one record at a time)'),
  pace: z
    .string()
    .optional()
    .describe('When records are due: constant, poisson, ramp:FROM..TO or steps:RATE@SECONDS,... (default: constant)'),
  paceSpin: z.boolean().optional().describe('Wait for due times awake: sends in time, takes a core a producer'),
  producers: whole(1, mostClients).optional().describe('Producers, each in a thread (default: 1)'),
  consumers: whole(1, mostClients).optional().describe('Consumers, each in a thread (default: 1)'),
  groups: whole(1, mostClients).optional().describe('Consumer groups that each read everything (default: 1)'),
  driver: z.string().optional().describe('The client under load: native or kafkajs (default: native)'),
  client: properties.optional().describe("Client properties by Kafka's names"),
  clientFile: z.string().min(1).optional().describe('Properties file for them, seen from the folder of this file'),
  payload: z
    .strictObject({
      size: size
        .optional()
        .describe('Length of each value, or a distribution (default: 100, with json, log and quotes their own)'),
      kind: z
        .enum(['letters', 'random', 'json', 'log', 'quotes'])
        .optional()
        .describe('What values hold (default: letters)'),
      compressibility: z.number().positive().max(1).optional().describe('Random bytes that zstd makes so much of'),
      file: z.string().min(1).optional().describe('Text whose lines are the values, seen from the folder of this file'),
    })
    .optional()
    .describe('The values'),
  keys: z.string().optional().describe('Keys: none, sequential, uniform:N or zipf:N:EXPONENT (default: none)'),
  headers: properties.optional().describe('Headers that every record carries'),
  transactions: z
    .strictObject({
      records: count.optional().describe('Records of a producer after which its transaction is committed'),
      duration: time.optional().describe('Age at which a transaction is committed'),
      abortRate: z.number().min(0).max(1).optional().describe('Share of them that is aborted (default: 0)'),
    })
    .optional()
    .describe('Sends in transactions'),
  backlog: whole(0, Number.MAX_SAFE_INTEGER)
    .optional()
    .describe('Records that lie in front of the consumers of an end-to-end test when its load begins (default: 0)'),
  verify: z
    .boolean()
    .optional()
    .describe('Follow each record to its reader: lost, repeated and corrupt ones fail the trial (default: false)'),
  seed: whole(0, mostSeed).optional().describe('Of all that is random, the order of trials too (default: 0)'),
});

/** A setting for one test: what a step is made of. */
export type Settings = z.infer<typeof settingsSchema>;

const values = z.array(scalar).min(1, 'needs at least one value: an axis without values leaves nothing to run');
const axes = z.record(z.string(), values);

const sweep = z
  .strictObject({
    cross: axes.optional().describe('Axes whose values are all combined, by setting: client.batch.size: [1000, 16384]'),
    zip: axes.optional().describe('Axes of one length that go together: their first values, their second ones, ...'),
    points: z
      .array(z.record(z.string(), scalar))
      .min(1, 'needs at least one point')
      .optional()
      .describe('Points by themselves, each some settings'),
    where: z
      .string()
      .optional()
      .describe(
        'Which points stay: client.acks == all or topic.partitions < 64; also !=, <=, >, >=, in [a, b], not, ()',
      ),
  })
  .describe('The points to test: those of cross, zip and points, each combined with each of the others');

/** A whole file. */
export const workloadSchema = z.strictObject({
  name: z
    .string()
    .regex(/^[A-Za-z0-9._-]{1,100}$/, 'must be 1 to 100 letters, digits, dots, underscores and dashes')
    .optional()
    .describe("What run records are called after (default: the file's name)"),
  target: z
    .strictObject({
      bootstrap: z
        .string()
        .min(1)
        .optional()
        .describe('A cluster to test, HOST:PORT,...; without it a broker of our own'),
      broker: properties.optional().describe("Settings of our own broker, by Kafka's names"),
      faults: z
        .array(
          z.record(z.string(), z.unknown()),
          'must be a list of faults, such as [{match: {api: Produce}, delay: {ms: 5}}]',
        )
        .min(1)
        .optional()
        .describe(
          'What goes wrong in our own broker, as in the file of spillway broker --faults: [{match: {api: Produce}, delay: {ms: 5}}]',
        ),
    })
    .optional()
    .describe('Where the load goes'),
  ...settingsSchema.shape,
  sweep: sweep.optional(),
  trials: whole(1, 10_000).optional().describe('How often each step runs (default: 1)'),
  order: z
    .enum(['interleaved', 'random', 'sequential'])
    .optional()
    .describe('Of trials: all steps once, then all again; by chance; step by step (default: interleaved)'),
  onFailure: z
    .enum(['continue', 'stop', 'repeat'])
    .optional()
    .describe('After a failed trial: go on, end the run, or try it again up to twice (default: continue)'),
  thresholds: z
    .array(z.string())
    .optional()
    .describe(
      'What every step must reach, or the exit status is 3: responseTimeMs.p99 < 10, recordsPerSecond >= 50000',
    ),
  best: z
    .string()
    .optional()
    .describe(
      'Which step is the best: highest or lowest, and a figure (default: highest recordsPerSecond, with a rate lowest responseTimeMs.p99)',
    ),
});

/** A checked workload. */
export type Workload = z.infer<typeof workloadSchema>;

/** The JSON Schema of workload files, for editors. */
export const workloadJsonSchema = (): Readonly<Record<string, unknown>> => ({
  title: 'Spillway workload',
  ...z.toJSONSchema(workloadSchema),
});
