import { parseLoginModule } from '../../protocol/security/jaas.ts';
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
  const login = parseLoginModule(text);
  if (login === null) throw new PropertyError(property, `${expected}${whatIsMissing(text)}`);
  const { module, options } = login;
  if (options === null)
    throw new PropertyError(property, `${property} must have options of the form name="value" after "required"`);
  return { module: module.slice(module.lastIndexOf('.') + 1), options };
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
