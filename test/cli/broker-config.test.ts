import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { gatherBrokerConfig } from '../../src/cli/broker-config.ts';
import { UsageError } from '../../src/cli/usage.ts';

const fileWith = (text: string): string => {
  const folder = mkdtempSync(join(tmpdir(), 'spillway-config-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, 'server.properties');
  writeFileSync(path, text);
  return path;
};

describe('--config-file', () => {
  it("reads Kafka's properties, and --config wins over it", () => {
    const file = fileWith(
      '# our broker\nnum.partitions = 4\nlog.retention.hours:2\nlog.cleanup.policy=compact,\\\n  delete\n',
    );
    expect(gatherBrokerConfig(file, ['num.partitions=8'])).toEqual({
      'num.partitions': '8',
      'log.retention.hours': '2',
      'log.cleanup.policy': 'compact,delete',
    });
  });

  it.each([
    [
      'a name that is not known',
      '\nnum.partitons=4',
      /unknown broker setting "num\.partitons".*\(.*server\.properties:2\)$/,
    ],
    ['a value out of range', 'num.partitions=0', /num\.partitions must be .*; got "0" \(.*server\.properties:1\)$/],
    ['a setting of another flag', 'a=1\n', /unknown broker setting "a"/],
    ['what a flag is for', 'log.dirs=/tmp/x', /log\.dirs is not .*--data-dir DIR\) \(.*:1\)$/],
    ['a name that comes twice', 'node.id=1\nnode.id=2', /node\.id is set twice, at .*:1 and .*:2; keep one/],
    ['a bad escape', 'node.id=\\u12', /server\.properties:1\)$/],
  ])('names file and line for %s', (_, text, message) => {
    const file = fileWith(text);
    expect(() => gatherBrokerConfig(file, [])).toThrow(UsageError);
    expect(() => gatherBrokerConfig(file, [])).toThrow(message);
  });

  it('is not blamed for what --config says', () => {
    const file = fileWith('num.partitions=4');
    expect(() => gatherBrokerConfig(file, ['num.partitions=x'])).toThrow(/got "x"$/);
  });

  it('must be there', () => {
    expect(() => gatherBrokerConfig('/nowhere/server.properties', [])).toThrow(
      '--config-file must name a readable properties file; "/nowhere/server.properties" does not exist',
    );
  });
});
