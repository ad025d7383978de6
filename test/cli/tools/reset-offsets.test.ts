import { describe, expect, it } from 'vitest';
import { newOffset, type PartitionState } from '../../../src/cli/tools/reset-offsets.ts';
import { type ResetSpec, readDuration, readTime, readTopicScope } from '../../../src/cli/tools/reset-spec.ts';

const moved = (spec: Exclude<ResetSpec, { kind: 'file' }>, state: Partial<PartitionState> = {}) => {
  const warnings: string[] = [];
  const whole = { earliest: 10, latest: 20, committed: 15, atTime: null, ...state };
  return [newOffset(spec, whole, (line) => warnings.push(line)), warnings.length];
};

describe('where a reset moves an offset to', () => {
  it.each([
    [{ kind: 'earliest' }, {}, 10, 0],
    [{ kind: 'latest' }, {}, 20, 0],
    [{ kind: 'current' }, {}, 15, 0],
    [{ kind: 'current' }, { committed: null }, 20, 0],
    [{ kind: 'offset', offset: 12 }, {}, 12, 0],
    [{ kind: 'offset', offset: 2 }, {}, 10, 1],
    [{ kind: 'offset', offset: 99 }, {}, 20, 1],
    [{ kind: 'shift', by: -3 }, {}, 12, 0],
    [{ kind: 'shift', by: 30 }, {}, 20, 1],
    [{ kind: 'time', timestampMs: 1 }, { atTime: 13 }, 13, 0],
    [{ kind: 'time', timestampMs: 1 }, {}, 20, 0],
  ] as const)('%j of %j is %i', (spec, state, offset, warnings) => {
    expect(moved(spec, state)).toEqual([offset, warnings]);
  });
});

describe('times and topics of a reset', () => {
  it('are UTC unless a zone is given', () => {
    expect(readTime('2024-02-03T04:05:06.789')).toBe(Date.UTC(2024, 1, 3, 4, 5, 6, 789));
    expect(readTime('2024-02-03T04:05:06Z')).toBe(Date.UTC(2024, 1, 3, 4, 5, 6));
    for (const zone of ['+02', '+0200', '+02:00'])
      expect(readTime(`2024-02-03T04:05:06.000${zone}`)).toBe(Date.UTC(2024, 1, 3, 2, 5, 6));
    expect(() => readTime('2024-13-03T04:05:06.789')).toThrow(/--to-datetime/);
  });

  it('read durations as ISO 8601 writes them', () => {
    expect(readDuration('P1DT2H3M4.5S')).toBe((((24 + 2) * 60 + 3) * 60 + 4.5) * 1000);
    expect(readDuration('PT90S')).toBe(90_000);
    for (const text of ['P', 'PT', 'P1H', '1D', 'P1DT'])
      expect(() => readDuration(text), text).toThrow(/--by-duration/);
  });

  it('read partitions behind a colon', () => {
    expect([...readTopicScope(['t', 'u:0,2'])]).toEqual([
      ['t', null],
      ['u', [0, 2]],
    ]);
    expect(() => readTopicScope(['t', 't:1'])).toThrow(/names t twice/);
    expect(() => readTopicScope(['t:x'])).toThrow(/whole number/);
  });
});
