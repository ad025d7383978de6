import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { handlers } from '../../../src/broker/apis/all.ts';
import { canFail } from '../../../src/broker/faults/error-answer.ts';
import { FaultError } from '../../../src/broker/faults/fault.ts';
import { readFaultFile } from '../../../src/broker/faults/fault-file.ts';
import { readFault } from '../../../src/broker/faults/read-fault.ts';
import { temporaryDirectory } from '../wire.ts';

const apis = new Map(Array.from(handlers.values(), ({ api }) => [api.name, api]));

describe('a fault from outside', () => {
  it.each([
    [{ match: { api: 'Fetch', topic: 't', partition: 0 }, delay: { ms: 5 } }],
    [{ match: {}, delay: { uniform: { minMs: 1, maxMs: 2 }, seed: 3 } }],
    [{ match: { clientId: 'c' }, delay: { exponential: { meanMs: 1 }, times: 4 } }],
    [{ match: {}, delay: { lognormal: { medianMs: 1, sigma: 0.5 }, share: 0.1 } }],
    [{ match: { api: 'Produce' }, fail: { error: 'NOT_LEADER_OR_FOLLOWER' } }],
    [{ match: {}, drop: { when: 'after' } }],
    [{ freeze: { ms: 5, afterMs: 0 } }],
  ])('is taken as it is: %j', (fault) => {
    expect(readFault(fault, apis, 'fault')).toEqual(fault);
  });

  it.each([
    [5, 'an object with delay, fail, drop, freeze, match is expected; got 5'],
    [{ match: {} }, 'exactly one of delay, fail, drop, freeze is expected; got none'],
    [{ delay: { ms: 1 }, drop: {} }, 'got delay and drop'],
    [{ dely: { ms: 1 } }, '"dely" is not known, did you mean delay?'],
    [{ match: { api: 'Produse' }, drop: {} }, 'got "Produse", did you mean Produce?'],
    [{ match: { topic: '' }, drop: {} }, 'match: topic must be a text; got ""'],
    [{ match: { partition: -1 }, drop: {} }, 'partition must be a whole number, from 0 to 2147483647; got -1'],
    [{ match: { api: 'Heartbeat', topic: 't' }, drop: {} }, 'Heartbeat cannot be told apart by topic'],
    [{ match: { api: 'Metadata', partition: 1 }, drop: {} }, 'Metadata cannot be told apart by partition'],
    [{ delay: {} }, 'exactly one of ms, uniform, exponential, lognormal is expected; got none'],
    [{ delay: { ms: 1e9 } }, 'ms must be a number, from 0 to 3600000; got 1000000000'],
    [{ delay: { uniform: { minMs: 5, maxMs: 4 } } }, 'uniform: maxMs must be a number, from 5 to 3600000; got 4'],
    [{ delay: { exponential: {} } }, 'exponential: meanMs is missing'],
    [{ delay: { ms: 1, share: 0 } }, 'share must be a number, over 0 to 1; got 0'],
    [{ delay: { ms: 1, times: 0 } }, 'times must be a whole number, 1 or more; got 0'],
    [{ fail: { error: 'NOT_COORDINATOR' } }, 'fail needs match.api, one of Produce, Fetch'],
    [
      { match: { api: 'DescribeProducers' }, fail: { error: 'NOT_COORDINATOR' } },
      'DescribeProducers cannot be made to fail',
    ],
    [
      { match: { api: 'Fetch' }, fail: { error: 'NOT_LEADER_OR_FOLOWER' } },
      'got "NOT_LEADER_OR_FOLOWER", did you mean NOT_LEADER_OR_FOLLOWER?',
    ],
    [{ match: { api: 'Fetch' }, fail: {} }, 'error must be the name of a Kafka error'],
    [{ drop: { when: 'later' } }, 'when must be "before" or "after"; got "later"'],
    [{ freeze: { ms: 0 } }, 'ms must be a number, from 1 to 3600000; got 0'],
    [{ match: {}, freeze: { ms: 1 } }, 'a freeze stops the whole broker and takes no match'],
  ])('is refused with what was expected: %j', (fault, message) => {
    expect(() => readFault(fault, apis, 'fault 1')).toThrow(FaultError);
    expect(() => readFault(fault, apis, 'fault 1')).toThrow(message);
  });

  it('can make these fail', () => {
    expect([...apis.values()].filter(canFail).map(({ name }) => name)).toEqual(
      expect.arrayContaining(
        'Produce Fetch Metadata ListOffsets CreateTopics InitProducerId FindCoordinator JoinGroup SyncGroup Heartbeat LeaveGroup OffsetCommit OffsetFetch AddPartitionsToTxn AddOffsetsToTxn TxnOffsetCommit EndTxn'.split(
          ' ',
        ),
      ),
    );
  });

  it('comes from a file that must hold a JSON array', () => {
    const path = join(temporaryDirectory(), 'faults.json');
    expect(() => readFaultFile(path)).toThrow(`${path} cannot be read`);
    writeFileSync(path, '[');
    expect(() => readFaultFile(path)).toThrow(`${path} is not JSON`);
    writeFileSync(path, '{}');
    expect(() => readFaultFile(path)).toThrow('must hold a JSON array of faults');
    writeFileSync(path, '[{"freeze":{"ms":1}}]');
    expect(readFaultFile(path)).toEqual([{ freeze: { ms: 1, afterMs: 0 } }]);
    writeFileSync(path, '[{"freeze":{"ms":1}},{"drop":{"when":"soon"}}]');
    expect(() => readFaultFile(path)).toThrow(`${path}: fault 2: drop: when must be`);
  });
});
