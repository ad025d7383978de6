import { didYouMean } from '../client/properties/nearest.ts';
import {
  documentContents,
  isDocument,
  type Payload,
  type PayloadContent,
  payloadContents,
  type SizeSpec,
} from '../harness/plan.ts';
import type { FlagValues } from './flags.ts';
import { payloadFile } from './payload-file.ts';
import { topicName } from './plan-flags.ts';
import { parseNumber, quoted, readNumber, UsageError } from './usage.ts';

/** Longest value that Kafka's records can have. */
const MOST_BYTES = 2_147_483_647;
/** What a sample of a topic takes at most: every producer shares one copy of it. */
const MOST_SAMPLED_BYTES = 64 * 1024 * 1024;

/** Flags that say where values come from; `record-size` and `payload` go together. */
const SOURCES = ['record-size', 'payload-file', 'payload-monotonic', 'payload-from-topic'] as const;

/**
 * Reads what values are to be.
 * @throws UsageError for none or several sources, flags that do not go together, and a distribution or kind that is not known.
 */
export function readPayload(flags: FlagValues, seed: number): Payload {
  const isGiven = (name: string): boolean =>
    name === 'payload-monotonic'
      ? flags.isOn(name)
      : flags.isGiven(name) || (name === 'record-size' && hasContent(flags));
  const given = SOURCES.filter(isGiven);
  const [source] = given;
  if (source === undefined || given.length > 1) {
    const shown = given.map((name) => (name === 'record-size' && !flags.isGiven(name) ? '--payload' : `--${name}`));
    throw new UsageError(
      `exactly one of ${SOURCES.map((name) => `--${name}`).join(', ')} is needed; got ${shown.join(' and ') || 'none'}`,
    );
  }
  refuseStray(flags, 'payload-delimiter', 'payload-file', 'give a file');
  refuseStray(flags, 'payload-sample-records', 'payload-from-topic', 'name a topic');
  if (source === 'payload-monotonic') return { kind: 'monotonic' };
  const path = flags.value('payload-file');
  if (path !== null) {
    const delimiter = readDelimiter(flags.value('payload-delimiter') ?? '\\n');
    return { kind: 'file', path: payloadFile(path), delimiter, seed };
  }
  const topic = flags.value('payload-from-topic');
  if (topic === null) return readGenerated(flags, seed);
  return {
    kind: 'topic',
    topic: topicName(topic, 'payload-from-topic'),
    mostRecords: parseNumber('payload-sample-records', flags.value('payload-sample-records') ?? '10000', {
      min: 1,
      max: 10_000_000,
    }),
    mostBytes: MOST_SAMPLED_BYTES,
  };
}

const hasContent = (flags: FlagValues): boolean => flags.isGiven('payload') || flags.isGiven('payload-compressibility');

function refuseStray(flags: FlagValues, name: string, needed: string, advice: string): void {
  if (flags.isGiven(name) && !flags.isGiven(needed))
    throw new UsageError(`--${name} is used only with --${needed}; leave it out or ${advice}`);
}

function readGenerated(flags: FlagValues, seed: number): Payload {
  const content = readContent(flags.value('payload') ?? 'letters');
  const compressibility = readCompressibility(flags);
  const text = flags.value('record-size');
  const size = text === null ? null : readSize(text);
  if (size === null && !isDocument(content))
    throw new UsageError(
      `--record-size is needed ${flags.isGiven('payload') ? `with --payload ${content}` : 'with --payload-compressibility'}: only ${documentContents.join(', ')} have lengths of their own`,
    );
  if (compressibility !== null && flags.isGiven('payload') && content !== 'random')
    throw new UsageError(
      `--payload-compressibility is for random bytes, and --payload ${content} compresses as it is: leave one of them out`,
    );
  if (content === 'letters' && compressibility === null && size?.kind === 'fixed')
    return { kind: 'random', sizeBytes: size.bytes, seed };
  return { kind: 'generated', content: compressibility === null ? content : 'random', size, compressibility, seed };
}

function readContent(text: string): PayloadContent {
  const content = payloadContents.find((known) => known === text);
  if (content !== undefined) return content;
  const hint = didYouMean(text, payloadContents, 'see --help');
  throw new UsageError(`--payload must be one of ${payloadContents.join(', ')}; got ${quoted(text)}: ${hint}`);
}

function readCompressibility(flags: FlagValues): number | null {
  const text = flags.value('payload-compressibility');
  if (text === null) return null;
  const ratio = readNumber(text);
  if (ratio > 0 && ratio <= 1) return ratio;
  throw new UsageError(
    `--payload-compressibility must be a ratio above 0 and at most 1, the size that is left; got ${quoted(text)}`,
  );
}

const DISTRIBUTIONS = ['uniform', 'normal', 'lognormal', 'exponential'] as const;

/** Reads a size or a distribution of sizes. */
function readSize(text: string): SizeSpec {
  if (!text.includes(':')) {
    const isWord = /^[a-z]/i.test(text.trim());
    if (isWord) throw unknownDistribution(text, text);
    return { kind: 'fixed', bytes: parseNumber('record-size', text, { min: 1, max: MOST_BYTES }) };
  }
  const [kind = '', rest = ''] = splitOnce(text, ':');
  switch (kind) {
    case 'uniform': {
      const [from, to] = numbers(text, rest, '..', 2);
      if (from >= 1 && to >= from && to <= MOST_BYTES && Number.isInteger(from) && Number.isInteger(to))
        return { kind, from, to };
      break;
    }
    case 'normal':
    case 'lognormal': {
      const [mean, deviation] = numbers(text, rest, ',', 2);
      if (mean >= 1 && deviation >= 0 && mean <= MOST_BYTES && deviation <= MOST_BYTES)
        return { kind, mean, deviation };
      break;
    }
    case 'exponential': {
      const [mean] = numbers(text, rest, ',', 1);
      if (mean >= 1 && mean <= MOST_BYTES) return { kind, mean };
      break;
    }
    default:
      return readHistogram(text, kind);
  }
  throw malformedSize(text);
}

function readHistogram(text: string, kind: string): SizeSpec {
  if (/^[a-z]/i.test(kind)) throw unknownDistribution(text, kind);
  const sizes = text.split(',').map((part) => {
    const [bytes, weight] = numbers(text, part, ':', 2);
    if (!(Number.isInteger(bytes) && bytes >= 1 && bytes <= MOST_BYTES && weight > 0)) throw malformedSize(text);
    return { bytes, weight };
  });
  return { kind: 'histogram', sizes };
}

const unknownDistribution = (text: string, kind: string): UsageError =>
  new UsageError(
    `--record-size knows a number of bytes, ${DISTRIBUTIONS.join(', ')} and SIZE:WEIGHT,...; got ${quoted(text)}: ${didYouMean(kind, DISTRIBUTIONS, 'see --help')}`,
  );

const malformedSize = (text: string): UsageError =>
  new UsageError(
    `--record-size must be a number of bytes from 1 to ${MOST_BYTES}, uniform:FROM..TO, normal:MEAN,SD, lognormal:MEAN,SD, exponential:MEAN or SIZE:WEIGHT,...; got ${quoted(text)}`,
  );

/** Exactly so many numbers between separators; NaN where there is none. */
function numbers(whole: string, text: string, separator: string, count: number): readonly [number, number] {
  const parts = text.split(separator).map(readNumber);
  if (parts.length !== count || parts.some(Number.isNaN)) throw malformedSize(whole);
  return [parts[0] ?? Number.NaN, parts[1] ?? Number.NaN];
}

const splitOnce = (text: string, separator: string): readonly [string, string] => {
  const at = text.indexOf(separator);
  return [text.slice(0, at), text.slice(at + separator.length)];
};

const ESCAPED: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', f: '\f' };

/**
 * The literal text a delimiter stands for. Kafka's tool takes a Java regular expression; of those, plain characters and escaped ones are
 * understood, so that what is accepted means the same there.
 */
function readDelimiter(text: string): string {
  const plain = text.replace(/\\(.)/gs, '');
  if (/[\\^$.|?*+()[\]{}]/.test(plain) || /\\[A-Za-z0-9]/.test(text.replace(/\\\\|\\[nrtf]/g, ''))) {
    throw new UsageError(
      `--payload-delimiter ${quoted(text)} is a regular expression, which is not supported yet; use plain text, \\n or \\t, and a backslash before special characters`,
    );
  }
  return text.replace(/\\(.)/gs, (_, escaped: string) => ESCAPED[escaped] ?? escaped);
}
