import { describe, expect, it } from 'vitest';
import { command as topics } from '../../../src/cli/commands/topics.ts';
import { linesOf, startTool, toolsForTest } from './support.ts';

describe('topics', () => {
  it('creates, lists, describes, alters and deletes, in the lines of kafka-topics.sh', async () => {
    const { run } = await toolsForTest();
    const created = await run(topics, '--create', '--topic', 't', '--partitions', '2', '--config', 'retention.ms=5000');
    expect(created).toEqual({ status: 0, stdout: 'Created topic t.\n', stderr: '' });
    await run(topics, '--create', '--topic', 'other');
    expect((await run(topics, '--list')).stdout).toBe('other\nt\n');

    const described = await run(topics, '--describe', '--topic', 't');
    expect(linesOf(described.stdout)).toEqual([
      expect.stringMatching(
        /^Topic: t\tTopicId: \S{22}\tPartitionCount: 2\tReplicationFactor: 1\tConfigs: retention\.ms=5000$/,
      ),
      '\tTopic: t\tPartition: 0\tLeader: 1\tReplicas: 1\tIsr: 1\tElr: \tLastKnownElr: ',
      '\tTopic: t\tPartition: 1\tLeader: 1\tReplicas: 1\tIsr: 1\tElr: \tLastKnownElr: ',
    ]);

    const altered = await run(
      topics,
      '--alter',
      '--topic',
      't',
      '--partitions',
      '3',
      '--config',
      'segment.bytes=2000000',
    );
    expect(altered.status).toBe(0);
    const after = (await run(topics, '--describe', '--topic', 't')).stdout;
    expect(after).toContain('PartitionCount: 3');
    expect(after).toContain('segment.bytes=2000000');

    expect((await run(topics, '--delete', '--topic', 't')).status).toBe(0);
    expect((await run(topics, '--list')).stdout).toBe('other\n');
  });

  it('takes a regular expression for the whole name, and commas between names', async () => {
    const { run } = await toolsForTest();
    for (const name of ['a-1', 'a-2', 'b-1', 'xa-1']) await run(topics, '--create', '--topic', name);
    expect(linesOf((await run(topics, '--list', '--topic', 'a-.*')).stdout)).toEqual(['a-1', 'a-2']);
    expect(linesOf((await run(topics, '--list', '--topic', 'a-1,b-1')).stdout)).toEqual(['a-1', 'b-1']);
    await run(topics, '--delete', '--topic', 'a-.*');
    expect(linesOf((await run(topics, '--list')).stdout)).toEqual(['b-1', 'xa-1']);
  });

  it('shows more partitions than one answer takes', async () => {
    const { run } = await toolsForTest();
    await run(topics, '--create', '--topic', 'wide', '--partitions', '7');
    await run(topics, '--create', '--topic', 'narrow', '--partitions', '1');
    const { stdout } = await run(topics, '--describe', '--partition-size-limit-per-response', '3');
    expect(linesOf(stdout).filter((line) => line.startsWith('\tTopic: wide'))).toHaveLength(7);
    expect(stdout).toContain('Topic: narrow\tPartition: 0');
  });

  it('finds a topic by its id, and shows only what a filter asks for', async () => {
    const { run } = await toolsForTest();
    await run(topics, '--create', '--topic', 'plain');
    await run(topics, '--create', '--topic', 'tuned', '--config', 'cleanup.policy=compact');
    const id = /TopicId: (\S+)/.exec((await run(topics, '--describe', '--topic', 'tuned')).stdout)?.[1] ?? '';
    expect((await run(topics, '--describe', '--topic-id', id)).stdout).toMatch(/^Topic: tuned\t/);
    const overridden = await run(topics, '--describe', '--topics-with-overrides');
    expect(linesOf(overridden.stdout)).toEqual([expect.stringContaining('Configs: cleanup.policy=compact')]);
    expect(linesOf((await run(topics, '--describe', '--at-min-isr-partitions')).stdout)).toHaveLength(2);
    expect((await run(topics, '--describe', '--under-replicated-partitions')).stdout).toBe('');
  });

  it('says what the cluster refused, with 1, or 2 for a wrong value', async () => {
    const { run } = await toolsForTest();
    await run(topics, '--create', '--topic', 't', '--partitions', '2');
    const ends = async (...argv: string[]) => {
      const { status, stderr } = await run(topics, ...argv);
      return `${status} ${stderr}`;
    };
    expect(await ends('--create', '--topic', 't')).toMatch(/^1 .*TOPIC_ALREADY_EXISTS/);
    expect(await ends('--create', '--topic', 't', '--if-not-exists')).toBe('0 ');
    expect(await ends('--describe', '--topic', 'absent')).toMatch(/^1 no topic matches "absent"/);
    expect(await ends('--describe', '--topic', 'absent', '--if-exists')).toBe('0 ');
    expect(await ends('--create', '--topic', 'u', '--config', 'retention.mz=1')).toMatch(/^2 .*retention\.ms/);
    expect(await ends('--alter', '--topic', 't', '--partitions', '1')).toMatch(/^2 .*INVALID_PARTITIONS/);
    expect(await ends('--create', '--topic', 'u', '--replica-assignment', '1,7')).toMatch(/^2 .*INVALID_REPLICA/);
    expect(await ends('--create', '--topic', 'u', '--replica-assignment', '1,1')).toBe('0 ');
  });

  it.each([
    [[], /exactly one of --create, --list, .*; got none/],
    [['--list', '--delete'], /got --list and --delete/],
    [['--list', '--partitions', '3'], /--partitions goes with --create or --alter, not with --list/],
    [['--create', '--topic', 'a b'], /--topic must be 1 to 249 letters/],
    [['--create'], /--topic is missing/],
    [['--create', '--topic', 't', '--partitions', '0'], /--partitions must be a whole number/],
    [['--alter', '--topic', 't'], /--alter needs --partitions N/],
    [['--list', '--topic', '('], /regular expression/],
    [['--list', '--zookeeper', 'z:2181'], /use --bootstrap-server/],
    [['--lists'], /did you mean --list\?/],
  ])('refuses %j before it connects', async (argv, message) => {
    const { status, stderr } = await startTool(topics, '--bootstrap-server', '127.0.0.1:1', ...argv).ended;
    expect({ status, stderr }).toEqual({ status: 2, stderr: expect.stringMatching(message) });
  });

  it('needs to know where the cluster is, and says when nothing answers there', async () => {
    expect((await startTool(topics, '--list').ended).stderr).toContain('--bootstrap-server is missing');
    const { status, stderr } = await startTool(topics, '--list', '--bootstrap-server', '127.0.0.1:1').ended;
    expect({ status, stderr }).toEqual({
      status: 1,
      stderr: expect.stringContaining('no broker of 127.0.0.1:1 answers'),
    });
  });
});
