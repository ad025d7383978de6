import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { command as consume } from '../../../src/cli/commands/console-consumer.ts';
import { command as topics } from '../../../src/cli/commands/topics.ts';
import { readConsoleProducerPlan } from '../../../src/cli/tools/console-producer-flags.ts';
import { PacedOutput } from '../../../src/cli/tools/paced-output.ts';
import { sendLines } from '../../../src/cli/tools/send-lines.ts';
import { addPartitionsToTxn } from '../../../src/protocol/messages/add-partitions-to-txn.ts';
import { endTxn } from '../../../src/protocol/messages/end-txn.ts';
import { initProducerId } from '../../../src/protocol/messages/init-producer-id.ts';
import { produce } from '../../../src/protocol/messages/produce.ts';
import { encodeRecordBatch } from '../../../src/protocol/record-batch.ts';
import { Wire } from '../../broker/wire.ts';
import { linesOf, startTool, toolsForTest } from './support.ts';

const toolsWithTopic = async (partitions = 1, config: Record<string, string> = {}) => {
  const tools = await toolsForTest(config);
  await tools.run(topics, '--create', '--topic', 't', '--partitions', String(partitions));
  const notes: string[] = [];
  const send = (text: string | Buffer, ...argv: readonly string[]) =>
    sendLines(
      readConsoleProducerPlan(
        ['--bootstrap-server', tools.servers, '--topic', 't', '--timeout', '0', ...argv],
        (line) => notes.push(line),
      ),
      Readable.from([Buffer.from(text)]),
      { note: (line) => notes.push(line) },
    );
  const read = async (...argv: readonly string[]) =>
    (await tools.run(consume, '--topic', 't', '--from-beginning', ...argv)).stdout;
  return { ...tools, notes, send, read };
};

describe('console-producer and console-consumer', () => {
  it('carry lines byte for byte, with keys, headers and nulls', async () => {
    const { send, read } = await toolsWithTopic();
    const parse = ['--property', 'parse.key=true', 'parse.headers=true', 'null.marker=N'];
    const text = Buffer.from('a:1,b:N\tk\t\xff\xfe\n\tN\tN\n', 'latin1');
    expect(await send(text, ...parse)).toEqual({ sent: 2, lost: 0 });
    const print = [
      'print.key=true',
      'print.headers=true',
      'print.partition=true',
      'print.offset=true',
      'print.epoch=true',
    ];
    expect(await read('--max-messages', '2', '--property', ...print, 'null.literal=-')).toBe(
      'Partition:0\tOffset:0\tEpoch:0\ta:1,b:-\tk\t\xff\xfe\nPartition:0\tOffset:1\tEpoch:0\tNO_HEADERS\t-\t-\n',
    );
    expect(await read('--max-messages', '1', '--property', 'print.timestamp=true', 'print.value=false')).toMatch(
      /^CreateTime:\d{13}\n$/,
    );
    const separated = [
      'print.key=true',
      'key.separator=|',
      'line.separator=;',
      'print.headers=true',
      'headers.separator=&',
    ];
    expect(await read('--max-messages', '1', '--property', ...separated)).toBe('a:1&b:null|k|\xff\xfe;');
  });

  it('send every line, also one at a time, and say which are lost', async () => {
    const { send, read, notes } = await toolsWithTopic(3);
    expect(await send('1\n2\n3', '--sync')).toEqual({ sent: 3, lost: 0 });
    const huge = `${'x'.repeat(2_000_000)}\n4\n`;
    expect(await send(huge)).toEqual({ sent: 2, lost: 1 });
    expect(notes).toEqual([expect.stringMatching(/^lost line 1: .*max\.request\.size=1048576/)]);
    expect(linesOf(await read('--timeout-ms', '300')).toSorted()).toEqual(['1', '2', '3', '4']);
    await expect(send('k5v\nno key', '--property', 'parse.key=true', 'key.separator=5')).rejects.toThrow(
      /^line 2 has no key/,
    );
    expect(linesOf(await read('--timeout-ms', '300'))).toHaveLength(5);
  });

  it('read one partition from an offset, or a number of records', async () => {
    const { send, run, read } = await toolsWithTopic();
    await send('a\nb\nc\nd\n');
    const at = (...argv: string[]) => run(consume, '--topic', 't', '--partition', '0', ...argv);
    expect(await at('--offset', '2', '--max-messages', '2')).toEqual({
      status: 0,
      stdout: 'c\nd\n',
      stderr: 'Processed a total of 2 messages\n',
    });
    expect((await at('--offset', 'earliest', '--max-messages', '1')).stdout).toBe('a\n');
    expect(await read('--max-messages', '3')).toBe('a\nb\nc\n');
    const late = await at('--timeout-ms', '200', '--max-messages', '1');
    expect(late).toMatchObject({ status: 1, stdout: '', stderr: expect.stringContaining('only 0 of 1 records came') });
    const absent = await run(consume, '--topic', 't', '--partition', '4');
    expect(absent).toMatchObject({ status: 1, stderr: 'topic t has no partition 4; it has 1\n' });
  });

  it('go on until they are interrupted', async () => {
    const { send, start } = await toolsWithTopic();
    await send('a\n');
    const running = start(consume, '--topic', 't', '--from-beginning');
    await expect.poll(running.stdout).toBe('a\n');
    await send('b\n');
    await expect.poll(running.stdout).toBe('a\nb\n');
    running.interrupt('SIGINT');
    expect(await running.ended).toEqual({ status: 130, stdout: 'a\nb\n', stderr: 'Processed a total of 2 messages\n' });
  });

  it('say how to create a topic that the cluster does not create by itself', async () => {
    const { run } = await toolsForTest({ 'auto.create.topics.enable': 'false' });
    const absent = await run(consume, '--topic', 'absent');
    expect(absent).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/absent does not exist .*spillway topics --create/),
    });
  });

  it('read all topics that a pattern names', async () => {
    const { send, run } = await toolsWithTopic();
    await send('of t\n');
    await run(topics, '--create', '--topic', 'u');
    expect((await run(consume, '--include', 't|u', '--from-beginning', '--max-messages', '1')).stdout).toBe('of t\n');
    const none = await run(consume, '--include', 'z.*');
    expect(none).toMatchObject({ status: 1, stderr: expect.stringContaining('matches --include') });
  });

  it('leave out records of open and aborted transactions when asked to', async () => {
    const { servers, send, read } = await toolsWithTopic();
    const wire = await Wire.open({ host: '127.0.0.1', port: Number(servers.split(':')[1]) });
    const transaction = async (end: 'commit' | 'abort' | 'open', sequence: number, ...values: string[]) => {
      const producer = await wire.ask(initProducerId, 4, {
        transactionalId: `${end}-${sequence}`,
        transactionTimeoutMs: 60_000,
      });
      const { producerId, producerEpoch } = producer;
      await wire.ask(addPartitionsToTxn, 3, {
        v3AndBelowTransactionalId: `${end}-${sequence}`,
        v3AndBelowProducerId: producerId,
        v3AndBelowProducerEpoch: producerEpoch,
        v3AndBelowTopics: [{ name: 't', partitions: [0] }],
      });
      const records = encodeRecordBatch(
        values.map((value) => ({ timestampMs: 1, key: null, value: Buffer.from(value) })),
        { producerId, producerEpoch, baseSequence: 0, attributes: 0x10 },
      );
      const { responses } = await wire.ask(produce, 9, {
        transactionalId: `${end}-${sequence}`,
        acks: -1,
        timeoutMs: 1000,
        topicData: [{ name: 't', partitionData: [{ index: 0, records }] }],
      });
      expect(responses[0]?.partitionResponses[0]?.errorCode).toBe(0);
      if (end === 'open') return;
      await wire.ask(endTxn, 3, {
        transactionalId: `${end}-${sequence}`,
        producerId,
        producerEpoch,
        committed: end === 'commit',
      });
    };
    await send('plain\n');
    await transaction('abort', 1, 'x', 'y');
    await transaction('commit', 2, 'c1', 'c2');
    await transaction('abort', 3, 'z');
    await send('after\n');
    const committed = ['--isolation-level', 'read_committed', '--timeout-ms', '400'];
    await expect.poll(async () => linesOf(await read(...committed))).toEqual(['plain', 'c1', 'c2', 'after']);
    await transaction('open', 4, 'o');
    await send('behind\n');
    expect(linesOf(await read(...committed))).toEqual(['plain', 'c1', 'c2', 'after']);
    expect(linesOf(await read('--max-messages', '9'))).toHaveLength(9);
  });

  it.each([
    [['--topic', 't', '--include', 'u'], /exactly one of --topic, --include is needed; got both/],
    [['--topic', 't', '--offset', '3'], /--offset needs --partition/],
    [['--topic', 't', '--partition', '0', '--offset', 'first'], /--offset must be earliest, latest, or/],
    [['--topic', 't', '--partition', '0', '--offset', '1', '--from-beginning'], /contradict each other/],
    [['--topic', 't', '--partition', '0', '--group', 'g'], /leave out --partition, or the group/],
    [['--topic', 't', '--isolation-level', 'commited'], /isolation\.level must be one of/],
    [['--topic', 't', '--property', 'print.keys=true'], /did you mean print\.key\?/],
    [['--topic', 't', '--property', 'key.deserializer=x.Y'], /names a Java class/],
    [['--topic', 't', '--consumer-property', 'fetch.mni.bytes=1'], /did you mean fetch\.min\.bytes\?/],
    [['--topic', 't', '--formatter', 'x.Y'], /names a Java class/],
  ])('refuse %j', async (argv, message) => {
    const { status, stderr } = await startTool(consume, '--bootstrap-server', '127.0.0.1:1', ...argv).ended;
    expect({ status, stderr }).toEqual({ status: 2, stderr: expect.stringMatching(message) });
  });
});

describe('paced output', () => {
  it('pauses whoever prints while stdout is slow, and loses nothing', async () => {
    const written: Buffer[] = [];
    const taken: (() => void)[] = [];
    const paused: boolean[] = [];
    const console = {
      bytes: (bytes: Uint8Array) => {
        written.push(Buffer.from(bytes));
        return new Promise<void>((resolve) => taken.push(resolve));
      },
    };
    const output = new PacedOutput(console, (isPaused) => paused.push(isPaused));
    output.print(Buffer.from('a'));
    await expect.poll(() => taken.length).toBe(1);
    output.print(Buffer.alloc(2_000_000, 'b'));
    output.print(Buffer.from('c'));
    expect(paused).toEqual([true]);
    taken.shift()?.();
    await expect.poll(() => taken.length).toBe(1);
    taken.shift()?.();
    await output.finish();
    expect(paused).toEqual([true, false]);
    expect(Buffer.concat(written).length).toBe(2_000_002);
  });
});
