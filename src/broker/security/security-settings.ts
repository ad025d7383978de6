import { didYouMean } from '../../measure/nearest.ts';
import type { ScramMechanism } from '../../protocol/security/scram-math.ts';
import { ConfigError, INT_MAX, int, type Kind, long, oneOf, readValue, truth } from '../config/setting.ts';
import { usersOfJaas } from './jaas.ts';
import { isEncrypted, isSasl, type ListenerPlan, parseListeners } from './listeners.ts';
import { readTls, type TlsMaterial, tlsSettingNames } from './tls-settings.ts';

/** A SASL mechanism that is served. */
export type SaslMechanism = 'PLAIN' | ScramMechanism;

const MECHANISMS: readonly SaslMechanism[] = ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'];
const AUTHORIZERS = [
  'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
  'org.apache.kafka.server.authorizer.StandardAuthorizer',
];

/** How clients of a listener authenticate with SASL. */
export type SaslSettings = {
  /** In the order that clients are told. */
  readonly mechanisms: readonly SaslMechanism[];
  /** Passwords of SASL/PLAIN by user. */
  readonly plainUsers: ReadonlyMap<string, string>;
  /** `connections.max.reauth.ms`: after it a session must authenticate again (KIP-368); 0 for never. */
  readonly maxReauthMs: number;
};

/** A listener with all that its protocol needs. */
export type ListenerSettings = ListenerPlan & {
  readonly tls: TlsMaterial | null;
  readonly sasl: SaslSettings | null;
};

/** Who may do what. */
export type AuthorizerSettings = {
  /** Principals that may do everything: `super.users`. */
  readonly superUsers: ReadonlySet<string>;
  /** `allow.everyone.if.no.acl.found` */
  readonly isOpenWithoutAcls: boolean;
};

/** Over what time quotas are held. */
export type QuotaSettings = {
  /** `quota.window.num`: samples kept, the one that is filled included. */
  readonly windowCount: number;
  /** `quota.window.size.seconds` */
  readonly windowSeconds: number;
};

/** What the broker's settings say of security. */
export type SecuritySettings = {
  /** Null when `listeners` was not given: one PLAINTEXT listener, wherever the caller says. */
  readonly listeners: readonly ListenerSettings[] | null;
  /** Null without `authorizer.class.name`: everybody may do everything. */
  readonly authorizer: AuthorizerSettings | null;
  readonly quotas: QuotaSettings;
};

/** Settings of any listener; `listener.name.<lower case name>.` before them makes them one listener's. */
const listenerNames = [...tlsSettingNames, 'sasl.enabled.mechanisms', 'sasl.jaas.config', 'connections.max.reauth.ms'];
const jaasNames = MECHANISMS.map((mechanism) => `${mechanism.toLowerCase()}.sasl.jaas.config`);
const brokerNames = [
  'listeners',
  'advertised.listeners',
  'listener.security.protocol.map',
  'authorizer.class.name',
  'super.users',
  'allow.everyone.if.no.acl.found',
  'quota.window.num',
  'quota.window.size.seconds',
];
const knownNames = [...brokerNames, ...listenerNames, ...jaasNames];
const FAMILY =
  /^(?:advertised\.listener|listener|ssl\.|sasl\.|authorizer\.class|super\.users?$|allow\.everyone|quota\.window\.|connections\.max\.reauth)/;
const FOR_ONE = /^listener\.name\.([^.]+)\.(.+)$/;

type Texts = Readonly<Record<string, string>>;

/**
 * Parts the settings that are about security from the others, by their names alone.
 * @throws ConfigError for a name of Kafka's families for security that is not known
 */
export const partSecurity = (config: Texts): { own: Texts; others: Texts } => {
  const own: Record<string, string> = {};
  const others: Record<string, string> = {};
  for (const [name, text] of Object.entries(config)) {
    if (isOwn(name)) own[name] = text;
    else if (FAMILY.test(name))
      throw new ConfigError(
        `${name} is not supported here: ${didYouMean(bareName(name), knownNames, 'docs/security.md has the names')}`,
      );
    else others[name] = text;
  }
  return { own, others };
};

/**
 * Reads what broker settings say of security, and gives the others back: what is secret among them goes no further.
 * @param users passwords by user name, for all SASL listeners, beside those of `sasl.jaas.config`
 * @throws ConfigError (without secrets) for an unknown name, a malformed value, a file that cannot be read, or a part that is missing
 */
export const parseSecurity = (config: Texts, users: Texts = {}): { security: SecuritySettings; others: Texts } => {
  const { own, others } = partSecurity(config);
  const { listeners, 'advertised.listeners': advertised, 'listener.security.protocol.map': protocolMap } = own;
  const plans = listeners === undefined ? null : parseListeners({ listeners, advertised, protocolMap });
  if (Object.keys(users).length > 0 && plans?.some(({ protocol }) => isSasl(protocol)) !== true)
    throw new ConfigError('users were given, but no listener asks for them: add a SASL_PLAINTEXT or SASL_SSL listener');
  if (plans === null && advertised !== undefined)
    throw new ConfigError('advertised.listeners needs listeners, which was not given');
  for (const name of Object.keys(own)) checkListener(name, plans ?? []);
  return {
    security: {
      listeners: plans?.map((plan) => withSettings(plan, own, users)) ?? null,
      authorizer: readAuthorizer(own),
      quotas: {
        windowCount: read(own, 'quota.window.num', int({ min: 1, max: INT_MAX, unit: 'samples' }), 11),
        windowSeconds: read(own, 'quota.window.size.seconds', int({ min: 1, max: 3600, unit: 'seconds' }), 1),
      },
    },
    others,
  };
};

const bareName = (name: string): string => FOR_ONE.exec(name)?.[2] ?? name;

const isOwn = (name: string): boolean => {
  const inner = FOR_ONE.exec(name)?.[2];
  return inner === undefined ? knownNames.includes(name) : listenerNames.includes(inner) || jaasNames.includes(inner);
};

const checkListener = (name: string, plans: readonly ListenerPlan[]): void => {
  const listener = FOR_ONE.exec(name)?.[1];
  if (listener !== undefined && !plans.some((plan) => plan.name.toLowerCase() === listener.toLowerCase()))
    throw new ConfigError(`${name} is for a listener ${listener.toUpperCase()}, which listeners does not name`);
};

const withSettings = (plan: ListenerPlan, config: Texts, users: Texts): ListenerSettings => {
  const prefix = `listener.name.${plan.name.toLowerCase()}.`;
  const lookUp = (name: string): string | undefined => config[prefix + name] ?? config[name];
  return {
    ...plan,
    tls: isEncrypted(plan.protocol) ? readTls(plan.name, lookUp) : null,
    sasl: isSasl(plan.protocol) ? readSasl(lookUp, users) : null,
  };
};

const readSasl = (lookUp: (name: string) => string | undefined, users: Texts): SaslSettings => {
  const names = (lookUp('sasl.enabled.mechanisms') ?? MECHANISMS.join(','))
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  const mechanisms = names.map((name) => {
    const mechanism = MECHANISMS.find((each) => each === name);
    if (mechanism === undefined)
      throw new ConfigError(
        `sasl.enabled.mechanisms must be some of ${MECHANISMS.join(',')}; got ${JSON.stringify(name)}`,
      );
    return mechanism;
  });
  if (mechanisms.length === 0) throw new ConfigError(`sasl.enabled.mechanisms must be some of ${MECHANISMS.join(',')}`);
  const plainUsers = new Map(Object.entries(users));
  for (const name of [...jaasNames, 'sasl.jaas.config']) {
    const jaas = lookUp(name);
    if (jaas !== undefined) for (const [user, password] of usersOfJaas(name, jaas)) plainUsers.set(user, password);
  }
  const reauth = lookUp('connections.max.reauth.ms');
  const maxReauthMs =
    reauth === undefined ? 0 : readValue('connections.max.reauth.ms', long({ min: 0, unit: 'milliseconds' }), reauth);
  return { mechanisms, plainUsers, maxReauthMs };
};

const readAuthorizer = (config: Texts): AuthorizerSettings | null => {
  const className = config['authorizer.class.name'] ?? '';
  const superUsers = readSuperUsers(config['super.users'] ?? '');
  const isOpenWithoutAcls = read(config, 'allow.everyone.if.no.acl.found', truth, false);
  if (className === '') return null;
  readValue('authorizer.class.name', oneOf(...AUTHORIZERS), className);
  return { superUsers, isOpenWithoutAcls };
};

const readSuperUsers = (text: string): ReadonlySet<string> =>
  new Set(
    text
      .split(';')
      .map((principal) => principal.trim())
      .filter((principal) => principal !== '')
      .map((principal) => {
        if (!/^User:./.test(principal))
          throw new ConfigError(
            `super.users must be User:NAME, several with semicolons between them; got ${JSON.stringify(principal)}`,
          );
        return principal;
      }),
  );

const read = <T>(config: Texts, name: string, kind: Kind<T>, defaultValue: T): T => {
  const text = config[name];
  return text === undefined ? defaultValue : readValue(name, kind, text);
};
