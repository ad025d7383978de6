/** Which test of the command line a step is: the same flags, so that everything has one meaning, and a trial can be repeated alone. */
import type { Scalar, Settings } from './schema.ts';
import { WorkloadError } from './workload-error.ts';

/** The commands that measure. */
export type TestCommand = 'producer-perf-test' | 'consumer-perf-test' | 'e2e-latency';

/** A flag with its values, and the setting that it comes from. */
export type StepFlag = { readonly flag: string; readonly values: readonly string[]; readonly setting: string };

/** A step as a command line. */
export type StepCommand = { readonly command: TestCommand; readonly flags: readonly StepFlag[] };

const unitBytes: Readonly<Record<string, number>> = { B: 1, KiB: 1024, MiB: 1024 * 1024 };

/** A size in bytes, or a distribution as it is. */
export const bytesOf = (size: string | number): string => {
  const [, amount, unit = ''] = /^(\d+) ?(B|KiB|MiB)$/.exec(String(size)) ?? [];
  return amount === undefined ? String(size) : String(Number(amount) * (unitBytes[unit] ?? 1));
};

const commands: Readonly<Record<NonNullable<Settings['test']>, TestCommand>> = {
  producer: 'producer-perf-test',
  consumer: 'consumer-perf-test',
  'end-to-end': 'e2e-latency',
};

/** Settings that only some tests have. */
const onlyFor: Readonly<Partial<Record<string, readonly TestCommand[]>>> = {
  groups: ['consumer-perf-test'],
  consumers: ['consumer-perf-test', 'e2e-latency'],
  producers: ['producer-perf-test', 'e2e-latency'],
  pace: ['producer-perf-test', 'e2e-latency'],
  paceSpin: ['producer-perf-test'],
  keys: ['producer-perf-test', 'e2e-latency'],
  headers: ['producer-perf-test'],
  transactions: ['producer-perf-test'],
  verify: ['producer-perf-test', 'e2e-latency'],
  backlog: ['e2e-latency'],
  warmup: ['producer-perf-test', 'e2e-latency'],
  warmupRecords: ['producer-perf-test', 'e2e-latency'],
};

const assignments = (map: Readonly<Record<string, Scalar>>): readonly string[] =>
  Object.entries(map).map(([key, value]) => `${key}=${value}`);

/**
 * The command line of a step, without target, topic and output.
 * @throws WorkloadError for settings that its test does not have.
 */
export const commandOf = (settings: Settings): StepCommand => {
  const test = settings.test ?? 'producer';
  const command = commands[test];
  for (const name of Object.keys(settings)) {
    const tests = onlyFor[name];
    if (tests !== undefined && !tests.includes(command))
      throw new WorkloadError(`${name} is not for test: ${test}; leave it out`);
  }
  const flags: StepFlag[] = [];
  const add = (flag: string, setting: string, ...values: readonly (Scalar | undefined)[]): void => {
    const given = values.filter((value) => value !== undefined).map(String);
    if (given.length > 0) flags.push({ flag, values: given, setting });
  };
  add('num-records', 'records', settings.records);
  // A number is in seconds for all of them, and the consumer test takes nothing else.
  add('duration', 'duration', command === 'consumer-perf-test' ? secondsOf(settings.duration) : settings.duration);
  addRate(settings, command, add);
  add('pace', 'pace', settings.pace);
  if (settings.paceSpin === true) add('pace-spin', 'paceSpin', true);
  add('warmup-duration', 'warmup', settings.warmup);
  add('warmup-records', 'warmupRecords', settings.warmupRecords);
  add('producers', 'producers', settings.producers);
  add('consumers', 'consumers', settings.consumers);
  add('consumer-groups', 'groups', settings.groups);
  if (command !== 'consumer-perf-test') add('seed', 'seed', settings.seed);
  add('backlog', 'backlog', settings.backlog);
  if (settings.verify === true) add('verify', 'verify', true);
  addPayload(settings, command, add);
  add('keys', 'keys', settings.keys);
  add('headers', 'headers', ...assignments(settings.headers ?? {}));
  add('transaction-records', 'transactions.records', settings.transactions?.records);
  const { duration } = settings.transactions ?? {};
  if (duration !== undefined)
    add('transaction-duration-ms', 'transactions.duration', Math.round(millisecondsOf(duration)));
  add('transaction-abort-rate', 'transactions.abortRate', settings.transactions?.abortRate);
  add('driver', 'driver', settings.driver);
  addClient(settings, command, add);
  return { command, flags };
};

/** Flags without a value. */
export const switches: readonly string[] = ['pace-spin', 'verify'];

type Add = (flag: string, setting: string, ...values: readonly (Scalar | undefined)[]) => void;

const addRate = ({ rate, pace }: Settings, command: TestCommand, add: Add): void => {
  const hasOwnRates = /^(ramp|steps):/.test(pace ?? '');
  if (command === 'e2e-latency') add('throughput', 'rate', rate === 'max' ? -1 : rate);
  else if (!hasOwnRates) add('throughput', 'rate', rate === undefined || rate === 'max' ? -1 : rate);
  else if (rate !== undefined && rate !== 'max') add('throughput', 'rate', rate);
};

/** As long as the values of Kafka's own examples. */
const defaultSize = 100;

const addPayload = ({ payload = {} }: Settings, command: TestCommand, add: Add): void => {
  const { kind, size, file, compressibility } = payload;
  // The records of a consumer test are made before it: `fillBytesOf` has their size.
  const isRead = command === 'consumer-perf-test';
  if (isRead) refuse(payload, ['kind', 'file', 'compressibility'], command);
  else if (command === 'e2e-latency') refuse(payload, ['file', 'compressibility'], command);
  if (isRead) return;
  const hasLength = kind === 'json' || kind === 'log' || kind === 'quotes' || file !== undefined;
  add('record-size', 'payload.size', size === undefined ? (hasLength ? undefined : defaultSize) : bytesOf(size));
  add('payload', 'payload.kind', kind);
  add('payload-compressibility', 'payload.compressibility', compressibility);
  add('payload-file', 'payload.file', file);
};

const refuse = (payload: Readonly<Record<string, unknown>>, names: readonly string[], command: TestCommand): void => {
  const name = names.find((each) => payload[each] !== undefined);
  if (name !== undefined)
    throw new WorkloadError(`payload.${name} is for test: producer, not for ${command}; leave it out`);
};

/**
 * Bytes of the values that a consumer test reads.
 * @throws WorkloadError for a distribution of sizes.
 */
export const fillBytesOf = ({ payload }: Settings): number => {
  const bytes = Number(bytesOf(payload?.size ?? defaultSize));
  if (Number.isInteger(bytes)) return bytes;
  throw new WorkloadError('payload.size must be one size for test: consumer');
};

const addClient = ({ client = {}, clientFile }: Settings, command: TestCommand, add: Add): void => {
  const { acks, ...others } = client;
  add('command-config', 'clientFile', clientFile);
  if (command === 'e2e-latency') add('producer-acks', 'client.acks', acks ?? 'all');
  add('command-property', 'client', ...assignments(command === 'e2e-latency' ? others : client));
};

const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1e3, m: 60e3, h: 3600e3 };

/** A time of the schema in milliseconds; a number is in seconds. */
export const millisecondsOf = (time: string | number): number => {
  const [, amount = '', unit = 's'] = /^([\d.]+)(ms|s|m|h)?$/.exec(String(time)) ?? [];
  return Number(amount) * (unitMs[unit] ?? Number.NaN);
};

const secondsOf = (time: string | number | undefined): number | undefined =>
  time === undefined ? undefined : millisecondsOf(time) / 1e3;

/** What a trial as fast as possible is expected to reach, records a second: only for saying how long a run takes. */
const guessedRate = 250_000;
/** Worker threads, a topic, and its deletion. */
const betweenSeconds = 0.5;

/** About how long a trial of a step takes, seconds. */
export const guessSeconds = (settings: Settings): number => {
  const { records, duration, rate, test } = settings;
  const isInTurn = test === 'end-to-end' && rate === undefined;
  const perSecond = typeof rate === 'number' ? rate : isInTurn ? 2000 : guessedRate;
  const byRecords = records === undefined ? Number.POSITIVE_INFINITY : records / perSecond;
  const byTime = duration === undefined ? Number.POSITIVE_INFINITY : millisecondsOf(duration) / 1e3;
  const seconds = Math.min(byRecords, byTime);
  return betweenSeconds + (Number.isFinite(seconds) ? seconds : 0);
};
