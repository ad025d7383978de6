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
    [{ match: {}, delay: { bimodal: { lowMs: 1, highMs: 20, highShare: 0.1 }, every: 10 } }],
    [{ match: {}, queue: { requestsPerSecond: 400 } }],
    [{ match: { api: 'Produce' }, queue: { recordsPerSecond: 4000.5 } }],
    [{ match: { api: 'Produce', topic: 't' }, trace: { file: 'trace.bin' } }],
    [{ freeze: { ms: 5, afterMs: 0 } }],
    [{ freeze: { ms: 5, afterMs: 0, everyMs: 10 } }],
  ])('is taken as it is: %j', (fault) => {
    expect(readFault(fault, apis, 'fault')).toEqual(fault);
  });

  it.each([
    [5, 'an object with delay, fail, drop, queue, trace, freeze, match is expected; got 5'],
    [{ match: {} }, 'exactly one of delay, fail, drop, queue, trace, freeze is expected; got none'],
    [{ delay: { ms: 1 }, drop: {} }, 'got delay and drop'],
    [{ dely: { ms: 1 } }, '"dely" is not known, did you mean delay?'],
    [{ match: { api: 'Produse' }, drop: {} }, 'got "Produse", did you mean Produce?'],
    [{ match: { topic: '' }, drop: {} }, 'match: topic must be a text; got ""'],
    [{ match: { partition: -1 }, drop: {} }, 'partition must be a whole number, from 0 to 2147483647; got -1'],
    [{ match: { api: 'Heartbeat', topic: 't' }, drop: {} }, 'Heartbeat cannot be told apart by topic'],
    [{ match: { api: 'Metadata', partition: 1 }, drop: {} }, 'Metadata cannot be told apart by partition'],
    [{ delay: {} }, 'exactly one of ms, uniform, exponential, lognormal, bimodal is expected; got none'],
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
    [
      { delay: { bimodal: { lowMs: 5, highMs: 4, highShare: 0 } } },
      'highMs must be a number, from 5 to 3600000; got 4',
    ],
    [{ delay: { bimodal: { lowMs: 5, highMs: 9 } } }, 'bimodal: highShare is missing'],
    [{ delay: { ms: 1, every: 0 } }, 'every must be a whole number, 1 or more; got 0'],
    [{ delay: { ms: 1, every: 2, share: 0.5 } }, 'share and every say both which requests it hits'],
    [{ queue: {} }, 'exactly one of requestsPerSecond, recordsPerSecond is expected; got none'],
    [{ queue: { requestsPerSecond: 1, recordsPerSecond: 1 } }, 'got both'],
    [{ queue: { requestsPerSecond: 0 } }, 'requestsPerSecond must be a number'],
    [{ queue: { recordsPerSecond: 1 } }, 'recordsPerSecond needs match.api Produce'],
    [{ match: { api: 'Fetch' }, trace: { file: 'a' } }, 'a trace needs match.api Produce; got "Fetch"'],
    [{ match: { api: 'Produce' }, trace: {} }, 'file is missing'],
    [{ freeze: { ms: 5, everyMs: 5 } }, 'everyMs must be longer than ms, which is 5; got 5'],
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
