import type { ConnectionOptions as TlsOptions } from 'node:tls';

/** `SCRAM-SHA-256` and so on, as Kafka writes them. */
export type SaslMechanism = 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512' | 'OAUTHBEARER';

/** How tokens are asked for (`sasl.login.*`), times in milliseconds. */
export type TokenRequestTimes = {
  readonly connectTimeoutMs: number;
  readonly readTimeoutMs: number;
  readonly retryBackoffMs: number;
  readonly retryBackoffMaxMs: number;
};

/** Where OAUTHBEARER tokens come from. */
export type TokenSource =
  /** The client credentials grant at an endpoint (RFC 6749, section 4.4). */
  | {
      readonly kind: 'endpoint';
      readonly url: string;
      readonly clientId: string;
      readonly clientSecret: string;
      readonly scope: string | null;
      /** Whether id and secret are URL-encoded in the header (RFC 6749, section 2.3.1). */
      readonly isUrlEncoded: boolean;
      readonly times: TokenRequestTimes;
    }
  /** A file that holds the token, read at each login. */
  | { readonly kind: 'file'; readonly path: string }
  /** A token nobody has signed, made here, as Kafka's own for development (RFC 7515, appendix A.5). */
  | { readonly kind: 'unsecured'; readonly claims: Readonly<Record<string, string | number>> };

/** How a client proves who it is. Passwords are in here: never to be written down. */
export type SaslConfig =
  | {
      readonly mechanism: 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512';
      readonly username: string;
      readonly password: string;
      /** The credentials are those of a delegation token (KIP-48). */
      readonly isDelegationToken: boolean;
    }
  | {
      readonly mechanism: 'OAUTHBEARER';
      readonly source: TokenSource;
      /** SASL extensions (KIP-342). */
      readonly extensions: Readonly<Record<string, string>>;
    };

/** How connections are secured; both null for PLAINTEXT. */
export type SecurityConfig = {
  readonly tls: TlsOptions | null;
  readonly sasl: SaslConfig | null;
};

/** Neither encrypted nor authenticated. */
export const plaintext: SecurityConfig = { tls: null, sasl: null };
