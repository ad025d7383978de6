import { parseLoginModule } from '../../protocol/security/jaas.ts';
import { ConfigError } from '../config/setting.ts';

const PLAIN_MODULE = 'org.apache.kafka.common.security.plain.PlainLoginModule';
const SCRAM_MODULE = 'org.apache.kafka.common.security.scram.ScramLoginModule';
const USER_PREFIX = 'user_';

/**
 * Users of SASL/PLAIN in a `sasl.jaas.config` line, as Kafka's brokers have them:
 * `org.apache.kafka.common.security.plain.PlainLoginModule required user_alice="secret" user_bob="other";`.
 * `username` and `password` are those of a broker among others, and not used. ScramLoginModule names no users.
 * @throws ConfigError that says what was expected, without what came: it holds passwords.
 */
export const usersOfJaas = (setting: string, text: string): ReadonlyMap<string, string> => {
  const login = parseLoginModule(text);
  if (login === null)
    throw new ConfigError(`${setting} must be a login module, "required", options and a semicolon at the end`);
  const { module, options } = login;
  if (module !== PLAIN_MODULE && module !== SCRAM_MODULE)
    throw new ConfigError(`${setting} must name ${PLAIN_MODULE} or ${SCRAM_MODULE}`);
  if (options === null) throw new ConfigError(`${setting} must have options of the form name="value"`);
  const users = new Map<string, string>();
  if (module === PLAIN_MODULE)
    for (const [name, value] of options)
      if (name.startsWith(USER_PREFIX)) users.set(name.slice(USER_PREFIX.length), value);
  return users;
};
