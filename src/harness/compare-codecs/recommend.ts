/** Which codec to take, and why, from what the trials came to: a pure function. */
import type { CodecPaceSummary, CodecRecommendation, CodecSummary } from '../../results/codec-result.ts';
import { overlaps } from '../../results/step-figures.ts';
import type { FigureRange } from '../../results/workload-run.ts';

/**
 * A codec whose 99th percentile is over twice the lowest one, and so many milliseconds more, in every round, is not taken for what it
 * saves.
 */
const latencyFactor = 2;
const latencySlackMs = 10;

const rule =
  'the least product of CPU time (producer, broker and consumer, as far as they are visible) and bytes on the wire at the common rate, so that a per cent of the one counts as much as a per cent of the other, among codecs without a failed trial whose 99th percentile of the response time was in some round at most twice the lowest median plus 10 ms';

/** A codec with the figures that are looked at, medians. */
type Candidate = {
  readonly summary: CodecSummary;
  readonly cost: FigureRange;
  readonly cpu: number;
  readonly wireBytes: number;
  readonly p99Ms: number | null;
  /** Of the round with the shortest tail. */
  readonly leastP99Ms: number;
};

const candidateOf = (summary: CodecSummary, pace: CodecPaceSummary): readonly Candidate[] => {
  const { cost, cpuSecondsPerMillion, wireBytesPerRecord } = pace.figures;
  if (pace.trialsDone === 0 || pace.trialsFailed > 0) return [];
  if (cost === undefined || cpuSecondsPerMillion === undefined || wireBytesPerRecord === undefined) return [];
  const p99 = pace.figures['responseTimeMs.p99'];
  const [cpu, wireBytes] = [cpuSecondsPerMillion.median, wireBytesPerRecord.median];
  return [{ summary, cost, cpu, wireBytes, p99Ms: p99?.median ?? null, leastP99Ms: p99?.least ?? 0 }];
};

const least = (candidates: readonly Candidate[], of: (candidate: Candidate) => number): Candidate | undefined =>
  candidates.toSorted((one, other) => of(one) - of(other))[0];

/** How many digits an amount deserves. */
const amount = (value: number): string => (value < 10 ? value.toFixed(2) : value.toFixed(value < 100 ? 1 : 0));

const percent = (part: number): string => `${Math.round(part * 100)} %`;

/** Bytes and CPU of one codec against those of another: `61 % fewer bytes, 1.2 times the CPU`. */
const against = (one: Candidate, base: Candidate): string => {
  const bytes = one.wireBytes / base.wireBytes;
  const bytesText = bytes <= 1 ? `${percent(1 - bytes)} fewer bytes` : `${percent(bytes - 1)} more bytes`;
  return `${bytesText}, ${(one.cpu / base.cpu).toFixed(2)} times the CPU`;
};

const latencyText = (one: Candidate, base: Candidate): string => {
  if (one.p99Ms === null) return '';
  const own = `, and 99 % of the records are acknowledged within ${amount(one.p99Ms)} ms`;
  return base === one || base.p99Ms === null ? own : `${own} (${base.summary.codec}: ${amount(base.p99Ms)} ms)`;
};

const firstSentence = (best: Candidate, base: Candidate, others: readonly Candidate[], rate: number): string => {
  const pace = `at ${Math.round(rate)
    .toString()
    .replace(/\B(?=(\d{3})+$)/g, ',')} records/s`;
  if (best !== base)
    return `Take ${best.summary.codec}: ${pace} a record takes ${amount(best.wireBytes)} bytes on the wire in place of ${amount(base.wireBytes)} with ${base.summary.codec} (${against(best, base)}: ${amount(best.cpu)} s for a million records in place of ${amount(base.cpu)})${latencyText(best, base)}.`;
  const next = least(others, ({ cost }) => cost.median);
  const reason =
    next === undefined
      ? 'there was no other to compare it with'
      : `the best of the others, ${next.summary.codec}, costs more than it saves (${against(next, base)})`;
  return `Take ${best.summary.codec}: ${pace} ${reason}${latencyText(best, base)}.`;
};

/** Codecs that cost less and were passed over for their tail, for the second sentence. */
const passedText = (passed: readonly Candidate[]): string =>
  passed.length === 0
    ? ''
    : `${passed.map(({ summary, p99Ms }) => `${summary.codec} costs less and is passed over, since 99 % take up to ${amount(p99Ms ?? 0)} ms`).join('; ')}; `;

/** What all codecs came to, and what became of each. */
type Field = {
  readonly others: readonly Candidate[];
  /** Those of the others that cost less. */
  readonly passed: readonly Candidate[];
  readonly notTold: readonly string[];
};

const secondSentence = (best: Candidate, { others, passed, notTold }: Field): string => {
  const cheapest = least([best, ...others], ({ cpu }) => cpu);
  const smallest = least([best, ...others], ({ wireBytes }) => wireBytes);
  const name = (candidate: Candidate | undefined): string => candidate?.summary.codec ?? '';
  const cpuPart =
    cheapest === best
      ? 'nothing takes less CPU'
      : `where CPU is short, ${name(cheapest)} takes ${percent(1 - (cheapest?.cpu ?? 0) / best.cpu)} less of it`;
  const bytesPart =
    smallest === best
      ? 'nothing takes fewer bytes'
      : `where network or disk is short, ${name(smallest)} takes ${percent(1 - (smallest?.wireBytes ?? 0) / best.wireBytes)} fewer bytes`;
  const doubt =
    best.summary.commonRate.trialsDone < 2
      ? 'how sure this is, one round does not tell'
      : notTold.length === 0
        ? 'its range overlaps with that of no other'
        : `these rounds do not tell it from ${notTold.join(' and ')}, whose ranges overlap with its own`;
  return `${cpuPart[0]?.toUpperCase()}${cpuPart.slice(1)}; ${bytesPart}; ${passedText(passed)}${doubt}.`;
};

/**
 * Recommends a codec by the figures at the common rate.
 * @returns null when no codec went through all its trials there
 */
export const recommend = (codecs: readonly CodecSummary[], rate: number | null): CodecRecommendation | null => {
  const all = codecs.flatMap((summary) => candidateOf(summary, summary.commonRate));
  const lowestMs = Math.min(...all.map(({ p99Ms }) => p99Ms ?? 0));
  const quick = all.filter(({ leastP99Ms }) => leastP99Ms <= lowestMs * latencyFactor + latencySlackMs);
  const best = least(quick, ({ cost }) => cost.median);
  const base =
    all.find(({ summary }) => summary.codec === 'none') ?? all.toSorted((a, b) => b.wireBytes - a.wireBytes)[0];
  if (best === undefined || base === undefined || rate === null) return null;
  const others = all.filter((candidate) => candidate !== best);
  const notTold = quick
    .filter((candidate) => candidate !== best && overlaps(candidate.cost, best.cost))
    .map(({ summary }) => summary.codec);
  const passed = others.filter((candidate) => !quick.includes(candidate) && candidate.cost.median < best.cost.median);
  return {
    codec: best.summary.codec,
    settings: best.summary.settings,
    text: `${firstSentence(best, base, others, rate)} ${secondSentence(best, { others, passed, notTold })}`,
    rule,
    notTold,
  };
};
