import { PropertyError } from '../properties/property.ts';

/** A login module with its options, from `sasl.jaas.config`. */
export type JaasLogin = {
  /** Name of the Java class without its package: `PlainLoginModule`. */
  readonly module: string;
  readonly options: ReadonlyMap<string, string>;
};

const property = 'sasl.jaas.config';
const expected = `${property} must be a login module, "required", options and a semicolon at the end, such as org.apache.kafka.common.security.plain.PlainLoginModule required username="..." password="...";`;

/**
 * Reads a JAAS login configuration of one entry (`javax.security.auth.login.Configuration`), as Kafka's clients have them; it is
 * parsed, nothing is loaded or run.
 * @throws PropertyError that says what was expected, without what came: it holds passwords.
 */
export const parseJaasLogin = (text: string): JaasLogin => {
  const match = /^\s*(\S+)\s+(?:required|requisite|sufficient|optional)\b([\s\S]*?);\s*$/i.exec(text);
  if (match === null) throw new PropertyError(property, `${expected}${whatIsMissing(text)}`);
  const [, name = '', rest = ''] = match;
  const options = new Map<string, string>();
  const left = rest.replace(
    /\s+([^\s="]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|'([^']*)'|([^\s"';]+))(?=\s|$)/g,
    (_, key: string, quoted?: string, single?: string, bare?: string) => {
      options.set(key, quoted?.replace(/\\(.)/gs, '$1') ?? single ?? bare ?? '');
      return '';
    },
  );
  if (left.trim() !== '')
    throw new PropertyError(property, `${property} must have options of the form name="value" after "required"`);
  return { module: name.slice(name.lastIndexOf('.') + 1), options };
};

const whatIsMissing = (text: string): string => {
  if (!/;\s*$/.test(text)) return '; the semicolon at the end is missing';
  return '';
};

/** An option that must be there. Throws PropertyError, without values. */
export const requiredOption = ({ module, options }: JaasLogin, name: string): string => {
  const value = options.get(name);
  if (value !== undefined && value !== '') return value;
  throw new PropertyError(property, `${property} needs the option ${name}="..." of ${module}`);
};
