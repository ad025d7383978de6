import { describe, expect, test } from 'vitest';
import { describeErrorCode, ErrorCode, errorByCode, errorByName, kafkaErrors } from '../../src/protocol/errors.ts';

describe('Error codes', () => {
  test('run from -1 to 133 without a gap', () => {
    expect(kafkaErrors.map((info) => info.code)).toEqual(Array.from({ length: 135 }, (_, index) => index - 1));
  });

  test('are found by code and by name', () => {
    expect(errorByCode(6)?.name).toBe('NOT_LEADER_OR_FOLLOWER');
    expect(errorByName('NOT_LEADER_OR_FOLLOWER')).toBe(errorByCode(6));
    expect(ErrorCode.UNKNOWN_TOPIC_ID).toBe(100);
    expect(errorByCode(134)).toBeUndefined();
    expect(errorByName('NO_SUCH_ERROR')).toBeUndefined();
  });

  test('say which of them a client may try again', () => {
    expect(errorByName('REQUEST_TIMED_OUT')?.retriable).toBe(true);
    expect(errorByName('MESSAGE_TOO_LARGE')?.retriable).toBe(false);
    expect(kafkaErrors.filter((info) => info.retriable)).toHaveLength(32);
  });

  test('are described with name, code and a sentence, unknown ones too', () => {
    expect(describeErrorCode(3)).toBe('UNKNOWN_TOPIC_OR_PARTITION (3): The broker has no such topic or partition.');
    expect(describeErrorCode(999)).toBe('error code 999, which Kafka 4.1 does not have');
  });
});
