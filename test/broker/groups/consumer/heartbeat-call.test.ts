import { describe, expect, it } from 'vitest';
import { checkHeartbeat, type HeartbeatCall } from '../../../../src/broker/groups/consumer/heartbeat-call.ts';
import { defaultGroupSettings } from '../../../../src/broker/groups/settings.ts';

const joining: HeartbeatCall = {
  groupId: 'g',
  memberId: 'm',
  memberEpoch: 0,
  instanceId: null,
  rackId: null,
  rebalanceTimeoutMs: 1000,
  topicNames: ['t'],
  topicRegex: null,
  serverAssignor: null,
  topicPartitions: [],
  clientId: 'client',
  clientHost: '/127.0.0.1',
  makesOwnId: true,
  mayDescribe: () => true,
};

const refusal = (change: Partial<HeartbeatCall>): string | null => {
  try {
    checkHeartbeat({ ...joining, ...change }, defaultGroupSettings);
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
};

describe('A heartbeat', () => {
  it('that joins says what it reads, how patient it is, and that it has nothing', () => {
    expect(refusal({})).toBeNull();
    expect(refusal({ topicNames: null, topicRegex: '' })).toBeNull();
    expect(refusal({ topicNames: null })).toMatch('SubscribedTopicNames or SubscribedTopicRegex must be non-null');
    expect(refusal({ rebalanceTimeoutMs: -1 })).toMatch('RebalanceTimeoutMs must be provided');
    expect(refusal({ topicPartitions: null })).toMatch('TopicPartitions must be empty');
  });

  it('may leave its member id to the broker in version 0 only, and as it joins only', () => {
    expect(refusal({ memberId: '', makesOwnId: false })).toBeNull();
    expect(refusal({ memberId: '' })).toMatch("MemberId can't be empty");
    expect(refusal({ memberId: '', makesOwnId: false, memberEpoch: 3 })).toMatch("MemberId can't be empty");
  });

  it('with a string that no record can carry is refused', () => {
    const long = 'x'.repeat(2 ** 15);
    for (const change of [
      { groupId: long },
      { memberId: long },
      { instanceId: long },
      { rackId: long },
      { topicNames: [long] },
    ])
      expect(refusal(change)).toBe('A string has 32767 bytes at most.');
    expect(refusal({ memberId: 'é'.repeat(2 ** 14) })).toBe('A string has 32767 bytes at most.');
    expect(refusal({ memberId: 'é'.repeat(2 ** 14 - 1) })).toBeNull();
  });

  it('names an assignor that there is', () => {
    expect(refusal({ serverAssignor: 'range' })).toBeNull();
    expect(refusal({ serverAssignor: 'sticky' })).toBe(
      'ServerAssignor sticky is not supported. Supported assignors: uniform, range.',
    );
  });
});
