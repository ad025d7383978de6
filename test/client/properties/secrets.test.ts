import { describe, expect, it } from 'vitest';
import { consumerProperties } from '../../../src/client/properties/consumer-properties.ts';
import { producerProperties } from '../../../src/client/properties/producer-properties.ts';
import { isSecretName, shownAssignment, shownValue } from '../../../src/client/properties/secrets.ts';

const url = 'sasl.oauthbearer.token.endpoint.url';

describe('what is shown of a setting', () => {
  it('is nothing for every property that is a password', () => {
    const passwords = [...producerProperties.values(), ...consumerProperties.values()].filter(
      ({ type }) => type === 'password',
    );
    expect(passwords.length).toBeGreaterThan(10);
    expect(passwords.filter(({ name }) => !isSecretName(name))).toEqual([]);
    expect(shownValue('ssl.key.password', 'S')).toBe('[hidden]');
  });

  it('is all of what is no secret', () => {
    expect(shownValue('linger.ms', 5)).toBe(5);
    expect(shownValue('sasl.oauthbearer.client.credentials.client.id', 'me')).toBe('me');
    expect(shownAssignment('--throughput=-1')).toBe('--throughput=-1');
    expect(shownAssignment('topic')).toBe('topic');
  });

  it.each([
    ['https://host/token', 'https://host/token'],
    ['http://u:S@127.0.0.1:1/t?token=S', 'http://[hidden]@127.0.0.1:1/t?[hidden]'],
    ['http://S@host/t', 'http://[hidden]@host/t'],
    ['http://host/t#S', 'http://host/t?[hidden]'],
    ['http:u:S@host/t', 'http://[hidden]@host/t'],
    ['file:///run/token', 'file:///run/token'],
    ['http://u:S/x@host', '[hidden]'],
    ['S', '[hidden]'],
  ])('is of the URL %s what cannot hold one', (given, shown) => {
    expect(shownValue(url, given)).toBe(shown);
    expect(shownAssignment(`${url}=${given}`)).toBe(`${url}=${shown}`);
    expect(shownAssignment(`--command-property=${url}=${given}`)).toBe(`--command-property=${url}=${shown}`);
  });
});
