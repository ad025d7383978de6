import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readFlags } from '../../src/cli/flags.ts';
import { adminFlags, readAdminTarget } from '../../src/cli/tools/connection-flags.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'spillway-admin-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const read = (text: string) => {
  const path = join(folder, 'client.properties');
  writeFileSync(path, text);
  return readAdminTarget(
    readFlags('topics', adminFlags, ['--bootstrap-server', 'h:1', '--command-config', path]),
    () => undefined,
  );
};

describe('properties of the tools that administer a cluster', () => {
  it('are those of its connections', () => {
    const text = 'request.timeout.ms=500\nclient.id=me\nsecurity.protocol=PLAINTEXT\n';
    expect(read(text)).toEqual({
      bootstrapServers: 'h:1',
      properties: { 'request.timeout.ms': '500', 'client.id': 'me', 'security.protocol': 'PLAINTEXT' },
    });
  });

  it.each([
    ['fetch.min.bytes=5', /fetch\.min\.bytes does nothing here, .* leave it out \(.*client\.properties:1\)/],
    ['linger.ms=5', /linger\.ms does nothing here/],
    ['request.timout.ms=5', /"request\.timout\.ms" is not a property .* did you mean request\.timeout\.ms\?/],
    ['sasl.kerberos.kinit.cmd=x', /not supported yet/],
    ['request.timeout.ms=x', /request\.timeout\.ms must be/],
  ])('are refused when they are %s', (text, message) => {
    expect(() => read(text)).toThrow(message);
  });
});
