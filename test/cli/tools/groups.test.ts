import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { command as groups } from '../../../src/cli/commands/groups.ts';
import { command as topics } from '../../../src/cli/commands/topics.ts';
import { setGroupOffsets } from '../../../src/client/admin/group-offsets.ts';
import { openAdmin } from '../../../src/client/admin.ts';
import { temporaryDirectory } from '../../broker/wire.ts';
import { startTool, tableOf, toolsForTest } from './support.ts';

/** A broker with a topic of two empty partitions, and a group that stands in it. */
const groupForTest = async (offsets: readonly number[] = []) => {
  const tools = await toolsForTest();
  await tools.run(topics, '--create', '--topic', 't', '--partitions', '2');
  const admin = openAdmin({ bootstrapServers: tools.servers, properties: {} });
  if (offsets.length > 0)
    await setGroupOffsets(
      admin.access,
      'g',
      offsets.map((offset, partition) => ({ topic: 't', partition, offset })),
    );
  admin.close();
  return tools;
};

describe('groups', () => {
  it('sets the offsets of a group, shows its lag, and forgets them', async () => {
    const { run } = await groupForTest();
    const planned = await run(groups, '--reset-offsets', '--group', 'g', '--topic', 't', '--to-earliest');
    expect(planned.stderr).toContain('nothing was changed; --execute does it');
    expect((await run(groups, '--list')).stdout).toBe('');

    const reset = await run(groups, '--reset-offsets', '--group', 'g', '--topic', 't', '--to-latest', '--execute');
    expect(tableOf(reset.stdout)).toEqual([
      { GROUP: 'g', TOPIC: 't', PARTITION: '0', 'NEW-OFFSET': '0' },
      { GROUP: 'g', TOPIC: 't', PARTITION: '1', 'NEW-OFFSET': '0' },
    ]);
    expect((await run(groups, '--list')).stdout).toBe('g\n');
    expect(tableOf((await run(groups, '--list', '--state', '--type')).stdout)).toEqual([
      { GROUP: 'g', TYPE: 'Classic', STATE: 'Empty' },
    ]);
    expect((await run(groups, '--list', '--state', 'stable,dead')).stdout).not.toContain('g ');

    const described = await run(groups, '--describe', '--group', 'g');
    expect(described.stderr).toContain('group g has no active members');
    expect(tableOf(described.stdout)[1]).toEqual({
      GROUP: 'g',
      TOPIC: 't',
      PARTITION: '1',
      'CURRENT-OFFSET': '0',
      'LOG-END-OFFSET': '0',
      LAG: '0',
      'CONSUMER-ID': '-',
      HOST: '-',
      'CLIENT-ID': '-',
    });
    expect((await run(groups, '--describe', '--group', 'g', '--state')).stdout).toMatch(
      /^g +127\.0\.0\.1:\d+ {2}\(1\) +- +Empty +0$/m,
    );

    const forgotten = await run(groups, '--delete-offsets', '--group', 'g', '--topic', 't:1');
    expect(tableOf(forgotten.stdout.split('\n\n')[1] ?? '')).toEqual([
      { TOPIC: 't', PARTITION: '1', STATUS: 'Successful' },
    ]);
    expect(tableOf((await run(groups, '--describe', '--all-groups')).stdout)).toHaveLength(1);

    const deleted = await run(groups, '--delete', '--group', 'g', '--group', 'absent');
    expect(deleted).toMatchObject({ status: 1, stdout: expect.stringContaining("('g') was successful") });
    expect(deleted.stderr).toContain('group absent cannot be deleted: GROUP_ID_NOT_FOUND');
    expect((await run(groups, '--list')).stdout).toBe('');
  });

  it('keeps offsets within the log, and says so', async () => {
    const { run } = await groupForTest([7, 0]);
    const reset = await run(
      groups,
      '--reset-offsets',
      '--group',
      'g',
      '--all-topics',
      '--shift-by',
      '-100',
      '--execute',
    );
    expect(reset.stderr).toContain('partition 0 of t: offset -93 is before the first record; it becomes 0');
    expect(tableOf(reset.stdout).map((row) => row['NEW-OFFSET'])).toEqual(['0', '0']);
  });

  it('exports offsets as CSV and takes them back', async () => {
    const { run } = await groupForTest([0, 0]);
    const exported = await run(groups, '--reset-offsets', '--group', 'g', '--all-topics', '--to-current', '--export');
    expect(exported.stdout).toBe('t,0,0\nt,1,0\n');
    const file = join(temporaryDirectory(), 'offsets.csv');
    writeFileSync(file, exported.stdout.replace('t,1,0\n', ''));
    const reset = await run(groups, '--reset-offsets', '--group', 'other', '--from-file', file, '--execute');
    expect(tableOf(reset.stdout)).toEqual([{ GROUP: 'other', TOPIC: 't', PARTITION: '0', 'NEW-OFFSET': '0' }]);
  });

  it('says what is not there', async () => {
    const { run } = await groupForTest([0, 0]);
    const ends = async (...argv: string[]) => {
      const { status, stderr } = await run(groups, ...argv);
      return `${status} ${stderr}`;
    };
    expect(await ends('--describe', '--group', 'absent')).toMatch(/^1 .*there is no group absent/);
    const reset = ['--reset-offsets', '--group', 'g', '--to-earliest'];
    expect(await ends(...reset, '--topic', 'absent')).toMatch(/^1 topic absent does not exist/);
    expect(await ends(...reset, '--topic', 't:5')).toMatch(/^1 topic t has no partition 5; it has 2/);
  });

  it.each([
    [['--describe'], /exactly one of --group, --all-groups is needed; got none/],
    [['--describe', '--group', 'g', '--all-groups'], /got both/],
    [['--describe', '--group', 'g', '--members', '--state'], /only one of --members and --state/],
    [['--list', '--state', 'stabel'], /--state takes .*; got "stabel"/],
    [['--list', '--group', 'g'], /--group goes with --describe or/],
    [['--reset-offsets', '--group', 'g', '--topic', 't'], /exactly one of --to-earliest, .*; got none/],
    [['--reset-offsets', '--group', 'g', '--to-earliest'], /--topic NAME or --all-topics is needed/],
    [['--reset-offsets', '--group', 'g', '--topic', 't', '--to-offset', '-1'], /--to-offset must be a whole number/],
    [['--reset-offsets', '--group', 'g', '--topic', 't', '--by-duration', '1h'], /--by-duration must be PnDTnHnMnS/],
    [['--reset-offsets', '--group', 'g', '--topic', 't', '--to-datetime', 'today'], /--to-datetime must be/],
    [['--reset-offsets', '--group', 'g', '--from-file', '/absent'], /--from-file must name a readable CSV file/],
    [['--delete-offsets', '--group', 'g'], /--topic is missing/],
  ])('refuses %j before it connects', async (argv, message) => {
    const { status, stderr } = await startTool(groups, '--bootstrap-server', '127.0.0.1:1', ...argv).ended;
    expect({ status, stderr }).toEqual({ status: 2, stderr: expect.stringMatching(message) });
  });
});
