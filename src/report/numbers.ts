/** Numbers in tables of reports: as many digits as they deserve, with commas between thousands. */
import { count } from './text.ts';

/** A latency in milliseconds, without its unit; a dash for none. */
export const latencyCell = (value: number | null | undefined): string => {
  if (value === null || value === undefined) return '–';
  return value < 10 ? value.toFixed(3) : value < 100 ? value.toFixed(2) : value < 1e4 ? value.toFixed(1) : count(value);
};

/** A rate or an amount, without its unit; a dash for what another program did not tell. */
export const amountCell = (value: number | null): string =>
  value === null ? '–' : value < 10 ? value.toFixed(2) : value < 1000 ? value.toFixed(1) : count(value);

/** How much one figure is of another one, such as `+12.3 %`; empty when there is nothing to compare with. */
export const changeText = (value: number, base: number): string => {
  if (!(base > 0)) return '';
  const percent = (value / base - 1) * 100;
  return `${percent < 0 ? '−' : '+'}${Math.abs(percent).toFixed(1)} %`;
};
