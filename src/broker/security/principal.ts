/** A client that did not say who it is (Kafka's `KafkaPrincipal.ANONYMOUS`). */
export const ANONYMOUS = 'User:ANONYMOUS';

/** The principal of a user, as ACLs name it. */
export const userPrincipal = (name: string): string => `User:${name}`;

/**
 * The distinguished name of a certificate as Kafka has it (RFC 2253: the most specific part first, `CN=client,O=Example`).
 * @param subject one part a line, the most general first, as `X509Certificate.subject` has it
 */
export const distinguishedName = (subject: string): string => subject.trim().split('\n').reverse().join(',');
