import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../../src/broker/config/setting.ts';
import { usersOfJaas } from '../../../src/broker/security/jaas.ts';
import { parseListeners } from '../../../src/broker/security/listeners.ts';
import { distinguishedName } from '../../../src/broker/security/principal.ts';
import { parseSecurity } from '../../../src/broker/security/security-settings.ts';

describe('listeners', () => {
  it('are read as Kafka writes them', () => {
    const plans = parseListeners({
      listeners: 'PLAINTEXT://127.0.0.1:9092, ssl://[::1]:9093,INSIDE://:9094',
      advertised: 'INSIDE://broker.example:1',
      protocolMap: 'INSIDE:SASL_SSL',
    });

    expect(plans).toEqual([
      { name: 'PLAINTEXT', protocol: 'PLAINTEXT', host: '127.0.0.1', port: 9092, advertised: null },
      { name: 'SSL', protocol: 'SSL', host: '::1', port: 9093, advertised: null },
      {
        name: 'INSIDE',
        protocol: 'SASL_SSL',
        host: '0.0.0.0',
        port: 9094,
        advertised: { host: 'broker.example', port: 1 },
      },
    ]);
  });

  it.each([
    ['', 'listeners must be'],
    ['127.0.0.1:9092', 'listeners must be'],
    ['PLAINTEXT://h:99999', 'listeners must be'],
    ['PLAINTEXT://h:1,PLAINTEXT://h:2', 'names PLAINTEXT twice'],
    ['PLAINTEXT://h:1,SSL://h:1', 'both h:1'],
    ['INSIDE://h:1', 'has no protocol'],
  ])('of "%s" are refused', (listeners, why) => {
    expect(() => parseListeners({ listeners })).toThrow(why);
  });
});

describe('a JAAS line', () => {
  it('names users and their passwords, the broker own name left out', () => {
    const users = usersOfJaas(
      'sasl.jaas.config',
      'org.apache.kafka.common.security.plain.PlainLoginModule required username="a" password="b" user_alice="s;\\"x" user_bob=plain ;',
    );

    expect(Object.fromEntries(users)).toEqual({ alice: 's;"x', bob: 'plain' });
  });

  it.each([
    'nonsense',
    'org.example.Other required user_a="hidden";',
    `org.example required user_a=hidden`,
  ])('that cannot be read is refused without its passwords', (text) => {
    expect(() => usersOfJaas('sasl.jaas.config', text)).toThrow(ConfigError);
    expect(() => usersOfJaas('sasl.jaas.config', text)).not.toThrow('hidden');
  });
});

describe('settings of security', () => {
  it('are taken out of what the rest of the broker sees', () => {
    const { others, security } = parseSecurity({
      'num.partitions': '3',
      listeners: 'SASL_PLAINTEXT://127.0.0.1:0',
      'sasl.jaas.config': 'org.apache.kafka.common.security.plain.PlainLoginModule required user_a="hidden";',
    });

    expect(others).toEqual({ 'num.partitions': '3' });
    expect(security.listeners?.[0]?.sasl?.plainUsers.get('a')).toBe('hidden');
    expect(security.authorizer).toBeNull();
  });

  const refused: readonly (readonly [Record<string, string>, string])[] = [
    [{ listeners: 'SSL://h:1' }, 'needs a certificate'],
    [{ listeners: 'SSL://h:1', 'ssl.keystore.location': '/does/not/exist' }, 'cannot be read (ENOENT)'],
    [{ listeners: 'SASL_PLAINTEXT://h:1', 'sasl.enabled.mechanisms': 'GSSAPI' }, 'must be some of PLAIN'],
    [{ 'ssl.keystore.pasword': 'hidden' }, 'did you mean ssl.keystore.password'],
    [{ 'listener.name.other.ssl.key.password': 'hidden' }, 'which listeners does not name'],
    [{ 'authorizer.class.name': 'org.example.Mine' }, 'authorizer.class.name must be'],
    [{ 'super.users': 'alice' }, 'super.users must be User:NAME'],
    [{ 'advertised.listeners': 'SSL://h:1' }, 'needs listeners'],
  ];
  it.each(refused)('are refused with what to do, and without secrets: %o', (config, why) => {
    expect(() => parseSecurity(config)).toThrow(why);
    expect(() => parseSecurity(config)).not.toThrow('hidden');
  });

  it('do not take users that nobody asks for', () => {
    expect(() => parseSecurity({ listeners: 'PLAINTEXT://h:1' }, { a: 'hidden' })).toThrow('no listener asks for them');
  });
});

describe('the name of a certificate', () => {
  it('is written as Kafka writes it', () => {
    expect(distinguishedName('C=US\nO=Example\nCN=client')).toBe('CN=client,O=Example,C=US');
  });
});
