import type { Property, PropertyStatus } from './property.ts';

type Type = Property['type'];

const textOf =
  (status: PropertyStatus) =>
  (name: string, description: string, type: Type = 'string', value: string | boolean | null = null): Property => ({
    name,
    type,
    default: value,
    status,
    description,
  });

const numberOf =
  (status: PropertyStatus) =>
  (name: string, value: number | null, description: string, type: Type = 'long'): Property => ({
    name,
    type,
    default: value,
    status,
    description,
  });

const text = textOf('supported');
const numeric = numberOf('supported');
const laterText = textOf('not-yet');
const laterNumeric = numberOf('not-yet');
/** What only Java's client does with them: it validates tokens before it sends them, and renews logins in the background. */
const jvmText = textOf('jvm-only');
const jvmNumeric = numberOf('jvm-only');
const javaClass = (name: string, description: string): Property => jvmText(name, description, 'class');

/** TLS and SASL properties of Kafka's clients. */
export const securityProperties: readonly Property[] = [
  {
    name: 'security.protocol',
    type: 'string',
    default: 'PLAINTEXT',
    values: ['PLAINTEXT', 'SSL', 'SASL_PLAINTEXT', 'SASL_SSL'],
    status: 'supported',
    description: 'How connections are secured.',
  },
  jvmText('security.providers', 'Java security providers.'),
  text('ssl.protocol', 'TLS version to ask for.'),
  javaClass('ssl.provider', 'Java security provider for TLS.'),
  text('ssl.cipher.suites', 'Cipher suites to offer.', 'list'),
  text('ssl.enabled.protocols', 'TLS versions to offer.', 'list'),
  text('ssl.keystore.type', 'Format of the file with the client certificate.'),
  text('ssl.keystore.location', 'File with the client certificate and its key.'),
  text('ssl.keystore.password', 'Password of that file.', 'password'),
  text('ssl.keystore.key', 'Private key of the client certificate, PEM.', 'password'),
  text('ssl.keystore.certificate.chain', 'Client certificate and its issuers, PEM.', 'password'),
  text('ssl.key.password', 'Password of the private key.', 'password'),
  text('ssl.truststore.type', 'Format of the file with trusted certificates.'),
  text('ssl.truststore.location', 'File with trusted certificates.'),
  text('ssl.truststore.password', 'Password of that file.', 'password'),
  text('ssl.truststore.certificates', 'Trusted certificates, PEM.', 'password'),
  text('ssl.endpoint.identification.algorithm', 'How a broker certificate is matched with its host name.'),
  javaClass('ssl.keymanager.algorithm', 'Java key manager.'),
  javaClass('ssl.trustmanager.algorithm', 'Java trust manager.'),
  javaClass('ssl.secure.random.implementation', 'Java source of random numbers.'),
  javaClass('ssl.engine.factory.class', 'Java class that makes TLS engines.'),
  text('sasl.mechanism', 'How the client proves who it is.'),
  text('sasl.jaas.config', 'Login module and credentials in JAAS syntax.', 'password'),
  javaClass('sasl.client.callback.handler.class', 'Java class that answers SASL questions.'),
  javaClass('sasl.login.callback.handler.class', 'Java class that supplies credentials.'),
  javaClass('sasl.login.class', 'Java class that logs in.'),
  laterText('sasl.kerberos.service.name', 'Kerberos principal the brokers run as.'),
  laterText('sasl.kerberos.kinit.cmd', 'Path of kinit.'),
  laterNumeric(
    'sasl.kerberos.ticket.renew.window.factor',
    0.8,
    'When a Kerberos ticket is renewed, as a share of its life.',
    'double',
  ),
  laterNumeric('sasl.kerberos.ticket.renew.jitter', 0.05, 'Random share added to the renewal time.', 'double'),
  laterNumeric('sasl.kerberos.min.time.before.relogin', 60_000, 'Shortest time between Kerberos logins.'),
  jvmNumeric('sasl.login.refresh.window.factor', 0.8, 'When a login is renewed, as a share of its life.', 'double'),
  jvmNumeric('sasl.login.refresh.window.jitter', 0.05, 'Random share added to the renewal time.', 'double'),
  jvmNumeric('sasl.login.refresh.min.period.seconds', 60, 'Shortest time between renewals of a login.', 'int'),
  jvmNumeric('sasl.login.refresh.buffer.seconds', 300, 'Time kept before a login expires.', 'int'),
  numeric(
    'sasl.login.connect.timeout.ms',
    null,
    'Longest wait for a connection to the authentication provider.',
    'int',
  ),
  numeric('sasl.login.read.timeout.ms', null, 'Longest wait for an answer of the authentication provider.', 'int'),
  numeric('sasl.login.retry.backoff.ms', 100, 'Wait before the first retry of a login.'),
  numeric('sasl.login.retry.backoff.max.ms', 10_000, 'Longest wait before a retry of a login.'),
  jvmText('sasl.oauthbearer.scope.claim.name', 'Name of the scope claim.'),
  jvmText('sasl.oauthbearer.sub.claim.name', 'Name of the subject claim.'),
  text('sasl.oauthbearer.scope', 'Scope to ask for.'),
  text('sasl.oauthbearer.token.endpoint.url', 'Where tokens are asked for.'),
  jvmText('sasl.oauthbearer.jwks.endpoint.url', 'Where the keys of the authentication provider are.'),
  jvmNumeric('sasl.oauthbearer.jwks.endpoint.refresh.ms', 3_600_000, 'Time between refreshes of these keys.'),
  jvmNumeric('sasl.oauthbearer.jwks.endpoint.retry.backoff.ms', 100, 'Wait before the first retry of that.'),
  jvmNumeric('sasl.oauthbearer.jwks.endpoint.retry.backoff.max.ms', 10_000, 'Longest wait before a retry of that.'),
  jvmNumeric(
    'sasl.oauthbearer.clock.skew.seconds',
    30,
    'Clock difference to the authentication provider to allow for.',
    'int',
  ),
  jvmText('sasl.oauthbearer.expected.audience', 'Audience a token must name.', 'list'),
  jvmText('sasl.oauthbearer.expected.issuer', 'Issuer a token must name.'),
  text('sasl.oauthbearer.header.urlencode', 'Whether client id and secret are URL-encoded in the header.', 'boolean'),
  text('sasl.oauthbearer.client.credentials.client.id', 'Client id for the client credentials grant.'),
  text('sasl.oauthbearer.client.credentials.client.secret', 'Client secret for that grant.', 'password'),
  laterText('sasl.oauthbearer.assertion.algorithm', 'Algorithm that signs an assertion.'),
  laterText('sasl.oauthbearer.assertion.claim.aud', 'Audience claim of the assertion.'),
  laterNumeric('sasl.oauthbearer.assertion.claim.exp.seconds', 300, 'Life of the assertion.', 'int'),
  laterText('sasl.oauthbearer.assertion.claim.iss', 'Issuer claim of the assertion.'),
  laterText(
    'sasl.oauthbearer.assertion.claim.jti.include',
    'Whether the assertion carries an id of its own.',
    'boolean',
  ),
  laterNumeric(
    'sasl.oauthbearer.assertion.claim.nbf.seconds',
    60,
    'How long before now the assertion is valid.',
    'int',
  ),
  laterText('sasl.oauthbearer.assertion.claim.sub', 'Subject claim of the assertion.'),
  laterText('sasl.oauthbearer.assertion.file', 'File with a ready assertion.'),
  laterText('sasl.oauthbearer.assertion.private.key.file', 'File with the key that signs an assertion.'),
  laterText('sasl.oauthbearer.assertion.private.key.passphrase', 'Password of that key.', 'password'),
  laterText('sasl.oauthbearer.assertion.template.file', 'File with further claims and headers of the assertion.'),
  javaClass('sasl.oauthbearer.jwt.retriever.class', 'Java class that fetches tokens.'),
  javaClass('sasl.oauthbearer.jwt.validator.class', 'Java class that checks tokens.'),
];
