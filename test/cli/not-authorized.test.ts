/** What a user without rights is told, on a broker with ACLs. */
import { writeFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { createAcls } from '../../src/protocol/messages/create-acls.ts';
import { authenticatePlain, listenerOf, securedBroker } from '../broker/security/support.ts';
import { makeTopic, Wire } from '../broker/wire.ts';
import { Place } from './spillway.ts';

const place = new Place();
afterAll(() => place.remove());

describe('a user without rights', () => {
  it('is told in a line that a topic or a group is not for it, by every test and tool', async () => {
    const { broker } = await securedBroker(
      {
        listeners: 'SASL_PLAINTEXT://127.0.0.1:0',
        'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
        'super.users': 'User:admin',
      },
      { users: { admin: 'admin-secret', alice: 'alice-secret' } },
    );
    const { port } = listenerOf(broker, 'SASL_PLAINTEXT');
    const admin = await Wire.open({ host: '127.0.0.1', port });
    await authenticatePlain(admin, 'admin', 'admin-secret');
    for (const name of ['readable', 'closed']) await makeTopic(admin, name);
    // 2: a topic; 3: literally; 3: to read; 3: allowed.
    const acl = {
      resourceType: 2,
      resourceName: 'readable',
      resourcePatternType: 3,
      principal: 'User:alice',
      host: '*',
    };
    await admin.ask(createAcls, 3, { creations: [{ ...acl, operation: 3, permissionType: 3 }] });
    const login =
      'org.apache.kafka.common.security.plain.PlainLoginModule required username="alice" password="alice-secret";';
    const config = place.path('alice.properties');
    writeFileSync(config, `security.protocol=SASL_PLAINTEXT\nsasl.mechanism=PLAIN\nsasl.jaas.config=${login}\n`);

    const where = ['--bootstrap-server', `127.0.0.1:${port}`, '--command-config', config];
    const count = ['--num-records', '10', '--no-record'];
    const size = ['--record-size', '30'];
    const load = [...size, '--throughput', '-1'];
    const refusals: readonly (readonly [RegExp, readonly string[]])[] = [
      [/closed.*TOPIC_AUTHORIZATION_FAILED/, ['producer-perf-test', ...where, ...count, ...load, '--topic', 'closed']],
      [
        /readable.*TOPIC_AUTHORIZATION_FAILED/,
        [
          'producer-perf-test',
          ...where,
          ...count,
          ...load,
          '--topic',
          'readable',
          '--command-property',
          'enable.idempotence=false',
        ],
      ],
      [/closed.*TOPIC_AUTHORIZATION_FAILED/, ['consumer-perf-test', ...where, ...count, '--topic', 'closed']],
      [
        /team.*GROUP_AUTHORIZATION_FAILED/,
        ['consumer-perf-test', ...where, ...count, '--topic', 'readable', '--group', 'team'],
      ],
      [
        /closed.*TOPIC_AUTHORIZATION_FAILED/,
        ['e2e-latency', ...where, ...count, ...size, '--producer-acks', 'all', '--topic', 'closed'],
      ],
    ];
    const ended = await Promise.all(refusals.map(([, args]) => place.run(...args)));
    for (const [index, { status, stdout, stderr }] of ended.entries()) {
      const last = stderr.trimEnd().split('\n').at(-1) ?? '';
      expect(last, stderr).toMatch(refusals[index]?.[0] ?? /never/);
      expect(stderr).not.toMatch(/^\s+at /m);
      expect({ status, stdout: stdout.replace(/^.*(NaN|records sent|start\.time).*\n/gm, '') }).toEqual({
        status: 1,
        stdout: '',
      });
    }
  });
});
