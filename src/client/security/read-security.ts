import { didYouMean } from '../../measure/nearest.ts';
import { PropertyError } from '../properties/property.ts';
import { type JaasLogin, parseJaasLogin, requiredOption } from './jaas.ts';
import { type LookUp, readTls } from './read-tls.ts';
import type { SaslConfig, SaslMechanism, SecurityConfig, TokenSource } from './security-config.ts';
import { plaintext } from './security-config.ts';

const MECHANISMS: readonly SaslMechanism[] = ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512', 'OAUTHBEARER'];

const MODULES: Readonly<Record<SaslMechanism, string>> = {
  PLAIN: 'PlainLoginModule',
  'SCRAM-SHA-256': 'ScramLoginModule',
  'SCRAM-SHA-512': 'ScramLoginModule',
  OAUTHBEARER: 'OAuthBearerLoginModule',
};

const EXTENSION_PREFIX = 'extension_';
const CLAIM_PREFIXES = {
  text: 'unsecuredLoginStringClaim_',
  number: 'unsecuredLoginNumberClaim_',
} as const;
const UNSECURED_LIFE_SECONDS = 3600;

/**
 * How a client's connections are secured, from its properties (`security.protocol`, `ssl.*`, `sasl.*`); reads the files they name.
 * @throws PropertyError (without secrets) for what is missing, malformed or does not fit together.
 */
export const readSecurity = (lookUp: LookUp): SecurityConfig => {
  const protocol = (lookUp('security.protocol') ?? 'PLAINTEXT').toUpperCase();
  if (protocol === 'PLAINTEXT') return plaintext;
  return {
    tls: protocol.endsWith('SSL') ? readTls(lookUp) : null,
    sasl: protocol.startsWith('SASL_') ? readSasl(lookUp) : null,
  };
};

const readSasl = (lookUp: LookUp): SaslConfig => {
  const mechanism = mechanismOf(lookUp('sasl.mechanism'));
  const text = lookUp('sasl.jaas.config');
  if (text === null && mechanism === 'OAUTHBEARER')
    return oauth({ module: MODULES[mechanism], options: new Map() }, lookUp);
  if (text === null)
    throw new PropertyError(
      'sasl.jaas.config',
      `sasl.mechanism=${mechanism} needs sasl.jaas.config with user name and password, such as org.apache.kafka.common.security.${mechanism === 'PLAIN' ? 'plain' : 'scram'}.${MODULES[mechanism]} required username="..." password="...";`,
    );
  const login = parseJaasLogin(text);
  if (login.module !== MODULES[mechanism])
    throw new PropertyError(
      'sasl.jaas.config',
      `sasl.jaas.config must name ${MODULES[mechanism]}, which sasl.mechanism=${mechanism} goes with; it names ${login.module}`,
    );
  if (mechanism === 'OAUTHBEARER') return oauth(login, lookUp);
  refuseOthers(login, ['username', 'password', 'tokenauth', 'serviceName']);
  return {
    mechanism,
    username: requiredOption(login, 'username'),
    password: requiredOption(login, 'password'),
    isDelegationToken: login.options.get('tokenauth') === 'true',
  };
};

const mechanismOf = (text: string | null): SaslMechanism => {
  // Kafka's default is Kerberos.
  if (text === null || text.trim() === 'GSSAPI')
    throw new PropertyError(
      'sasl.mechanism',
      `sasl.mechanism${text === null ? ' is GSSAPI (Kerberos) when it is not given, which' : '=GSSAPI (Kerberos)'} is not supported; give one of ${MECHANISMS.join(', ')}`,
    );
  const mechanism = MECHANISMS.find((each) => each === text.trim().toUpperCase());
  if (mechanism !== undefined) return mechanism;
  throw new PropertyError(
    'sasl.mechanism',
    `sasl.mechanism ${JSON.stringify(text)} is not known; ${didYouMean(text, MECHANISMS, `known are ${MECHANISMS.join(', ')}`)}`,
  );
};

const refuseOthers = ({ module, options }: JaasLogin, known: readonly string[]): void => {
  for (const name of options.keys())
    if (!known.includes(name))
      throw new PropertyError(
        'sasl.jaas.config',
        `sasl.jaas.config: ${name} is not an option of ${module}; ${didYouMean(name, known, `known are ${known.join(', ')}`)}`,
      );
};

const oauth = (login: JaasLogin, lookUp: LookUp): SaslConfig => {
  const extensions: Record<string, string> = {};
  const claims: Record<string, string | number> = {};
  for (const [name, value] of login.options) {
    if (name.startsWith(EXTENSION_PREFIX)) extensions[name.slice(EXTENSION_PREFIX.length)] = value;
    else if (name.startsWith(CLAIM_PREFIXES.text)) claims[name.slice(CLAIM_PREFIXES.text.length)] = value;
    else if (name.startsWith(CLAIM_PREFIXES.number)) claims[name.slice(CLAIM_PREFIXES.number.length)] = Number(value);
    else
      refuseOthers({ module: login.module, options: new Map([[name, value]]) }, ['clientId', 'clientSecret', 'scope']);
  }
  return { mechanism: 'OAUTHBEARER', source: tokenSource(login, claims, lookUp), extensions };
};

const tokenSource = (
  login: JaasLogin,
  claims: Readonly<Record<string, string | number>>,
  lookUp: LookUp,
): TokenSource => {
  const url = lookUp('sasl.oauthbearer.token.endpoint.url');
  if (url === null) {
    if (Object.keys(claims).length > 0)
      return { kind: 'unsecured', claims: { exp: Math.floor(Date.now() / 1000) + UNSECURED_LIFE_SECONDS, ...claims } };
    throw new PropertyError(
      'sasl.oauthbearer.token.endpoint.url',
      'sasl.mechanism=OAUTHBEARER needs sasl.oauthbearer.token.endpoint.url: the address that gives tokens, or file:///PATH of one',
    );
  }
  const parsed = URL.canParse(url) ? new URL(url) : null;
  if (parsed?.protocol === 'file:') return { kind: 'file', path: decodeURIComponent(parsed.pathname) };
  if (parsed?.protocol !== 'http:' && parsed?.protocol !== 'https:')
    throw new PropertyError(
      'sasl.oauthbearer.token.endpoint.url',
      'sasl.oauthbearer.token.endpoint.url must begin with https://, http:// or file://',
    );
  const number = (name: string, otherwise: number): number => Number(lookUp(name) ?? otherwise);
  return {
    kind: 'endpoint',
    url,
    clientId: lookUp('sasl.oauthbearer.client.credentials.client.id') ?? requiredOption(login, 'clientId'),
    clientSecret: lookUp('sasl.oauthbearer.client.credentials.client.secret') ?? requiredOption(login, 'clientSecret'),
    scope: lookUp('sasl.oauthbearer.scope') ?? login.options.get('scope') ?? null,
    isUrlEncoded: lookUp('sasl.oauthbearer.header.urlencode') === 'true',
    times: {
      connectTimeoutMs: number('sasl.login.connect.timeout.ms', 10_000),
      readTimeoutMs: number('sasl.login.read.timeout.ms', 10_000),
      retryBackoffMs: number('sasl.login.retry.backoff.ms', 100),
      retryBackoffMaxMs: number('sasl.login.retry.backoff.max.ms', 10_000),
    },
  };
};
