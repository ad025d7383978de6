/** Keeps secrets out of what is repeated of another program's output: it may print the properties that it was given. */
import { HIDDEN, isSecretName, shownValue } from '../../client/properties/secrets.ts';

/** A shorter value would be found in the midst of other words; where it stands behind its name, it is hidden all the same. */
const shortestSecret = 4;

/** What stands behind a name that tells of a secret, quoted or not. */
const named =
  /(\w*(?:password|passphrase|secret)\w*["']?\s*[=:]\s*)(?:\\?"(?:[^"\\]|\\[^"])*\\?"|'[^']*'|[^\s"';,]+)/gi;

const quotedText = /"([^"]*)"/g;

/** Texts that may not be shown, with what is shown instead: values of properties, and what is quoted inside secret ones; longest first. */
const replacements = (properties: Readonly<Record<string, string>>): readonly (readonly [string, string])[] =>
  Object.entries(properties)
    .flatMap(([name, value]) => {
      const inside = isSecretName(name) ? [...value.matchAll(quotedText)].map(([, text = '']) => text) : [];
      return [value, ...inside].map((text) => [text, shownValue(name, text)] as const);
    })
    .filter(([text, shown]) => text !== shown && text.length >= shortestSecret)
    .toSorted(([one], [other]) => other.length - one.length);

/** A program's words without the secrets among the properties that it was given. */
export const hideSecrets = (text: string, properties: Readonly<Record<string, string>>): string =>
  replacements(properties)
    .reduce((rest, [secret, shown]) => rest.replaceAll(secret, shown), text)
    .replace(named, `$1${HIDDEN}`);
