import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DatePatternError, dateFormat } from '../../src/report/date-format.ts';

const before = process.env.TZ;
beforeAll(() => {
  process.env.TZ = 'Europe/Berlin';
});
afterAll(() => {
  if (before === undefined) delete process.env.TZ;
  else process.env.TZ = before;
});

/** 3 February 2025, 00:05:09.007 in Berlin. */
const winter = Date.UTC(2025, 1, 2, 23, 5, 9, 7);
/** 6 July 2025, 14:30:00 in Berlin. */
const summer = Date.UTC(2025, 6, 6, 12, 30);

describe('a date pattern', () => {
  it("prints Kafka's default in local time", () => {
    expect(dateFormat('yyyy-MM-dd HH:mm:ss:SSS')(winter)).toBe('2025-02-03 00:05:09:007');
  });

  it('pads to the width of its letters', () => {
    expect(dateFormat('y yy yyyyy M MM d H m s S SSSS')(winter)).toBe('2025 25 02025 2 02 3 0 5 9 7 0007');
  });

  it('writes names short and long', () => {
    expect(dateFormat('EEE EEEE MMM MMMM a G')(winter)).toBe('Mon Monday Feb February AM AD');
  });

  it('knows the four ways to count hours', () => {
    expect([winter, summer].map(dateFormat('H k K h a'))).toEqual(['0 24 0 12 AM', '14 14 2 2 PM']);
  });

  it('counts days of the year, the week and the month', () => {
    expect(dateFormat('D u F')(winter)).toBe('34 1 1');
    expect(dateFormat('D u F')(summer)).toBe('187 7 1');
  });

  it('follows the zone through the year', () => {
    expect([winter, summer].map(dateFormat('Z X XX XXX'))).toEqual([
      '+0100 +01 +0100 +01:00',
      '+0200 +02 +0200 +02:00',
    ]);
    process.env.TZ = 'UTC';
    expect(dateFormat('Z X')(winter)).toBe('+0000 Z');
    expect(dateFormat('z')(winter)).toBe('UTC');
    process.env.TZ = 'Europe/Berlin';
  });

  it('copies quoted text and everything that is no letter', () => {
    expect(dateFormat("yyyy-MM-dd'T'HH''mm 'o''clock' [é]")(winter)).toBe("2025-02-03T00'05 o'clock [é]");
  });

  it('is refused when a letter stands for nothing or a quote is open', () => {
    expect(() => dateFormat('yyyy qq')).toThrow(DatePatternError);
    expect(() => dateFormat('yyyy qq')).toThrow('"qq" in "yyyy qq" stands for no date field');
    expect(() => dateFormat("yyyy 'at")).toThrow('is not closed');
    expect(() => dateFormat('XXXX')).toThrow(DatePatternError);
  });
});
