import { describe, expect, it } from 'vitest';
import { type Acl, CLUSTER_NAME } from '../../../src/broker/security/acl.ts';
import { AclStore } from '../../../src/broker/security/acl-store.ts';
import { Authorizer } from '../../../src/broker/security/authorizer.ts';
import { temporaryDirectory } from '../wire.ts';

const acl = (more: Partial<Acl>): Acl => ({
  resourceType: 'TOPIC',
  resourceName: 'orders',
  patternType: 'LITERAL',
  principal: 'User:alice',
  host: '*',
  operation: 'READ',
  permission: 'ALLOW',
  ...more,
});

const withAcls = (acls: readonly Acl[], settings: { superUsers?: string[]; isOpenWithoutAcls?: boolean } = {}) => {
  const store = new AclStore(temporaryDirectory());
  store.add(acls);
  const { superUsers = [], isOpenWithoutAcls = false } = settings;
  return new Authorizer(store, { superUsers: new Set(superUsers), isOpenWithoutAcls });
};

const alice = { principal: 'User:alice', host: '10.0.0.1' };
const bob = { principal: 'User:bob', host: '10.0.0.2' };

describe('an authorizer', () => {
  it('allows what an ACL says, and nothing else', () => {
    const authorizer = withAcls([acl({})]);

    expect(authorizer.isAllowed(alice, 'READ', 'TOPIC', 'orders')).toBe(true);
    expect(authorizer.isAllowed(alice, 'WRITE', 'TOPIC', 'orders')).toBe(false);
    expect(authorizer.isAllowed(alice, 'READ', 'GROUP', 'orders')).toBe(false);
    expect(authorizer.isAllowed(alice, 'READ', 'TOPIC', 'orders-eu')).toBe(false);
    expect(authorizer.isAllowed(bob, 'READ', 'TOPIC', 'orders')).toBe(false);
  });

  it.each(['READ', 'WRITE', 'DELETE', 'ALTER', 'ALL'] as const)('lets describe who may %s', (operation) => {
    expect(withAcls([acl({ operation })]).isAllowed(alice, 'DESCRIBE', 'TOPIC', 'orders')).toBe(true);
  });

  it('lets describe configurations who may alter them, and not who may only read', () => {
    const may = (operation: Acl['operation']) =>
      withAcls([acl({ operation })]).isAllowed(alice, 'DESCRIBE_CONFIGS', 'TOPIC', 'orders');

    expect([may('ALTER_CONFIGS'), may('READ')]).toEqual([true, false]);
  });

  it('knows prefixes, wildcards, all users and hosts', () => {
    const authorizer = withAcls([
      acl({ resourceName: 'team-', patternType: 'PREFIXED' }),
      acl({ resourceName: '*', operation: 'WRITE', host: '10.0.0.2', principal: 'User:*' }),
    ]);

    expect(authorizer.isAllowed(alice, 'READ', 'TOPIC', 'team-a')).toBe(true);
    expect(authorizer.isAllowed(alice, 'READ', 'TOPIC', 'other')).toBe(false);
    expect(authorizer.isAllowed(bob, 'WRITE', 'TOPIC', 'whatever')).toBe(true);
    expect(authorizer.isAllowed(alice, 'WRITE', 'TOPIC', 'whatever')).toBe(false);
  });

  it('lets a denial win, without the operations that allowing implies', () => {
    const authorizer = withAcls([
      acl({ operation: 'ALL' }),
      acl({ operation: 'WRITE', permission: 'DENY', resourceName: 'ord', patternType: 'PREFIXED' }),
    ]);

    expect(authorizer.isAllowed(alice, 'WRITE', 'TOPIC', 'orders')).toBe(false);
    expect(authorizer.isAllowed(alice, 'DESCRIBE', 'TOPIC', 'orders')).toBe(true);
  });

  it('lets super users do everything, against denials too', () => {
    const authorizer = withAcls([acl({ operation: 'ALL', permission: 'DENY' })], { superUsers: ['User:alice'] });

    expect(authorizer.isAllowed(alice, 'ALTER', 'CLUSTER', CLUSTER_NAME)).toBe(true);
    expect(authorizer.isAllowed(alice, 'READ', 'TOPIC', 'orders')).toBe(true);
  });

  it('is open only for resources without any ACL when it is told to be', () => {
    const authorizer = withAcls([acl({})], { isOpenWithoutAcls: true });

    expect(authorizer.isAllowed(bob, 'READ', 'TOPIC', 'free')).toBe(true);
    expect(authorizer.isAllowed(bob, 'READ', 'TOPIC', 'orders')).toBe(false);
  });

  it('says whether a client may do something with any resource of a kind', () => {
    const any = (acls: readonly Acl[]) => withAcls(acls).isAllowedOnAny(alice, 'WRITE', 'TOPIC');
    const allowed = acl({ operation: 'WRITE' });
    const denied = (more: Partial<Acl>) => acl({ operation: 'ALL', permission: 'DENY', ...more });

    expect(any([])).toBe(false);
    expect(any([allowed])).toBe(true);
    expect(any([allowed, denied({})])).toBe(false);
    expect(any([allowed, denied({ resourceName: 'or', patternType: 'PREFIXED' })])).toBe(false);
    expect(any([allowed, denied({ resourceName: '*' })])).toBe(false);
    expect(any([allowed, denied({ resourceName: 'other' })])).toBe(true);
    expect(any([acl({ operation: 'WRITE', resourceName: 'orders', patternType: 'PREFIXED' }), denied({})])).toBe(true);
  });
});

describe('ACLs', () => {
  it('are there again after a restart, without those that were removed', () => {
    const directory = temporaryDirectory();
    const store = new AclStore(directory);
    store.add([acl({}), acl({ operation: 'WRITE' }), acl({})]);
    store.remove([acl({ operation: 'WRITE' })]);

    expect([...new AclStore(directory).all()]).toEqual([acl({})]);
  });
});
