import { PropertyError } from './property.ts';

/** Where a partition without a position is read from: its start, its end, nowhere, or what is younger than a duration. */
export type OffsetReset =
  | { readonly to: 'earliest' }
  | { readonly to: 'latest' }
  | { readonly to: 'none' }
  | { readonly to: 'by_duration'; readonly durationMs: number };

/** Days, hours, minutes and seconds of ISO 8601, as Java's `Duration.parse` reads them, without signs. */
const DURATION = /^P(?:(\d+)D)?(?:T(?=.)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d*)?)S)?)?$/i;

/**
 * Reads `auto.offset.reset` (`by_duration:` by KIP-1106).
 * @throws PropertyError for anything that Kafka does not know
 */
export const parseOffsetReset = (text: string): OffsetReset => {
  const word = text.toLowerCase();
  if (word === 'earliest' || word === 'latest' || word === 'none') return { to: word };
  const [kind, duration = ''] = text.split(/:(.*)/, 2);
  const parts = kind?.toLowerCase() === 'by_duration' ? DURATION.exec(duration) : null;
  const [days, hours, minutes, seconds] = (parts ?? []).slice(1).map((part) => Number(part ?? 0));
  if (parts !== null && parts[0].length > 1)
    return {
      to: 'by_duration',
      durationMs: (((days ?? 0) * 24 + (hours ?? 0)) * 60 + (minutes ?? 0)) * 60_000 + (seconds ?? 0) * 1000,
    };
  throw new PropertyError(
    'auto.offset.reset',
    `auto.offset.reset must be earliest, latest, none, or by_duration: and a duration such as by_duration:PT1H30M; got ${JSON.stringify(text)}`,
  );
};
