/** What a failed TLS handshake means for the person at the command line, by Node's and OpenSSL's error codes; null for none of them. */
export const describeTlsFailure = (error: NodeJS.ErrnoException): string | null => {
  const code = error.code ?? '';
  const text = error.message;
  switch (code) {
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
    case 'UNABLE_TO_GET_ISSUER_CERT':
    case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
    case 'SELF_SIGNED_CERT_IN_CHAIN':
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
      return `its certificate is not trusted (${code}); give the certificate of who signed it in ssl.truststore.location`;
    case 'CERT_HAS_EXPIRED':
      return 'its certificate has expired; the broker needs a new one (ssl.keystore.location there)';
    case 'CERT_NOT_YET_VALID':
      return "its certificate is not valid yet; look at the clocks of this machine and the broker's";
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return `its certificate is for another host (${namesOf(error)}); use a name it holds in bootstrap.servers, or set ssl.endpoint.identification.algorithm= (empty) to leave names unchecked`;
    case 'ERR_SSL_WRONG_VERSION_NUMBER':
    case 'ERR_SSL_PACKET_LENGTH_TOO_LONG':
      return 'it does not speak TLS there; look at security.protocol and the port';
    case 'ERR_SSL_UNSUPPORTED_PROTOCOL':
    case 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION':
      return 'it speaks none of the TLS versions asked for; look at ssl.enabled.protocols';
    case 'ERR_SSL_SSL/TLS_ALERT_HANDSHAKE_FAILURE':
    case 'ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE':
      return 'it refused the TLS handshake; look at ssl.cipher.suites, ssl.enabled.protocols and whether it wants a client certificate (ssl.keystore.location)';
    case 'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED':
      return 'it wants a client certificate; give one in ssl.keystore.location';
    case 'ERR_SSL_SSL/TLS_ALERT_BAD_CERTIFICATE':
    case 'ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE':
    case 'ERR_SSL_TLSV1_ALERT_UNKNOWN_CA':
    case 'ERR_SSL_SSL/TLS_ALERT_CERTIFICATE_UNKNOWN':
    case 'ERR_SSL_SSLV3_ALERT_CERTIFICATE_UNKNOWN':
    case 'ERR_SSL_SSL/TLS_ALERT_CERTIFICATE_EXPIRED':
    case 'ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED':
      return `it does not accept the client certificate (${code}); look at ssl.keystore.location`;
    default:
      return code.startsWith('ERR_SSL_') || code === 'EPROTO' ? `TLS failed: ${opensslReason(text)}` : null;
  }
};

/** Most characters of a certificate's names that an error repeats. */
const SHOWN_CHARACTERS = 120;

const fieldOf = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;

/** The hosts that a certificate names, from what Node puts beside its message; its common name counts where it names none else. */
const namesOf = (error: unknown): string => {
  const certificate = fieldOf(error, 'cert');
  const others = String(fieldOf(certificate, 'subjectaltname') ?? '').split(/, */);
  const hosts = others.flatMap((each) => /^(?:DNS|IP Address):(.+)$/s.exec(each)?.[1] ?? []);
  const names = hosts.length > 0 ? hosts : [fieldOf(fieldOf(certificate, 'subject'), 'CN') ?? []].flat();
  const shown = names.join(', ').slice(0, SHOWN_CHARACTERS);
  return shown === '' ? 'it names none' : `it names ${shown}`;
};

/** OpenSSL's messages are `number:error:code:library:function:reason:file:line:`. */
const opensslReason = (text: string): string => text.split(':').slice(5, 6)[0]?.trim() || text.split('\n')[0] || text;
