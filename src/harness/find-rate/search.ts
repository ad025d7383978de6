/** Searches the highest rate that holds a limit: a bracket that grows, bisection, and repeats at the rate that is found. */
import { type Answer, type Edge, modelOf } from './edge-model.ts';

/** What the search is for; rates are records per second. */
export type SearchRules = {
  /** Where it begins. */
  readonly firstRate: number;
  /** No trial is slower: one would have too few records. */
  readonly leastRate: number;
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

/** A trial's answer. */
export type TrialAnswer = Answer & {
  /** It failed by the generator or this machine, which says nothing of the target. */
  readonly isOwnLimit?: boolean;
};

/** Where a search stands, or ended. */
export type Found = {
  /** The rate that was repeated and held in more than half of its trials; null when there is none. */
  readonly rate: number | null;
  /** Null before one trial has held and another one has failed: the edge then has an end that nothing was seen of. */
  readonly edge: Edge | null;
  /** Trials at `rate`, and how many of them held. */
  readonly trialsAtRate: number;
  readonly heldAtRate: number;
  /**
   * `found`; `most-rate`: the highest allowed rate holds; `none-held`: not even the lowest does; `most-trials`: it is not as sure as was
   * asked for; `own-limit`: all that failed did so by the generator or this machine, so that a narrower interval would not be of the target;
   * `stopped`: by whoever runs the trials.
   */
  readonly end: 'found' | 'most-rate' | 'none-held' | 'most-trials' | 'own-limit' | 'stopped';
};

/** Makes a trial of its own at a rate; null ends the search. */
export type RunTrial = (rate: number, phase: SearchPhase, edge: Edge | null) => Promise<TrialAnswer | null>;

/** Probability that the edge lies in its interval. */
export const confidence = 0.95;

/** A bracket grows by so much: two bisections' worth, for half as many trials as by two. */
const growth = 4;

/** A search is not made narrower than this factor from what held to what failed when none of the failures were the target's, ... */
const nearEnough = 2;
/** ... and there are so many of them. */
const ownFailures = 3;

/** Rates that are tried are so far apart, in precisions: the same few rates are tried again, and what they answer can be told apart. */
const spacing = 0.4;

/** A rate that people can read and type. */
const roundRate = (rate: number): number => Number(rate.toPrecision(3));

/** How many rates of an interval are looked at. */
const mostLookedAt = 15;

/** The number of the rate nearest to this one of those that are tried. */
const numberOf = (rate: number, { firstRate, precision }: SearchRules): number =>
  Math.round(Math.log(rate / firstRate) / (spacing * precision));

const triedRate = (number: number, { firstRate, precision, leastRate, mostRate }: SearchRules): number =>
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
  answers: readonly TrialAnswer[],
  rules: SearchRules,
): { readonly rate: number; readonly phase: SearchPhase; readonly edge: Edge | null } | Found => {
  const { firstRate, leastRate, mostRate, precision, repeats, mostTrials } = rules;
  if (answers.length === 0) return { rate: Math.min(firstRate, mostRate), phase: 'bracket', edge: null };
  const ended = (end: Found['end'], rate: number | null): Found => endedAt(answers, rules, end, rate);
  const held = answers.filter(({ isHeld }) => isHeld).map(({ rate }) => rate);
  const failed = answers.filter(({ isHeld }) => !isHeld).map(({ rate }) => rate);
  const [highestHeld, lowestFailed] = [Math.max(...held), Math.min(...failed)];
  if (answers.length >= mostTrials) return ended('most-trials', steadiest(answers));
  const bracket = (rate: number) => ({
    rate: Math.max(leastRate, roundRate(rate)),
    phase: 'bracket' as const,
    edge: null,
  });
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
  const isOwnLimit = answers.every(({ isHeld, isOwnLimit: isOwn = false }) => isHeld || isOwn);
  if (isOwnLimit && failed.length >= ownFailures && lowestFailed <= highestHeld * nearEnough)
    return ended('own-limit', steadiest(answers));
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
  if (trials >= repeats && heldThere * 2 > trials) {
    // What failed below it, and may have done so by accident, is tried again: the interval must not leave it out unexplained.
    const doubtful = failedMostlyBelow(answers, edge.least).find((rate) => countAt(answers, rate).trials < repeats);
    return doubtful === undefined ? ended('found', candidate) : { rate: doubtful, phase: 'repeat', edge };
  }
  return { rate: candidate, phase: 'repeat', edge };
};

/** Rates below one at which at least half of the trials failed, the lowest first. */
const failedMostlyBelow = (answers: readonly Answer[], below: number): readonly number[] =>
  [...new Set(answers.filter(({ rate }) => rate < below).map(({ rate }) => rate))]
    .filter((rate) => countAt(answers, rate).held * 2 <= countAt(answers, rate).trials)
    .toSorted((one, other) => one - other);

/** What the model says of the edge, but not above rates that mostly failed; null without a trial on either side. */
const edgeOf = (answers: readonly Answer[], precision: number): Edge | null => {
  if (answers.every(({ isHeld }) => isHeld) || answers.every(({ isHeld }) => !isHeld)) return null;
  const edge = modelOf(answers, precision).edge(confidence);
  const [lowest = edge.least] = failedMostlyBelow(answers, edge.least);
  return { ...edge, least: lowest };
};

const endedAt = (
  answers: readonly Answer[],
  { precision }: SearchRules,
  end: Found['end'],
  rate: number | null,
): Found => {
  const { trials, held } = rate === null ? { trials: 0, held: 0 } : countAt(answers, rate);
  return { rate, edge: edgeOf(answers, precision), trialsAtRate: trials, heldAtRate: held, end };
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
  const answers: TrialAnswer[] = [];
  for (;;) {
    const next = nextOf(answers, rules);
    if ('end' in next) return next;
    const answer = await run(next.rate, next.phase, next.edge);
    if (answer === null) return endedAt(answers, rules, 'stopped', steadiest(answers));
    answers.push(answer);
  }
};
