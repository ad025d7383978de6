/** Which settings hold secrets, and what is shown of them: in run records, on recorded command lines, and in errors. */

/** Stands where a secret was. */
export const HIDDEN = '[hidden]';

const SECRET_NAME =
  /password|passphrase|secret|jaas|keystore\.(key|certificate)|truststore\.certificates|credential(?!s\.client\.id\s*$)/i;
const URL_NAME = /(^|\.)url\s*$/i;

/** Whether nothing of a setting's value may be shown, by a name as Kafka has it, whatever stands before it. */
export const isSecretName = (name: string): boolean => SECRET_NAME.test(name);

/** A URL without its user, password, query and fragment, each of which may hold a secret; as it is when it has none of these. */
const shownUrl = (text: string): string => {
  if (text.trim() === '') return text;
  const url = URL.canParse(text) ? new URL(text) : null;
  // Only these have their user and query in places of their own.
  if (url === null || !['http:', 'https:', 'file:'].includes(url.protocol)) return HIDDEN;
  const user = url.username === '' && url.password === '' ? '' : `${HIDDEN}@`;
  const query = url.search === '' && url.hash === '' ? '' : `?${HIDDEN}`;
  return user === '' && query === '' ? text : `${url.protocol}//${user}${url.host}${url.pathname}${query}`;
};

/** What may be shown of a setting's value: a word in its place when it is a secret, and URLs without what may be one. */
export const shownValue = <Value>(name: string, value: Value): Value | string => {
  if (isSecretName(name)) return HIDDEN;
  return typeof value === 'string' && URL_NAME.test(name) ? shownUrl(value) : value;
};

/** What may be shown of a word such as `key=value` or `--flag=key=value`; other words are shown as they are. */
export const shownAssignment = (word: string): string => {
  const at = word.startsWith('-') ? word.indexOf('=', word.indexOf('=') + 1) : word.indexOf('=');
  return at > 0 ? `${word.slice(0, at)}=${shownValue(word.slice(0, at), word.slice(at + 1))}` : word;
};
