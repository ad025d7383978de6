import { readFileSync } from 'node:fs';

type Bounds = { readonly alpha: number; readonly estimate: number; readonly low: number; readonly high: number };

/** What SciPy answers; made by scripts/golden/statistics.py. */
export type StatisticsFixture = {
  readonly normal: { readonly cdf: [number, number][]; readonly quantile: [number, number][] };
  readonly ranks: { readonly values: number[]; readonly ranks: number[] }[];
  readonly quantiles: { readonly values: number[]; readonly at: [number, number][] };
  readonly mannWhitney: { x: number[]; y: number[]; u: number; p: number; method: string }[];
  readonly signedRank: { differences: number[]; plus: number; p: number; method: string }[];
  readonly hodgesLehmann: {
    readonly paired: (Bounds & { readonly differences: number[] })[];
    readonly groups: (Bounds & { readonly baseline: number[]; readonly candidate: number[] })[];
  };
  readonly bootstrap: { baseline: number[]; candidate: number[]; isPaired: boolean; low: number; high: number }[];
  readonly trends: { readonly values: number[]; readonly tau: number; readonly p: number; readonly slope: number }[];
  readonly sequential: {
    readonly alpha: number;
    readonly lookAt: number[];
    readonly spending: 'obrien-fleming' | 'pocock';
    readonly boundaries: number[];
  }[];
};

const file = new URL('../../fixtures/statistics.json', import.meta.url);
export const fixture: StatisticsFixture = JSON.parse(readFileSync(file, 'utf8'));
