import { describe, expect, test } from 'vitest';
import { ownGenerators } from '../../scripts/bench/own-generators.mjs';

/** Flags and names of the generators that are added to a command line. */
const added = (...argv: readonly string[]): readonly string[] =>
  ownGenerators(argv).map((word) => word.replace(/=.*/, ''));

const all = [
  ...['--producer-command', 'kafkajs-loop'],
  ...['--producer-command', 'bare-loop'],
  ...['--consumer-command', 'bare-loop'],
];

describe('generators of the checkout', () => {
  test('take part in a comparison beside those of the caller', () => {
    expect(added('--rounds', '1')).toEqual(all);
    expect(added('--producer-command', 'mine=./mine {topic}', 'other=./other')).toEqual(all);
  });

  test('give way to one of the caller with the same name, of the same kind', () => {
    expect(added('--producer-command', 'mine=./mine', 'bare-loop=./loop')).toEqual([
      ...all.slice(0, 2),
      ...all.slice(4),
    ]);
    expect(added('--consumer-command=bare-loop=./loop')).toEqual(all.slice(0, 4));
  });

  test('are left out where no chosen case has a place for them', () => {
    expect(added('--only', 'consume-100', '--rounds', '1')).toEqual(all.slice(4));
    expect(added('--only', 'produce-1k,embedded-16k')).toEqual(all.slice(2, 4));
    expect(added('--only', 'produce-1k', 'produce-100')).toEqual(all.slice(0, 4));
    expect(added('--only=embedded-16k')).toEqual([]);
  });
});
