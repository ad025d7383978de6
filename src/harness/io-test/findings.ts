/** Puts together what the measuring thread says of each measure. */
import { median } from '../../measure/statistics/samples.ts';
import type { CallTimes, IoMeasure } from '../../results/io-test-result.ts';
import { ioMeasures, type MeasureInfo } from './catalogue.ts';
import type { MeasuringMessage } from './messages.ts';
import type { IoRound } from './task.ts';

const bytesPerMebibyte = 1024 * 1024;

/** The value below which a share of sorted values lies. */
const quantile = (sorted: Float64Array, share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;

/** Times of the calls of all rounds together; null without any. */
export const callTimes = (rounds: readonly IoRound[]): CallTimes | null => {
  const count = rounds.reduce((sum, { callUs }) => sum + callUs.length, 0);
  if (count === 0) return null;
  const all = new Float64Array(count);
  let at = 0;
  for (const { callUs } of rounds) {
    all.set(callUs, at);
    at += callUs.length;
  }
  all.sort();
  return { p50: quantile(all, 0.5), p99: quantile(all, 0.99), max: quantile(all, 1) };
};

/** What was found so far. */
export class Findings {
  readonly #infos: readonly MeasureInfo[];
  readonly #rounds = new Map<string, IoRound[]>();
  readonly #outs = new Map<string, Extract<MeasuringMessage, { kind: 'out' }>>();
  #by: Readonly<Record<string, string>> = {};
  #batchBytes: number | null = null;

  /** @param names measures that are asked for; they come out in the order of the catalogue */
  constructor(names: readonly string[]) {
    this.#infos = ioMeasures.filter(({ name }) => names.includes(name));
  }

  /** No measure has a figure. */
  get isEmpty(): boolean {
    return this.#rounds.size === 0;
  }

  take(message: Extract<MeasuringMessage, { kind: 'prepared' | 'round' | 'out' }>): void {
    if (message.kind === 'prepared') {
      this.#by = message.by;
      this.#batchBytes = message.batchBytes;
    } else if (message.kind === 'out') this.#outs.set(message.name, message);
    else this.#rounds.set(message.name, [...(this.#rounds.get(message.name) ?? []), message.round]);
  }

  /** @param ending why the run ended early; null when it did not */
  measures(ending: string | null): readonly IoMeasure[] {
    return this.#infos.map((info) => this.#measure(info, ending));
  }

  #measure(info: MeasureInfo, ending: string | null): IoMeasure {
    const rounds = this.#rounds.get(info.name) ?? [];
    const out = this.#outs.get(info.name) ?? null;
    const isMeasured = out === null && rounds.length > 0;
    const bytesPerCall = info.group === 'codec' ? (this.#batchBytes ?? info.bytesPerCall) : info.bytesPerCall;
    const rates = rounds.map(({ callsPerSecond }) => (callsPerSecond * bytesPerCall) / bytesPerMebibyte);
    return {
      ...info,
      bytesPerCall,
      by: this.#by[info.name] ?? null,
      state: isMeasured ? 'measured' : (out?.state ?? 'unfinished'),
      reason: isMeasured ? null : (out?.reason ?? ending ?? 'the run ended'),
      note: rounds.findLast(({ note }) => note !== null)?.note ?? null,
      mebibytesPerSecond: isMeasured
        ? { median: median(rates), least: Math.min(...rates), most: Math.max(...rates) }
        : null,
      callUs: isMeasured ? callTimes(rounds) : null,
      calls: isMeasured ? rounds.reduce((sum, { callUs }) => sum + callUs.length, 0) : 0,
      rounds: isMeasured ? rounds.length : 0,
    };
  }
}
