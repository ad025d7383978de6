import { randomUUID } from 'node:crypto';
import type { FindRateRequest } from '../harness/find-rate/find-rate.ts';
import { type Limit, parseLimit, recordsNeeded } from '../harness/find-rate/limit.ts';
import type { E2ePlan, ProducerPlan } from '../harness/plan.ts';
import { parseDuration } from './durations.ts';
import { e2eCommandOf } from './e2e-plan.ts';
import { e2eNames, findRateFlags } from './find-rate-flags.ts';
import type { FlagValues } from './flags.ts';
import { checkPayload } from './payload-check.ts';
import { isExternal, redactArgv, required } from './plan-flags.ts';
import { producerCommandOf } from './producer-plan.ts';
import { checkTargetSecurity } from './target-security.ts';
import { parseNumber, quoted, UsageError } from './usage.ts';

/** Windows of a trial are so long, milliseconds. */
const WINDOW_MS = 1000;
/** A topic's own name is longer by run and trial. */
const MOST_TOPIC_PREFIX = 200;
const MOST_RATE = 1e7;
/** No search begins or ends below this, records per second. */
const LEAST_RATE = 1;

/** The default length of values, where nothing else says how long they are. */
const recordSize = (flags: FlagValues): string | null => {
  const given = flags.value('record-size');
  const hasLength =
    ['json', 'log'].includes(flags.value('payload') ?? '') ||
    ['payload-file', 'payload-from-topic', 'payload-monotonic'].some((name) => flags.isGiven(name));
  return given ?? (hasLength ? null : '100');
};

/** The flags of a trial's own test, at a rate. */
function trialFlags(flags: FlagValues, rate: number, seconds: number, warmupMs: number): FlagValues {
  const acks = flags
    .list('command-property')
    .findLast((text) => text.startsWith('acks='))
    ?.slice('acks='.length);
  const isE2e = flags.isOn('end-to-end');
  const own: Readonly<Record<string, string | null>> = {
    topic: flags.value('topic') ?? 'find-rate',
    partitions: flags.value('partitions') ?? '1',
    throughput: String(rate),
    duration: `${seconds}s`,
    'warmup-duration': warmupMs > 0 ? `${warmupMs}ms` : null,
    'reporting-interval': String(WINDOW_MS),
    'record-size': recordSize(flags),
    ...(isE2e ? { 'producer-acks': acks ?? 'all' } : {}),
  };
  const read = (name: string): string | null => (Object.hasOwn(own, name) ? (own[name] ?? null) : flags.value(name));
  return {
    value: read,
    list: (name) =>
      isE2e && name === 'command-property'
        ? flags.list(name).filter((text) => !text.startsWith('acks='))
        : flags.list(name),
    isOn: (name) => flags.isOn(name),
    isGiven: (name) => read(name) !== null,
    words: [],
  };
}

function checkEndToEnd(flags: FlagValues): void {
  const isE2e = flags.isOn('end-to-end');
  if (!isE2e && flags.isGiven('consumers'))
    throw new UsageError('--consumers is used only with --end-to-end; leave it out');
  const search = ['limit', 'trial-duration', 'first-rate', 'most-rate', 'precision', 'repeats', 'most-trials'];
  const odd = Object.keys(findRateFlags).find(
    (name) => name !== 'end-to-end' && flags.isGiven(name) && !search.includes(name) && !e2eNames.has(name),
  );
  if (isE2e && odd !== undefined)
    throw new UsageError(`--${odd} is not for --end-to-end, whose test has no such flag; leave it out`);
}

function readRules(flags: FlagValues): FindRateRequest['rules'] {
  const rate = (name: string, otherwise: number): number =>
    parseNumber(name, flags.value(name) ?? String(otherwise), { min: LEAST_RATE, max: MOST_RATE, isWhole: false });
  const mostRate = rate('most-rate', MOST_RATE);
  const firstRate = rate('first-rate', Math.min(1000, mostRate));
  if (firstRate > mostRate)
    throw new UsageError(`--first-rate must be at most --most-rate (${mostRate}); got ${firstRate}`);
  return {
    firstRate,
    leastRate: LEAST_RATE,
    mostRate,
    precision: parseNumber('precision', flags.value('precision') ?? '0.05', { min: 0.01, max: 0.5, isWhole: false }),
    repeats: parseNumber('repeats', flags.value('repeats') ?? '3', { min: 1, max: 100 }),
    mostTrials: parseNumber('most-trials', flags.value('most-trials') ?? '40', { min: 1, max: 1000 }),
  };
}

/** No trial may have too few records for what its limits are of. @returns the least rate at which it has enough */
function leastRateOf(limits: readonly Limit[], trialMs: number, { firstRate }: FindRateRequest['rules']): number {
  const [{ text, needed } = { text: '', needed: 0 }] = limits
    .map((limit) => ({ text: limit.text, needed: recordsNeeded(limit) }))
    .toSorted((one, other) => other.needed - one.needed);
  const seconds = trialMs / 1e3;
  const records = Math.round(firstRate * seconds);
  if (records >= needed) return Math.max(LEAST_RATE, needed / seconds);
  throw new UsageError(
    `a trial of ${seconds} s at ${firstRate} records/s (--first-rate) has ${records} records, and ${quoted(text)} needs ${needed} to mean something; give --trial-duration ${Math.ceil(needed / firstRate)}s or longer, or --first-rate ${Math.ceil(needed / seconds)} or higher`,
  );
}

/**
 * Reads a find-rate command line.
 * @throws UsageError when it cannot be run as it stands.
 */
export async function readFindRate(flags: FlagValues, argv: readonly string[]): Promise<FindRateRequest> {
  required(flags, 'limit', "'p99 < 10 ms'");
  checkEndToEnd(flags);
  if (flags.isOn('no-record') && flags.isGiven('results-dir'))
    throw new UsageError('--no-record contradicts --results-dir; leave one of them out');
  const pace = flags.value('pace') ?? 'constant';
  if (pace !== 'constant' && pace !== 'poisson')
    throw new UsageError(`--pace must be constant or poisson, since a trial has one rate; got ${quoted(pace)}`);
  const topic = flags.value('topic') ?? '';
  if (topic.length > MOST_TOPIC_PREFIX)
    throw new UsageError(`--topic must have at most ${MOST_TOPIC_PREFIX} characters: names of trials are longer`);
  const trialMs = parseDuration('trial-duration', flags.value('trial-duration') ?? '30s');
  const warmup = flags.value('warmup-duration');
  const warmupMs = warmup === null ? Math.ceil(trialMs / 10) : parseDuration('warmup-duration', warmup);
  const rules = readRules(flags);
  const planAt = (rate: number): ProducerPlan | E2ePlan => {
    const values = trialFlags(flags, rate, (trialMs + warmupMs) / 1e3, warmupMs);
    const { plan } = flags.isOn('end-to-end') ? e2eCommandOf(values, argv) : producerCommandOf(values, argv);
    return { ...plan, resultsDir: null };
  };
  const first = planAt(rules.firstRate);
  checkTargetSecurity(first.target, first.properties);
  if (isExternal(first.driver))
    throw new UsageError(`--driver ${first.driver} is another program, which trials cannot run: native or kafkajs`);
  if (first.command === 'producer-perf-test') await checkPayload(first, first.shape.keys);
  const limits = flags
    .list('limit')
    .map((text) => parseLimit(text, first.command === 'e2e-latency' ? 'e2e-latency' : 'producer-perf-test'));
  return {
    target: first.target,
    planAt,
    limits,
    trialMs,
    warmupMs,
    rules: { ...rules, leastRate: leastRateOf(limits, trialMs, rules) },
    runId: randomUUID().slice(0, 8),
    argv: redactArgv(argv),
    resultsDir: flags.isOn('no-record') ? null : (flags.value('results-dir') ?? 'results'),
  };
}
