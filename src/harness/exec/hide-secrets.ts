/** Keeps secrets out of what is repeated of another program's output: it may print the properties that it was given. */
import { consumerProperties } from '../../client/properties/consumer-properties.ts';
import { producerProperties } from '../../client/properties/producer-properties.ts';

const hidden = '[hidden]';

/** A shorter value would be found in the midst of other words; where it stands behind its name, it is hidden all the same. */
const shortestSecret = 4;

/** What stands behind a name that tells of a secret, quoted or not. */
const named =
  /(\w*(?:password|passphrase|secret)\w*["']?\s*[=:]\s*)(?:\\?"(?:[^"\\]|\\[^"])*\\?"|'[^']*'|[^\s"';,]+)/gi;

const quotedText = /"([^"]*)"/g;

/** The values of secret properties, and those inside `sasl.jaas.config`, longest first. */
const secretsOf = (properties: Readonly<Record<string, string>>): readonly string[] => {
  const isSecret = (name: string): boolean =>
    (producerProperties.get(name) ?? consumerProperties.get(name))?.type === 'password';
  return Object.entries(properties)
    .filter(([name]) => isSecret(name))
    .flatMap(([, value]) => [value, ...[...value.matchAll(quotedText)].map(([, text = '']) => text)])
    .filter((value) => value.length >= shortestSecret)
    .toSorted((one, other) => other.length - one.length);
};

/** A program's words without the secrets among the properties that it was given. */
export const hideSecrets = (text: string, properties: Readonly<Record<string, string>>): string => {
  const masked = secretsOf(properties).reduce((rest, secret) => rest.replaceAll(secret, hidden), text);
  return masked.replace(named, `$1${hidden}`);
};
