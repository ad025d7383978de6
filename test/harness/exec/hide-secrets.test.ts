import { expect, test } from 'vitest';
import { hideSecrets } from '../../../src/harness/exec/hide-secrets.ts';

test('values of secret properties are hidden in what a program says, wherever it says them, and what is no secret stays', () => {
  const properties = {
    'sasl.jaas.config': 'Module required username="user" password="open sesame";',
    'ssl.key.password': 'abc',
    'sasl.oauthbearer.token.endpoint.url': 'http://u:hush@localhost/token?key=quiet',
    'client.id': 'producer-of-tests',
  };
  const hidden = (text: string): string => hideSecrets(text, properties);
  expect(hidden('login with open sesame failed')).toBe('login with [hidden] failed');
  expect(hidden(`got ${properties['sasl.jaas.config']}`)).toBe('got [hidden]');
  expect(hidden('ssl.key.password=abc, client.id=producer-of-tests')).toBe(
    'ssl.key.password=[hidden], client.id=producer-of-tests',
  );
  expect(hidden(`asked ${properties['sasl.oauthbearer.token.endpoint.url']}`)).toBe(
    'asked http://[hidden]@localhost/token?[hidden]',
  );
  expect(hidden('the alphabet begins with abc')).toBe('the alphabet begins with abc');
});
