import { describe, expect, test } from 'vitest';
import { modelOf } from '../../../src/harness/find-rate/edge-model.ts';
import { nextOf, type SearchRules, searchRate } from '../../../src/harness/find-rate/search.ts';

const rules: SearchRules = {
  firstRate: 1000,
  leastRate: 1,
  mostRate: 1e6,
  precision: 0.05,
  repeats: 3,
  mostTrials: 40,
};

/** Searches with trials that hold below an edge, but for those whose numbers are said to go wrong. */
const searchAt = async (edge: number, wrong: readonly number[] = [], own: Partial<SearchRules> = {}) => {
  const rates: number[] = [];
  const found = await searchRate({ ...rules, ...own }, (rate) => {
    rates.push(rate);
    return Promise.resolve({ rate, isHeld: rate <= edge && !wrong.includes(rates.length) });
  });
  return { found, rates };
};

describe('a search of the highest rate', () => {
  test.each([37, 990, 1000, 1234, 49_700, 312_000])('finds an edge at %d within a twentieth', async (edge) => {
    const { found, rates } = await searchAt(edge);
    expect(found.end).toBe('found');
    expect(found.rate).toBeGreaterThan(edge * 0.95);
    expect(found.rate).toBeLessThanOrEqual(edge);
    expect(found.heldAtRate).toBe(found.trialsAtRate);
    expect(found.trialsAtRate).toBeGreaterThanOrEqual(3);
    expect(found.edge?.least).toBeLessThan(edge);
    expect(found.edge?.most).toBeGreaterThan(edge * 0.99);
    expect(rates.length).toBeLessThan(25);
  });

  test.each([[[2]], [[4]], [[7]], [[1, 9]]])('finds it though trials %j fail by accident', async (wrong) => {
    const { found } = await searchAt(20_000, wrong);
    expect(found.end).toBe('found');
    expect(Math.abs((found.rate ?? 0) / 20_000 - 1)).toBeLessThan(0.05);
  });

  test('grows from the first rate by fours, and tries the first failure again', async () => {
    const { rates } = await searchAt(20_000);
    expect(rates.slice(0, 5)).toEqual([1000, 4000, 16_000, 64_000, 64_000]);
  });

  test('says when the highest allowed rate holds', async () => {
    const { found, rates } = await searchAt(1e9, [], { mostRate: 5000 });
    expect(found).toMatchObject({ end: 'most-rate', rate: 5000, trialsAtRate: 3, heldAtRate: 3 });
    expect(Math.max(...rates)).toBe(5000);
  });

  test('says when not even the lowest rate holds', async () => {
    const { found } = await searchAt(0.1);
    expect(found).toMatchObject({ end: 'none-held', rate: null });
  });

  test('ends after the most trials, with what it has', async () => {
    const { found, rates } = await searchAt(20_000, [], { mostTrials: 7 });
    expect(rates).toHaveLength(7);
    expect(found).toMatchObject({ end: 'most-trials', heldAtRate: 1 });
  });

  test('ends when its trials do', async () => {
    const found = await searchRate(rules, (rate) => Promise.resolve(rate < 10_000 ? { rate, isHeld: true } : null));
    expect(found).toMatchObject({ end: 'stopped', rate: 4000 });
  });

  test('knows no edge before one trial has held and another one has failed', async () => {
    expect((await searchAt(1e9, [], { mostTrials: 2 })).found).toMatchObject({ rate: 4000, edge: null });
    expect((await searchAt(1, [], { mostTrials: 2 })).found).toMatchObject({ rate: null, edge: null });
  });

  test('makes no trial that is too slow', async () => {
    const { found, rates } = await searchAt(10, [], { leastRate: 333.4 });
    expect(found.end).toBe('none-held');
    expect(Math.min(...rates)).toBe(333.4);
  });

  test('ends when all that failed did so by the generator or this machine', async () => {
    const rates: number[] = [];
    const found = await searchRate(rules, (rate) => {
      rates.push(rate);
      return Promise.resolve({ rate, isHeld: rate <= 20_000, isOwnLimit: rate > 20_000 });
    });
    expect(found.end).toBe('own-limit');
    expect(found.rate).toBeGreaterThan(10_000);
    expect(rates.length).toBeLessThan(12);
  });

  test('does not end with an interval above a rate that failed', async () => {
    const answers = [
      { rate: 2000, isHeld: false },
      { rate: 4000, isHeld: true },
      { rate: 4000, isHeld: true },
      { rate: 4000, isHeld: true },
      { rate: 4200, isHeld: false },
      { rate: 4200, isHeld: false },
    ];
    const end = nextOf(answers, { ...rules, mostTrials: answers.length });
    expect(end).toMatchObject({ end: 'most-trials', rate: 4000, edge: { least: 2000 } });
  });

  test('takes the same next step from the same answers', () => {
    const answers = [
      { rate: 1000, isHeld: true },
      { rate: 4000, isHeld: false },
      { rate: 4000, isHeld: false },
    ];
    expect(nextOf(answers, rules)).toEqual(nextOf(answers, rules));
    expect(nextOf(answers, rules)).toMatchObject({ phase: 'bisect' });
  });
});

describe('the model of the edge', () => {
  const edgeAfter = (answers: readonly (readonly [rate: number, isHeld: boolean])[]) =>
    modelOf(
      answers.map(([rate, isHeld]) => ({ rate, isHeld })),
      0.05,
    ).edge(0.95);

  test('lies between what held and what did not', () => {
    const { least, median, most } = edgeAfter([
      [1000, true],
      [4000, false],
    ]);
    expect(median).toBeGreaterThan(1000);
    expect(median).toBeLessThan(4000);
    expect(least).toBeLessThan(1000);
    expect(most).toBeGreaterThan(4000);
  });

  test('is surer after the same answers again', () => {
    const once = edgeAfter([
      [1000, true],
      [1100, false],
    ]);
    const again = edgeAfter([
      [1000, true],
      [1000, true],
      [1100, false],
      [1100, false],
    ]);
    expect(again.most / again.least).toBeLessThan(once.most / once.least);
  });
});
