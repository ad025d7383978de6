/** Searches the highest rate that holds a limit: a bracket that grows, bisection, and repeats at the rate that is found. */
import { type Answer, type Edge, modelOf } from './edge-model.ts';

/** What the search is for; rates are records per second. */
export type SearchRules = {
  /** Where it begins. */
  readonly firstRate: number;
  /** No trial is faster. */
  readonly mostRate: number;
  /** Width of the interval that the edge must lie in, as a share of the rate, such as 0.03. */
  readonly precision: number;
  /** Trials at the rate that is found. */
  readonly repeats: number;
  readonly mostTrials: number;
};

/** Why a trial is made. */
export type SearchPhase = 'bracket' | 'bisect' | 'repeat';

/** Where a search stands, or ended. */
export type Found = {
  /** The rate that was repeated and held in more than half of its trials; null when there is none. */
  readonly rate: number | null;
  /** Null before the first trial. */
  readonly edge: Edge | null;
  /** Trials at `rate`, and how many of them held. */
  readonly trialsAtRate: number;
  readonly heldAtRate: number;
  /**
   * `found`; `most-rate`: the highest allowed rate holds; `none-held`: not even the lowest does; `most-trials`: it is not as sure as was
   * asked for; `stopped`: by whoever runs the trials.
   */
  readonly end: 'found' | 'most-rate' | 'none-held' | 'most-trials' | 'stopped';
};

/** Makes a trial of its own at a rate; null ends the search. */
export type RunTrial = (rate: number, phase: SearchPhase, edge: Edge | null) => Promise<Answer | null>;

/** Probability that the edge lies in its interval. */
export const confidence = 0.95;

/** A bracket grows by so much: two bisections' worth, for half as many trials as by two. */
const growth = 4;

/** No rate below this is tried, records per second. */
export const leastRate = 1;

/** Rates that are tried are so far apart, in precisions: the same few rates are tried again, and what they answer can be told apart. */
const spacing = 0.4;

/** A rate that people can read and type. */
const roundRate = (rate: number): number => Number(rate.toPrecision(3));

/** How many rates of an interval are looked at. */
const mostLookedAt = 15;

/** The number of the rate nearest to this one of those that are tried. */
const numberOf = (rate: number, { firstRate, precision }: SearchRules): number =>
  Math.round(Math.log(rate / firstRate) / (spacing * precision));

const triedRate = (number: number, { firstRate, precision, mostRate }: SearchRules): number =>
  Math.min(mostRate, Math.max(leastRate, roundRate(firstRate * Math.exp(number * spacing * precision))));

/** Rates of an interval that are tried; of a wide one some, evenly. */
const triedRates = ({ least, most }: Edge, rules: SearchRules): readonly number[] => {
  const [from, to] = [numberOf(least, rules) - 1, numberOf(most, rules) + 1];
  const step = Math.max(1, Math.ceil((to - from) / mostLookedAt));
  const count = Math.floor((to - from) / step) + 1;
  return [...new Set(Array.from({ length: count }, (_, index) => triedRate(from + index * step, rules)))];
};

const countAt = (answers: readonly Answer[], rate: number): { readonly trials: number; readonly held: number } => {
  const own = answers.filter((answer) => answer.rate === rate);
  return { trials: own.length, held: own.filter(({ isHeld }) => isHeld).length };
};

/**
 * The next trial, or the end, from the answers so far: a pure function, so that a search is the same whoever runs its trials.
 */
export const nextOf = (
  answers: readonly Answer[],
  rules: SearchRules,
): { readonly rate: number; readonly phase: SearchPhase; readonly edge: Edge | null } | Found => {
  const { firstRate, mostRate, precision, repeats, mostTrials } = rules;
  if (answers.length === 0) return { rate: Math.min(firstRate, mostRate), phase: 'bracket', edge: null };
  const ended = (end: Found['end'], rate: number | null): Found => endedAt(answers, rules, end, rate);
  const held = answers.filter(({ isHeld }) => isHeld).map(({ rate }) => rate);
  const failed = answers.filter(({ isHeld }) => !isHeld).map(({ rate }) => rate);
  const [highestHeld, lowestFailed] = [Math.max(...held), Math.min(...failed)];
  if (answers.length >= mostTrials) return ended('most-trials', steadiest(answers));
  const bracket = (rate: number) => ({ rate: roundRate(rate), phase: 'bracket' as const, edge: null });
  if (failed.length === 0 || highestHeld > Math.max(...failed)) {
    if (highestHeld < mostRate) return bracket(Math.min(highestHeld * growth, mostRate));
    const { trials } = countAt(answers, mostRate);
    return trials < repeats ? { rate: mostRate, phase: 'repeat', edge: null } : ended('most-rate', mostRate);
  }
  // One trial may fail by accident, and would send the search the wrong way for long.
  const last = answers.at(-1);
  const isFirstFailure = last?.isHeld === false && failed.length === 1;
  if (isFirstFailure) return bracket(last.rate);
  if (held.length === 0) {
    if (lowestFailed <= leastRate) return ended('none-held', null);
    return bracket(Math.max(leastRate, lowestFailed / growth));
  }
  const model = modelOf(answers, precision);
  const edge = model.edge(confidence);
  if (edge.most / edge.least - 1 > precision)
    return { rate: model.mostTelling(triedRates(edge, rules)), phase: 'bisect', edge };
  // The lower end of the interval holds most likely: that is what the repeats are to show, at a rate that has been begun with if there is one.
  const begun = answers.filter(({ rate }) => rate >= edge.least * (1 - precision) && rate <= edge.median);
  const candidates = [...new Set(begun.map(({ rate }) => rate))]
    .filter((rate) => countAt(answers, rate).held * 2 > countAt(answers, rate).trials)
    .toSorted((one, other) => other - one);
  const [candidate = triedRate(numberOf(edge.least, rules), rules)] = candidates;
  const { trials, held: heldThere } = countAt(answers, candidate);
  if (trials >= repeats && heldThere * 2 > trials) return ended('found', candidate);
  return { rate: candidate, phase: 'repeat', edge };
};

const endedAt = (
  answers: readonly Answer[],
  { precision }: SearchRules,
  end: Found['end'],
  rate: number | null,
): Found => {
  const { trials, held } = rate === null ? { trials: 0, held: 0 } : countAt(answers, rate);
  const edge = answers.length === 0 ? null : modelOf(answers, precision).edge(confidence);
  return { rate, edge, trialsAtRate: trials, heldAtRate: held, end };
};

/** The highest rate at which more than half of the trials held; null when there is none. */
const steadiest = (answers: readonly Answer[]): number | null => {
  const rates = [...new Set(answers.map(({ rate }) => rate))].toSorted((one, other) => other - one);
  return (
    rates.find((rate) => {
      const { trials, held } = countAt(answers, rate);
      return held * 2 > trials;
    }) ?? null
  );
};

/** Runs a search to its end. */
export const searchRate = async (rules: SearchRules, run: RunTrial): Promise<Found> => {
  const answers: Answer[] = [];
  for (;;) {
    const next = nextOf(answers, rules);
    if ('end' in next) return next;
    const answer = await run(next.rate, next.phase, next.edge);
    if (answer === null) return endedAt(answers, rules, 'stopped', steadiest(answers));
    answers.push(answer);
  }
};
