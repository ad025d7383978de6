import { describe, expect, it } from 'vitest';
import {
  compressionText,
  consumerFailureText,
  count,
  errorText,
  interruptionText,
  milliseconds,
  oneLine,
  producerFailureText,
  progressText,
  repeatsText,
} from '../../src/report/text.ts';
import type { ConsumerResult, ProducerResult } from '../../src/results/result.ts';

const sent = {
  recordsSent: 90,
  recordsFailed: 0,
  failure: null,
  isInterrupted: false,
  errors: {},
} as unknown as ProducerResult;
const read = {
  recordsConsumed: 90,
  failure: null,
  isInterrupted: false,
  isTimedOut: false,
} as unknown as ConsumerResult;

describe('numbers for people', () => {
  it('have commas between thousands', () => {
    expect([0, 999, 1000, 1234567.8].map(count)).toEqual(['0', '999', '1,000', '1,234,568']);
    expect([0.274, 12, 1500].map(milliseconds)).toEqual(['0.27 ms', '12.00 ms', '1,500 ms']);
  });

  it('say how far a test is', () => {
    expect(progressText(500_000, 1_000_000, 2e6)).toBe('500,000 of 1,000,000 records (50 %), 2,000,000 records/s');
  });
});

describe('what went wrong', () => {
  it('is nothing when all records were acknowledged or the test was interrupted', () => {
    expect(producerFailureText(sent, 90)).toBeNull();
    expect(producerFailureText({ ...sent, isInterrupted: true }, 100)).toBeNull();
  });

  it('counts acknowledged and failed records by error, in one line', () => {
    const errors = {
      TIMED_OUT: { count: 3, message: 'too late' },
      NOT_LEADER: { count: 7, message: 'moved\naway' },
    };
    expect(errorText(errors)).toMatch(/^NOT_LEADER x7: .*; TIMED_OUT x3: too late$/s);
    const result = { ...sent, recordsFailed: 10, errors, failure: 'the broker went away' };
    expect(producerFailureText(result, 100)).toBe(
      'the broker went away; 90 acknowledged, 10 failed: NOT_LEADER x7: moved away; TIMED_OUT x3: too late',
    );
  });

  it('is not said again for records that share the fate of the test', () => {
    const errors = { UNREACHABLE: { count: 10, message: 'no broker answers' } };
    expect(producerFailureText({ ...sent, recordsFailed: 10, errors, failure: 'no broker answers' }, 100)).toBe(
      'no broker answers; 90 acknowledged, 10 failed: UNREACHABLE x10',
    );
  });

  it('is said when records are missing without an error', () => {
    expect(producerFailureText(sent, 100)).toBe('90 acknowledged, 0 failed');
    expect(consumerFailureText(read, 100, 'WARNING: late.')).toBe(
      'the test ended early; 90 of 100 records were consumed',
    );
    expect(consumerFailureText({ ...read, isTimedOut: true }, 100, 'WARNING: late.')).toBe(
      'WARNING: late; 90 of 100 records were consumed',
    );
    expect(consumerFailureText(read, 90, '')).toBeNull();
  });

  it('begins with an interruption', () => {
    expect(interruptionText(true, 1000, 2_000_000)).toBe('interrupted after 1,000 of 2,000,000 records');
    expect(interruptionText(false, 1000, 2_000_000)).toBeNull();
  });

  it('says what a codec did, and nothing without one', () => {
    const packed = {
      codec: 'zstd',
      level: 3,
      implementation: 'lib 1.2',
      bytesBefore: 4000,
      bytesAfter: 1000,
      ratio: 0.25,
    };
    expect(compressionText({ ...sent, compression: { ...packed, batchesLeft: 0 } })).toBe(
      'zstd level 3 (lib 1.2): batches of 4,000 bytes became 1,000, 25.0 %',
    );
    expect(compressionText({ ...sent, compression: { ...packed, level: null, batchesLeft: 12 } })).toBe(
      'zstd (lib 1.2): batches of 4,000 bytes became 1,000, 25.0 %; 12 batches became no smaller and went without it',
    );
    expect(compressionText({ ...sent, compression: { ...packed, codec: 'none', batchesLeft: 0 } })).toBeNull();
    expect(compressionText({ ...sent, compression: null })).toBeNull();
  });

  it('is said of what succeeded at a second attempt', () => {
    const produced = { ...sent, command: 'producer-perf-test', recordsRetried: 1200, reconnects: 1 } as ProducerResult;
    expect(repeatsText(produced)).toBe('1,200 records were sent again, 1 connection was opened again');
    const consumed = { ...read, command: 'consumer-perf-test', fetchesRetried: 1, reconnects: 0 } as ConsumerResult;
    expect(repeatsText(consumed)).toBe('1 fetch was made again');
    expect(repeatsText({ ...consumed, fetchesRetried: 0 })).toBeNull();
  });

  it('never takes more than one line', () => {
    expect(oneLine('a\n  b\r\nc\n')).toBe('a b c');
  });
});
